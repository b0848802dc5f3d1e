// Command programs builds programs that nobody here wrote on Go as it is and on
// gosbrk in both layouts, has each do a real job, and prints what that took.
//
//	programs -gosbrk ../target/release/gosbrk [-only esbuild,hugo] [-runs 3]
//
// The programs come through the Go module proxy, at the versions that programs.go
// names. The status is 1 when one gives other output on gosbrk than on stock, or
// fails. Nothing is said of time but what was measured.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	gosbrk := flag.String("gosbrk", "../target/release/gosbrk", "the command `file`")
	only := flag.String("only", "", "`names` of programs, separated by commas; all without it")
	runs := flag.Int("runs", 3, "how often a job is done; the table has the best")
	limits := flag.Bool("limits", true, "look for the lowest ulimit -v that a job can be done under")
	work := flag.String("work", "", "a `directory` to keep what is built; a temporary one without it")
	flag.Parse()
	if err := run(*gosbrk, *work, strings.FieldsFunc(*only, func(r rune) bool { return r == ',' }), *runs, *limits); err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
		os.Exit(1)
	}
}

func run(gosbrk, work string, only []string, runs int, limits bool) error {
	gosbrk, err := filepath.Abs(gosbrk)
	if err != nil {
		return err
	}
	if work == "" {
		if work, err = os.MkdirTemp("", "programs-"); err != nil {
			return err
		}
		defer os.RemoveAll(work)
	}
	builds := []build{
		{"stock", []string{"go"}},
		{"plain", []string{gosbrk, "--layout", "plain", "go"}},
		{"compact", []string{gosbrk, "--layout", "compact", "go"}},
	}
	fmt.Println("| program | job | on | output | s | VmPeak KiB | VmHWM KiB | RSS at end KiB | lowest ulimit -v |")
	fmt.Println("|---|---|---|---|--:|--:|--:|--:|--:|")
	different := false
	for _, p := range programs {
		if len(only) > 0 && !slices.Contains(only, p.name) {
			continue
		}
		same, err := p.table(filepath.Join(work, p.name), builds, runs, limits)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		different = different || !same
	}
	if different {
		return fmt.Errorf("a program gave other output on gosbrk")
	}
	return nil
}

// A build is a way to build a program.
type build struct {
	name string
	goes []string // the go command, as one calls it
}

// table has one program do its job in every build, and prints a row for each. It
// reports whether all gave what the first gave.
func (p *program) table(dir string, builds []build, runs int, limits bool) (bool, error) {
	binaries := make([]string, len(builds))
	for i, b := range builds {
		var err error
		if binaries[i], err = p.build(filepath.Join(dir, b.name), b); err != nil {
			return false, err
		}
	}
	input := filepath.Join(dir, "input")
	if err := p.prepareOnce(input, binaries[0]); err != nil {
		return false, err
	}
	allSame := true
	var want string
	for i, b := range builds {
		best, err := p.best(binaries[i], input, filepath.Join(dir, b.name, "work"), runs)
		if err != nil {
			return false, fmt.Errorf("on %s: %w", b.name, err)
		}
		if i == 0 {
			want = best.output
		}
		output := "same"
		if best.output != want {
			output, allSame = "DIFFERENT", false
		}
		lowest := "-"
		if limits && !p.noLimit {
			kib, err := p.lowest(binaries[i], input, filepath.Join(dir, b.name, "work"), best.peak, want)
			if err != nil {
				return false, fmt.Errorf("on %s: %w", b.name, err)
			}
			lowest = fmt.Sprint(kib)
		}
		fmt.Printf("| %s | %s | %s | %s | %.2f | %d | %d | %d | %s |\n", p.name, p.job, b.name, output,
			best.time.Seconds(), best.peak, best.resident, best.atEnd, lowest)
	}
	return allSame, nil
}

// best does the job some times for the time it takes, and as often again for its
// memory, and keeps the least of each number.
func (p *program) best(binary, input, work string, runs int) (measured, error) {
	var best measured
	for i := range 2 * runs {
		m, err := p.do(binary, input, work, 0, i >= runs)
		if err != nil {
			return best, err
		}
		switch {
		case i == 0:
			best = m
		case best.output != m.output:
			return best, fmt.Errorf("its output is not the same twice")
		case i < runs:
			best.time = min(best.time, m.time)
		case i == runs:
			best.peak, best.resident, best.atEnd = m.peak, m.resident, m.atEnd
		default:
			best.peak = min(best.peak, m.peak)
			best.resident = min(best.resident, m.resident)
			best.atEnd = min(best.atEnd, m.atEnd)
		}
	}
	return best, nil
}

// lowest looks for the least ulimit -v, to a hundredth, that the job comes out
// right under. It begins with what the job took without one.
func (p *program) lowest(binary, input, work string, peak int64, want string) (int64, error) {
	works := func(kib int64) bool {
		m, err := p.do(binary, input, work, kib, false)
		return err == nil && m.output == want
	}
	high := peak + peak/4
	for ; !works(high); high *= 2 {
		if high > 64*peak {
			return 0, fmt.Errorf("no ulimit -v lets it work")
		}
	}
	for low := high / 64; high-low > high/100; {
		if middle := (low + high) / 2; works(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high, nil
}
