package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A job is one run of a binary.
type job struct {
	binary string
	args   []string
	env    []string
	dir    string
	limit  int64 // ulimit -v in KiB; 0: none
	status int   // to end with
	// serve, if there is any, is done while the binary runs; then it is told to
	// end. It gives what stands for the output.
	serve func() (string, error)
	// look says to watch the memory, which slows the binary down.
	look bool
}

// measured is what a run took: its time, and the processors' with that of programs
// it ran. Sizes are KiB, of the process itself; they are 0 if nobody looked.
type measured struct {
	output                string
	time, cpu             time.Duration
	peak, resident, atEnd int64
	mappings              int64
}

// What the kernel calls these in ptrace(2) and wait(2).
const (
	optionTraceClone = 1 << 3
	optionTraceExit  = 1 << 6
	optionExitKill   = 1 << 20
	eventExit        = 6
	waitAll          = 0x40000000
)

// most is how long a run may take.
const most = 10 * time.Minute

// measure does a job.
func measure(j job) (measured, error) {
	// Whoever traces a process is a thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	name, args := j.binary, j.args
	if j.limit != 0 {
		script := fmt.Sprintf(`ulimit -c 0 -v %d; exec "$@"`, j.limit)
		name, args = "/bin/bash", append([]string{"-c", script, "bash", j.binary}, args...)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = j.dir, j.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: j.look}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return measured{}, err
	}
	pid := cmd.Process.Pid
	kill := time.AfterFunc(most, func() { syscall.Kill(pid, syscall.SIGKILL) })
	defer kill.Stop()

	var m measured
	served := make(chan error, 1)
	if j.serve != nil {
		go func() {
			var err error
			m.output, err = j.serve()
			m.time = time.Since(start)
			served <- err
			syscall.Kill(pid, syscall.SIGTERM)
		}()
	}
	status, err := finish(cmd, j.look, &m)
	if err != nil {
		return m, err
	}
	if state := cmd.ProcessState; state != nil {
		m.cpu = state.UserTime() + state.SystemTime()
	}
	if j.serve != nil {
		return m, <-served
	}
	m.time = time.Since(start)
	m.output = stdout.String()
	if status != j.status {
		return m, fmt.Errorf("%s ended with status %d\n%s", cmd, status, tail(stderr.String()))
	}
	return m, nil
}

// finish waits for the end of a process, and looks at its memory before if it is
// traced. It gives the exit status, -1 after a signal.
func finish(cmd *exec.Cmd, look bool, m *measured) (int, error) {
	status := -1
	if look {
		var err error
		if status, err = trace(cmd.Process.Pid, m); err != nil {
			return status, err
		}
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	var gone *os.SyscallError
	switch {
	case look && errors.As(err, &gone): // The process has been waited for.
		return status, nil
	case err != nil && !errors.As(err, &exit):
		return status, err
	}
	return cmd.ProcessState.ExitCode(), nil
}

// trace lets a process that has just started run to its end. It stops every thread
// on the threshold of its own, when the memory is still there to be looked at; the
// last one sees what there was in the end.
func trace(pid int, m *measured) (int, error) {
	set := false
	for {
		var status syscall.WaitStatus
		thread, err := syscall.Wait4(-1, &status, waitAll, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return -1, err
		}
		if !status.Stopped() {
			if thread == pid {
				return status.ExitStatus(), nil
			}
			continue
		}
		signal := status.StopSignal()
		switch {
		case !set:
			set, signal = true, 0
			const options = optionTraceClone | optionTraceExit | optionExitKill
			if err := syscall.PtraceSetOptions(pid, options); err != nil {
				return -1, err
			}
		case signal == syscall.SIGTRAP:
			signal = 0
			if status.TrapCause() == eventExit {
				if err := m.memory(thread); err != nil {
					return -1, err
				}
			}
		case signal == syscall.SIGSTOP: // A thread begins.
			signal = 0
		}
		if err := syscall.PtraceCont(thread, int(signal)); err != nil && err != syscall.ESRCH {
			return -1, err
		}
	}
}

// memory reads what memory the process of a thread has and had, if it has any left.
func (m *measured) memory(thread int) error {
	var text string
	// What is resident now is counted in smaps_rollup; in status it is made up from
	// counters of each processor and off by up to some dozens of pages.
	for _, file := range []string{"status", "smaps_rollup"} {
		part, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", thread, file))
		if errors.Is(err, syscall.ESRCH) {
			return nil // No memory is left.
		}
		if err != nil {
			return err
		}
		text += string(part)
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", thread))
	if err != nil {
		return err
	}
	m.mappings = int64(strings.Count(string(maps), "\n"))
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(line, ":")
		to := map[string]*int64{"VmPeak": &m.peak, "VmHWM": &m.resident, "Rss": &m.atEnd}[name]
		if to == nil {
			continue
		}
		if *to, err = strconv.ParseInt(strings.Fields(rest)[0], 10, 64); err != nil {
			return err
		}
	}
	m.resident = max(m.resident, m.atEnd)
	return nil
}

func tail(text string) string {
	const most = 2000
	return text[max(0, len(text)-most):]
}
