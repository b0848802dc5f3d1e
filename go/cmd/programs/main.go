// Command programs builds programs that nobody here wrote on Go as it is and on
// gosbrk in both layouts, has each do a real job, and prints what that took: a
// table of everything, and one of how gosbrk compares.
//
//	programs -gosbrk ../target/release/gosbrk [-only hello,hugo] [-rounds 10]
//
// A round is the job once on each, one after the other, and the next round begins
// with another one. The programs come through the Go module proxy, at the versions
// that programs.go names. The status is 1 when one gives other output on gosbrk
// than on stock, or fails. Nothing is said of time but what was measured.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

func main() {
	gosbrk := flag.String("gosbrk", "../target/release/gosbrk", "the command `file`")
	only := flag.String("only", "", "`names` of programs, separated by commas; all without it")
	rounds := flag.Int("rounds", 10, "how often a job is done on each for its time; the tables have the median")
	looks := flag.Int("looks", 10, "how often it is done again for its memory, which takes longer")
	limits := flag.Bool("limits", true, "look for the lowest ulimit -v that a job can be done under")
	work := flag.String("work", "", "a `directory` to keep what is built; a temporary one without it")
	flag.Parse()
	r := runner{rounds: *rounds, looks: *looks, limits: *limits}
	chosen, err := choose(*only)
	if err == nil && (flag.NArg() > 0 || r.rounds < 1 || r.looks < 1) {
		err = errors.New("want options only, and a round and a look at least; -h lists them")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
		os.Exit(2)
	}
	if err := r.run(*gosbrk, *work, chosen); err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
		os.Exit(1)
	}
}

// choose finds programs by their names, separated by commas; all for no name.
func choose(names string) ([]*program, error) {
	if names == "" {
		return programs, nil
	}
	var chosen []*program
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(programs, func(p *program) bool { return p.name == name })
		if i < 0 {
			all := make([]string, len(programs))
			for i, p := range programs {
				all[i] = p.name
			}
			return nil, fmt.Errorf("there is no %q; the programs are %s", name, strings.Join(all, ", "))
		}
		chosen = append(chosen, programs[i])
	}
	return chosen, nil
}

// A build is a way to build a program.
type build struct {
	name string
	goes []string // the go command, as one calls it
}

// A runner has programs do their jobs.
type runner struct {
	rounds, looks int
	limits        bool
	builds        []build // the first is Go as it is
	scratch       string  // where jobs work, empty before each
}

func (r *runner) run(gosbrk, work string, chosen []*program) error {
	gosbrk, err := filepath.Abs(gosbrk)
	if err != nil {
		return err
	}
	r.builds = []build{
		{"stock", []string{"go"}},
		{"plain", []string{gosbrk, "--layout", "plain", "go"}},
		{"compact", []string{gosbrk, "--layout", "compact", "go"}},
	}
	if work == "" {
		if work, err = os.MkdirTemp("", "programs-"); err != nil {
			return err
		}
		defer removeAll(work)
	}
	if work, err = filepath.Abs(work); err != nil {
		return err
	}
	if r.scratch, err = os.MkdirTemp(inMemory(), "programs-"); err != nil {
		return err
	}
	defer removeAll(r.scratch)
	machine, err := machine()
	if err != nil {
		return err
	}
	fmt.Printf("%s; %d rounds for the times, %d for the memory\n\n", machine, r.rounds, r.looks)
	printHeader()
	var all []taken
	for _, p := range chosen {
		t, err := r.take(p, filepath.Join(work, p.name))
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		t.print()
		all = append(all, t)
	}
	printComparison(all)
	if slices.ContainsFunc(all, func(t taken) bool { return !t.same() }) {
		return errors.New("a program gave other output on gosbrk")
	}
	return nil
}

// inMemory gives a directory that no disk is behind, so that jobs that write do
// not wait for one; empty if there is none.
func inMemory() string {
	const tmpfs, dir = 0x01021994, "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Type != tmpfs {
		return ""
	}
	return dir
}

// removeAll removes a directory, whatever a program left in it.
func removeAll(dir string) {
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
	}
}

// machine says what the jobs run on.
func machine() (string, error) {
	version, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOVERSION: %w", err)
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "", err
	}
	cpus, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	model := "a processor"
	for line := range strings.Lines(string(cpus)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
		}
	}
	return fmt.Sprintf("%s, Linux %s, %d CPUs (%s)", strings.TrimSpace(string(version)),
		strings.TrimSpace(string(kernel)), runtime.NumCPU(), model), nil
}
