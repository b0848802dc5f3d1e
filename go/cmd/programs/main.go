// Command programs builds programs that nobody here wrote on stock Go and on gosbrk,
// has each do a real job, and prints tables of what that took.
//
//	programs -gosbrk ../target/release/gosbrk [-only hello,hugo] [-rounds 10]
//
// Every program is built with cgo allowed, which is Go's default. If C code is in
// that build, the program is built once more with CGO_ENABLED=0, and measured in
// both builds.
//
// In a round each build does the job once, one after the other. The next round
// begins with another build. The programs come through the Go module proxy, at the
// versions that programs.go names. The status is 1 when a program fails or gives
// other output on gosbrk than on stock; with -goal also when a default build takes
// more address space in compact than goal.go allows. No time is compared with
// anything but the time on stock.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func main() {
	var r runner
	gosbrk := flag.String("gosbrk", "../target/release/gosbrk", "the command `file`")
	only := flag.String("only", "", "`names` of programs, separated by commas; all without it")
	on := flag.String("on", "stock,plain,compact", "`names` of what to build on, stock first")
	work := flag.String("work", "", "a `directory` to keep what is built for later runs; a temporary one without it")
	flag.IntVar(&r.rounds, "rounds", 10, "how often a job is done on each build for its time; the tables have the median")
	flag.IntVar(&r.looks, "looks", 10, "how often it is done again for its memory, which takes longer")
	flag.BoolVar(&r.limits, "limits", true, "look for the lowest ulimit -v that a job can be done under")
	flag.BoolVar(&r.goal, "goal", false, "fail if a default build misses the goal for address space in compact")
	flag.BoolVar(&r.buildOnly, "build", false, "only build, into the directory of -work")
	flag.IntVar(&r.pairs, "record", 0, "instead of the tables: do each job so often recorded on the last build, and as often not")
	flag.Float64Var(&r.costs.call, "call", 0, "`nanoseconds` that a recorded call takes longer; 0: not measured")
	flag.Float64Var(&r.costs.process, "process", 0, "`microseconds` that a process takes longer to begin and end its trace; 0: not measured")
	flag.Parse()
	chosen, err := choose(*only)
	if err == nil && (flag.NArg() > 0 || r.rounds < 1 || r.looks < 1) {
		err = errors.New("want options only, and a round and a look at least; -h lists them")
	}
	if err == nil && r.buildOnly && *work == "" {
		err = errors.New("-build needs -work")
	}
	if err == nil {
		r.builds, err = builds(*gosbrk, *on)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
		os.Exit(2)
	}
	if err := r.run(*work, chosen); err != nil {
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

// A runner has programs do their jobs.
type runner struct {
	rounds, looks   int
	limits          bool
	goal, buildOnly bool
	pairs           int // of recorded and other runs; 0: none
	costs           costs
	builds          []build // the first is stock Go
	scratch         string  // where jobs work, empty before each
}

func (r *runner) run(work string, chosen []*program) error {
	var err error
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
	if r.pairs > 0 {
		fmt.Printf("%s; %d pairs of runs, on %s\n\n", machine, r.pairs, r.builds[len(r.builds)-1].name)
		return r.recordAll(work, chosen)
	}
	fmt.Printf("%s; %d rounds for the times, %d for the memory\n\n", machine, r.rounds, r.looks)
	if !r.buildOnly {
		printHeader()
	}
	var all []taken
	var errs []error
	for _, p := range chosen {
		// One program that fails is no reason to go without the others' rows.
		taken, err := r.both(p, filepath.Join(work, p.name))
		if err != nil {
			err = fmt.Errorf("%s: %w", p.name, err)
			fmt.Fprintln(os.Stderr, "programs:", err)
			errs = append(errs, fmt.Errorf("%s failed", p.name))
		}
		all = append(all, taken...)
	}
	if !r.buildOnly && len(all) > 0 {
		printComparison(r.builds[1:], all)
		printSpace(all)
		printNotBuilt(all)
	}
	for i := range all {
		if !all[i].same() {
			errs = append(errs, fmt.Errorf("%s gave other output on gosbrk", all[i].name()))
		}
		if _, holds := all[i].goal(); r.goal && all[i].cgo && holds == "no" {
			errs = append(errs, fmt.Errorf("%s takes more address space than the goal", all[i].name()))
		}
	}
	return errors.Join(errs...)
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
