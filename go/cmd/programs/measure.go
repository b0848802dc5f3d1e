package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// A job is one run of a binary.
type job struct {
	binary string
	args   []string
	env    []string
	dir    string
	stdin  string // a file; nothing to read without one
	status int    // to end with
	// serve, if there is any, is done while the binary runs; then it is told to
	// end. It gives what stands for the output. The context is done when the binary
	// has ended.
	serve func(context.Context) (string, error)
	how
}

// measured is what a run took: its time, and the processors' with that of programs
// it ran. Sizes are KiB, of the process itself; they are 0 if nobody looked.
type measured struct {
	output                string
	time, cpu             time.Duration
	peak, resident, atEnd int64
	mappings              int64
	files                 int64 // the most of files that was seen mapped
}

// longest is how long a run may take.
const longest = 10 * time.Minute

// measure does a job. The time of a server ends when it has ended, too.
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
	if j.stdin != "" {
		file, err := os.Open(j.stdin)
		if err != nil {
			return measured{}, err
		}
		defer file.Close()
		cmd.Stdin = file
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: j.look}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return measured{}, err
	}
	pid := cmd.Process.Pid
	most := longest
	if j.most != 0 {
		most = j.most
	}
	kill := time.AfterFunc(most, func() { syscall.Kill(pid, syscall.SIGKILL) })

	type answer struct {
		output string
		err    error
	}
	served := make(chan answer, 1)
	ctx, ended := context.WithCancel(context.Background())
	defer ended()
	if j.serve != nil {
		go func() {
			output, err := j.serve(ctx)
			if ctx.Err() == nil {
				syscall.Kill(pid, syscall.SIGTERM)
			}
			served <- answer{output, err}
		}()
	}
	var m measured
	files := make(chan int64, 1)
	if j.look {
		go func() { files <- watchFiles(pid, ctx.Done()) }()
	}
	status, err := finish(cmd, j.look, &m)
	m.time = time.Since(start)
	late := !kill.Stop()
	ended()
	if err != nil {
		return m, err
	}
	if j.look {
		m.files = max(m.files, <-files)
	}
	if state := cmd.ProcessState; state != nil {
		m.cpu = state.UserTime() + state.SystemTime()
	}
	m.output = stdout.String()
	if j.serve != nil {
		answer := <-served
		m.output, err = answer.output, answer.err
	}
	switch {
	case late:
		err = fmt.Errorf("%s was stopped after %s", cmd, most)
	case status != j.status:
		err = errors.Join(err, fmt.Errorf("%s ended with status %d\n%s", cmd, status, tail(stderr.String())))
	}
	return m, err
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

func tail(text string) string {
	const most = 2000
	return text[max(0, len(text)-most):]
}
