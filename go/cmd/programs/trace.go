package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What the kernel calls these in ptrace(2) and wait(2).
const (
	optionTraceClone = 1 << 3
	optionTraceExit  = 1 << 6
	optionExitKill   = 1 << 20
	eventExit        = 6
	waitAll          = 0x40000000
)

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
	files, err := mappedFiles(string(maps))
	if err != nil {
		return err
	}
	m.files = max(m.files, files)
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

// mappedFiles gives the size in KiB of the mappings in /proc/PID/maps that a file is
// behind, the program's own among them.
func mappedFiles(maps string) (int64, error) {
	var bytes uint64
	for line := range strings.Lines(maps) {
		var start, end uint64
		var access, device string
		var offset, inode uint64
		if _, err := fmt.Sscanf(line, "%x-%x %s %x %s %d", &start, &end, &access, &offset, &device, &inode); err != nil {
			return 0, fmt.Errorf("a line of /proc/PID/maps is %q: %w", line, err)
		}
		if inode != 0 {
			bytes += end - start
		}
	}
	return int64(bytes / 1024), nil
}

// watchFiles looks every few milliseconds how much of files a process has mapped,
// until it is told to end, and gives the most: a file may be unmapped before the end.
func watchFiles(pid int, end <-chan struct{}) int64 {
	const often = 5 * time.Millisecond
	var most int64
	for tick := time.NewTicker(often); ; {
		// At the end of the process there are no maps; what is read before counts.
		if maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid)); err == nil {
			if files, err := mappedFiles(string(maps)); err == nil {
				most = max(most, files)
			}
		}
		select {
		case <-end:
			tick.Stop()
			return most
		case <-tick.C:
		}
	}
}
