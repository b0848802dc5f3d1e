package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

func printHeader() {
	fmt.Println("| program | job | on | output | s | of stock's | CPU s | of stock's | VmPeak KiB | VmHWM KiB | of stock's | RSS at end KiB | maps | lowest ulimit -v |")
	fmt.Println("|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
}

// print prints a row of the table for each build.
func (t *taken) print() {
	for i := range t.on {
		on := &t.on[i]
		output, limit := "same", "-"
		if on.output != t.on[0].output {
			output = "DIFFERENT"
		}
		if on.lowest != 0 {
			limit = grouped(on.lowest)
		}
		fmt.Printf("| %s | %s | %s | %s | %.2f | %s | %.2f | %s | %s | %s | %s | %s | %d | %s |\n",
			t.program.name, t.program.job, on.build, output,
			median(elapsed(on)), t.spread(i, elapsed), median(cpu(on)), t.spread(i, cpu),
			grouped(on.memory(peak)), grouped(int64(median(resident(on)))), t.spread(i, resident), grouped(on.memory(atEnd)),
			on.memory(mappings), limit)
	}
}

// printComparison prints a row for each program: plain and compact as ratios to
// stock, and what address space each takes.
func printComparison(all []taken) {
	fmt.Print("\n| program | time: plain | compact | CPU: plain | compact | VmHWM: plain | compact | VmPeak MB: stock | plain | compact |\n")
	fmt.Print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	const layouts = 2
	var times, cpus, residents [layouts][]float64
	for i := range all {
		t := &all[i]
		for layout := range layouts {
			times[layout] = append(times[layout], median(t.ratios(layout+1, elapsed)))
			cpus[layout] = append(cpus[layout], median(t.ratios(layout+1, cpu)))
			residents[layout] = append(residents[layout], median(t.ratios(layout+1, resident)))
		}
		fmt.Printf("| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %s | %s | %s |\n", t.program.name,
			times[0][i], times[1][i], cpus[0][i], cpus[1][i], residents[0][i], residents[1][i],
			megabytes(t.on[0].memory(peak)), megabytes(t.on[1].memory(peak)), megabytes(t.on[2].memory(peak)))
	}
	fmt.Printf("| geometric mean | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | | | |\n",
		mean(times[0]), mean(times[1]), mean(cpus[0]), mean(cpus[1]), mean(residents[0]), mean(residents[1]))
}

// ratios gives what a build took as ratios to what stock took, round by round.
func (t *taken) ratios(build int, what func(*onBuild) []float64) []float64 {
	ours, stock := what(&t.on[build]), what(&t.on[0])
	for i := range ours {
		ours[i] /= stock[i]
	}
	return ours
}

// spread writes the median, the least and the most of them; nothing for stock.
func (t *taken) spread(build int, what func(*onBuild) []float64) string {
	if build == 0 {
		return ""
	}
	ratios := t.ratios(build, what)
	return fmt.Sprintf("%.2f (%.2f-%.2f)", median(ratios), slices.Min(ratios), slices.Max(ratios))
}

// What every round gives, in seconds, and every look, in KiB.
func elapsed(on *onBuild) []float64 {
	return each(on.rounds, func(m measured) float64 { return m.time.Seconds() })
}
func cpu(on *onBuild) []float64 {
	return each(on.rounds, func(m measured) float64 { return m.cpu.Seconds() })
}
func resident(on *onBuild) []float64 {
	return each(on.looks, func(m measured) float64 { return float64(m.resident) })
}

func each[T any](all []measured, number func(measured) T) []T {
	numbers := make([]T, len(all))
	for i, m := range all {
		numbers[i] = number(m)
	}
	return numbers
}

// memory gives the median of one number.
func (on *onBuild) memory(which func(measured) int64) int64 {
	return median(each(on.looks, which))
}

// What a look gives.
func peak(m measured) int64     { return m.peak }
func atEnd(m measured) int64    { return m.atEnd }
func mappings(m measured) int64 { return m.mappings }

// median gives the middle one; of an even number the mean of the two.
func median[T int64 | float64](numbers []T) T {
	sorted := slices.SortedFunc(slices.Values(numbers), cmp.Compare[T])
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// mean is the geometric one.
func mean(ratios []float64) float64 {
	sum := 0.0
	for _, ratio := range ratios {
		sum += math.Log(ratio)
	}
	return math.Exp(sum / float64(len(ratios)))
}

// megabytes writes KiB as millions of bytes.
func megabytes(kib int64) string {
	if mb := float64(kib) * 1024 / 1e6; mb < 100 {
		return fmt.Sprintf("%.1f", mb)
	} else {
		return grouped(int64(math.Round(mb)))
	}
}

// grouped writes a number with a comma after every three digits.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	var groups []string
	for ; len(digits) > 3; digits = digits[:len(digits)-3] {
		groups = append(groups, digits[len(digits)-3:])
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return strings.Join(groups, ",")
}
