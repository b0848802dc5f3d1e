package gosbrk_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"gosbrk"
)

func init() {
	children["double free"] = func() {
		b, err := gosbrk.Alloc(8192, "twice")
		if err != nil {
			panic(err)
		}
		gosbrk.SysAllocOS(4096, "above")
		gosbrk.Free(b)
		gosbrk.Free(b)
	}
	children["alloc 0"] = func() { gosbrk.Alloc(0, "nothing") }
	children["align 3"] = func() { gosbrk.SysReserveAlignedSbrk(4096, 3) }
	children["free of Go memory"] = func() { gosbrk.SysFreeOS(unsafe.Pointer(new([4096]byte)), 4096) }
	children["out of memory"] = func() {
		if _, err := gosbrk.Alloc(1<<60, "too much"); !errors.Is(err, gosbrk.ErrNoMem) {
			panic(err)
		}
	}
	children["from the environment"] = func() {
		if _, err := gosbrk.Alloc(0, "nothing"); !errors.Is(err, gosbrk.ErrZero) {
			panic(err)
		}
	}
}

// By default misuse ends the process: one line names the function and the fault,
// and SIGABRT makes Go's runtime show where the call came from.
func TestMisuseAborts(t *testing.T) {
	for name, line := range map[string]string{
		"double free":       `^gosbrk: sysFreeOS\(0x[0-9a-f]+, 8192\): the range is free already\b.*$`,
		"alloc 0":           `^gosbrk: sysAllocOS\(0\): the size is 0\b.*$`,
		"align 3":           `^gosbrk: sysReserveAlignedSbrk\(4096, 3\): the alignment is not a power of two\b.*$`,
		"free of Go memory": `^gosbrk: sysFreeOS\(0x[0-9a-f]+, 4096\): .*$`,
	} {
		t.Run(name, func(t *testing.T) {
			stderr, err := child(name, "GOTRACEBACK=crash")
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGABRT {
				t.Errorf("the process ended with %v, want SIGABRT", err)
			}
			first, rest, _ := strings.Cut(stderr, "\n")
			if !regexp.MustCompile(line).MatchString(first) {
				t.Errorf("the first line is %q, want one like %s", first, line)
			}
			if !strings.HasPrefix(rest, "SIGABRT: abort\n") || !strings.Contains(rest, "TestMain") {
				t.Errorf("then comes no trace of the call, but\n%s", rest)
			}
		})
	}
}

// Running out of memory is not misuse, even when misuse aborts.
func TestOutOfMemoryDoesNotAbort(t *testing.T) {
	if stderr, err := child("out of memory"); err != nil {
		t.Errorf("%v\n%s", err, stderr)
	}
}

func TestVariableConfigures(t *testing.T) {
	if stderr, err := child("from the environment", "GOSBRK=misuse=report"); err != nil {
		t.Errorf("%v\n%s", err, stderr)
	}
	stderr, err := child("from the environment", "GOSBRK=misuse=maybe")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "maybe") {
		t.Errorf("GOSBRK=misuse=maybe: %v, want one line that names the value and exit status 2\n%s", err, stderr)
	}
}

// child runs one of children in a process of its own and returns what it wrote
// to standard error.
func child(name string, env ...string) (string, error) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), "GOSBRK=", childEnv+"="+name), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	return stderr.String(), err
}
