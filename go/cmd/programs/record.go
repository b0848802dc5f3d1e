package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// costs is what recording was measured to take longer; 0: it was not measured.
type costs struct {
	call    float64 // ns, each call
	process float64 // us, each process, to begin and end its trace
}

// A pair is the processor time of a job in seconds, not recorded and recorded.
type pair struct{ plain, recorded float64 }

// recordAll has each program do its job recorded and not, in turns, and prints what
// that took of the processors. It goes on when one of them fails.
func (r *runner) recordAll(work string, chosen []*program) error {
	traces, err := os.MkdirTemp("", "recorded-")
	if err != nil {
		return err
	}
	// At the end: where files were removed a short time ago, ext4 takes long to make new ones.
	defer removeAll(traces)
	fmt.Println("| program | CPU s, not recorded | middle half | recorded: more % | middle half | processes | calls | by these: more % |")
	fmt.Println("|---|--:|--:|--:|--:|--:|--:|--:|")
	var errs []error
	for _, p := range chosen {
		if err := r.record(p, filepath.Join(work, p.name), filepath.Join(traces, p.name)); err != nil {
			err = fmt.Errorf("%s: %w", p.name, err)
			fmt.Fprintln(os.Stderr, "programs:", err)
			errs = append(errs, fmt.Errorf("%s failed", p.name))
		}
	}
	return errors.Join(errs...)
}

// record prints the row of one program.
func (r *runner) record(p *program, dir, traces string) error {
	binary, err := p.build(dir, r.builds[len(r.builds)-1])
	if err != nil {
		return err
	}
	input := filepath.Join(dir, "input")
	if err := p.prepareOnce(input, binary); err != nil {
		return err
	}
	// Once for the caches of the disk and for what comes out.
	first, err := p.do(binary, input, r.scratch, how{})
	if err != nil {
		return err
	}
	var pairs []pair
	var trace string
	for i := range r.pairs {
		trace = filepath.Join(traces, strconv.Itoa(i))
		if err := os.MkdirAll(trace, 0o777); err != nil {
			return err
		}
		var one pair
		for turn := range 2 {
			recorded := turn == i%2
			how, cpu := how{}, &one.plain
			if recorded {
				how.trace, cpu = trace, &one.recorded
			}
			m, err := p.do(binary, input, r.scratch, how)
			if err != nil {
				return err
			}
			if m.output != first.output {
				return fmt.Errorf("other output (recorded: %t)", recorded)
			}
			*cpu = m.cpu.Seconds()
		}
		pairs = append(pairs, one)
	}
	processes, calls, err := counts(trace)
	if err != nil {
		return err
	}
	fmt.Println(row(p.name, pairs, processes, calls, r.costs))
	return nil
}

// row gives a program's row. The last figure is what its calls take at the given
// costs, for where two runs differ by more than recording takes.
func row(name string, pairs []pair, processes, calls int, costs costs) string {
	var plain, more []float64
	for _, pair := range pairs {
		plain = append(plain, pair.plain)
		more = append(more, 100*(pair.recorded/pair.plain-1))
	}
	share := "-"
	if costs.call > 0 && costs.process > 0 {
		seconds := float64(calls)*costs.call/1e9 + float64(processes)*costs.process/1e6
		share = fmt.Sprintf("%.2f", 100*seconds/median(plain))
	}
	return fmt.Sprintf("| %s | %.3f | %s | %.1f | %s | %d | %s | %s |", name,
		median(plain), half("%.3f to %.3f", plain), median(more), half("%.1f to %.1f", more),
		processes, grouped(int64(calls)), share)
}

// half writes where the middle half of the values lies.
func half(format string, values []float64) string {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return fmt.Sprintf(format, sorted[n/4], sorted[n-1-n/4])
}

// The file of a trace, as docs/trace-format.md describes it.
const (
	traceHeader = 4096
	traceSlot   = 32
	lastCall    = 11 // kinds 1 to this one are calls
)

// counts gives how many traces are in a directory, and how many calls are in them.
func counts(dir string) (traces, calls int, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		traces++
		for at := traceHeader; at+traceSlot <= len(file); at += traceSlot {
			if binary.LittleEndian.Uint32(file[at:]) == 0 {
				break
			}
			if kind := file[at+4]; kind >= 1 && kind <= lastCall {
				calls++
			}
		}
		return nil
	})
	if err == nil && calls == 0 {
		err = fmt.Errorf("no calls were recorded to %s", dir)
	}
	return traces, calls, err
}
