// Command beside compares what gosbrk look says of programs with what they know themselves. It
// is for machines that have no tests of gosbrk: all that it needs are programs.
//
//	beside GOSBRK MEMORY...
//
// GOSBRK is the command. Each MEMORY is a build of the program memory. It prints a line for each
// comparison and ends with status 1 where one failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// kinds of memory that a program gets.
var kinds = [][]string{{"live", "24"}, {"kept", "20"}, {"stacks", "2000"}}

// runtime is what look says of a Go runtime, sizes in bytes.
type runtime struct {
	Kept        uint64
	Stacks      uint64
	Tables      uint64
	Released    uint64
	HeapGoal    uint64 `json:"heap_goal"`
	Collections uint64
}

// moment is what look says of a process.
type moment struct {
	RSS       uint64
	Held      uint64
	Gaps      uint64
	Kept      uint64
	Stacks    uint64
	Tables    uint64
	File      uint64
	Other     uint64
	Untouched uint64
	Runtimes  []runtime
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: beside GOSBRK MEMORY...")
		os.Exit(2)
	}
	failed := false
	for _, program := range os.Args[2:] {
		for _, kind := range kinds {
			what := filepath.Base(program) + " " + strings.Join(kind, " ")
			if err := compare(os.Args[1], program, kind); err != nil {
				fmt.Printf("FAIL %s: %v\n", what, err)
				failed = true
			} else {
				fmt.Printf("ok   %s\n", what)
			}
		}
	}
	if failed {
		os.Exit(1)
	}
}

// compare starts a program and looks at it while it does nothing.
func compare(gosbrk, program string, kind []string) error {
	guest := exec.Command(program, kind...)
	guest.Env = append(os.Environ(), "GOMAXPROCS=2")
	in, err := guest.StdinPipe()
	if err != nil {
		return err
	}
	out, err := guest.StdoutPipe()
	if err != nil {
		return err
	}
	if err := guest.Start(); err != nil {
		return err
	}
	defer guest.Wait()
	defer in.Close()
	lines := bufio.NewScanner(out)
	var last error
	for tries := 0; tries < 50; tries++ {
		before, err := ask(in, lines)
		if err != nil {
			return err
		}
		said, err := look(gosbrk, guest.Process.Pid)
		if err != nil {
			return err
		}
		after, err := ask(in, lines)
		if err != nil {
			return err
		}
		if same(before, after) {
			// A counter may change that the program does not tell of, so it is tried again.
			if last = agree(said, after); last == nil {
				return nil
			}
		} else {
			last = fmt.Errorf("it is never quiet")
		}
		time.Sleep(20 * time.Millisecond)
	}
	return last
}

// ask gives a program's own MemStats.
func ask(in io.Writer, lines *bufio.Scanner) (map[string]uint64, error) {
	if _, err := io.WriteString(in, "\n"); err != nil {
		return nil, err
	}
	said := map[string]uint64{}
	for lines.Scan() {
		name, value, more := strings.Cut(lines.Text(), " ")
		if !more {
			return said, nil
		}
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return nil, err
		}
		said[name] = n
	}
	return nil, fmt.Errorf("it has ended")
}

func same(a, b map[string]uint64) bool {
	for name, value := range a {
		if b[name] != value {
			return false
		}
	}
	return len(a) == len(b)
}

func look(gosbrk string, pid int) (*moment, error) {
	command := exec.Command(gosbrk, "look", "--json", strconv.Itoa(pid))
	command.Stderr = os.Stderr
	said, err := command.Output()
	if err != nil {
		return nil, err
	}
	var one moment
	if err := json.Unmarshal(said, &one); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	return &one, nil
}

// agree compares, to the byte.
func agree(said *moment, own map[string]uint64) error {
	if len(said.Runtimes) != 1 {
		return fmt.Errorf("it has %d runtimes", len(said.Runtimes))
	}
	one := said.Runtimes[0]
	sum := own["MSpanSys"] + own["MCacheSys"] + own["BuckHashSys"] + own["GCSys"] + own["OtherSys"] + own["StackSys"]
	// All that is resident is in one row.
	rows := said.Held + said.Gaps + said.Kept + said.Stacks + said.Tables + said.File + said.Other - said.Untouched
	for _, row := range []struct {
		name      string
		look, own uint64
	}{
		{"kept free", one.Kept, own["HeapIdle"] - own["HeapReleased"]},
		{"released", one.Released, own["HeapReleased"]},
		{"in spans", said.Held + said.Gaps, own["HeapInuse"]},
		{"stacks and tables", one.Stacks + one.Tables, sum},
		{"collections", one.Collections, own["NumGC"]},
		{"the goal of the heap", one.HeapGoal, own["NextGC"]},
		{"the sum of the rows", rows, said.RSS},
	} {
		if row.look != row.own {
			return fmt.Errorf("%s: look says %d, the program %d", row.name, row.look, row.own)
		}
	}
	// These have no memory of C's and no mappings.
	if said.Other > 4<<20 {
		return fmt.Errorf("%d bytes are unknown to look", said.Other)
	}
	return nil
}
