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
			t.name(), t.program.job, on.build, output,
			median(elapsed(on)), t.spread(i, elapsed), median(cpu(on)), t.spread(i, cpu),
			grouped(on.memory(peak)), grouped(int64(median(resident(on)))), t.spread(i, resident), grouped(on.memory(atEnd)),
			on.memory(mappings), limit)
	}
}

// printComparison prints a row for each program: what it took on the other builds as
// ratios to stock, and the address space. The mean is that of the default builds.
func printComparison(others []build, all []taken) {
	measures := []struct {
		name string
		of   func(*onBuild) []float64
	}{{"time", elapsed}, {"CPU", cpu}, {"VmHWM", resident}}
	header := []string{"program"}
	for _, measure := range measures {
		for _, b := range others {
			header = append(header, measure.name+": "+b.name)
		}
	}
	header = append(header, "VmPeak MB: stock")
	for _, b := range others {
		header = append(header, b.name)
	}
	means := make([][]float64, len(measures)*len(others))
	var rows [][]string
	for i := range all {
		t := &all[i]
		row := []string{t.name()}
		for m, measure := range measures {
			for b, other := range others {
				on := t.find(other.name)
				if on == nil {
					row = append(row, "-")
					continue
				}
				ratio := median(t.ratios(on, measure.of))
				row = append(row, fmt.Sprintf("%.2f", ratio))
				if t.cgo {
					means[m*len(others)+b] = append(means[m*len(others)+b], ratio)
				}
			}
		}
		row = append(row, megabytes(t.on[0].memory(peak)))
		for _, other := range others {
			size := "-"
			if on := t.find(other.name); on != nil {
				size = megabytes(on.memory(peak))
			}
			row = append(row, size)
		}
		rows = append(rows, row)
	}
	row := []string{"geometric mean, default builds"}
	for _, ratios := range means {
		row = append(row, fmt.Sprintf("%.2f", mean(ratios)))
	}
	rows = append(rows, append(row, make([]string, 1+len(others))...))
	printTable(header, 1, rows)
}

// printTable prints a table whose first columns hold text and the others numbers.
func printTable(header []string, text int, rows [][]string) {
	fmt.Printf("\n| %s |\n|%s%s\n", strings.Join(header, " | "),
		strings.Repeat("---|", text), strings.Repeat("--:|", len(header)-text))
	for _, row := range rows {
		fmt.Printf("| %s |\n", strings.Join(row, " | "))
	}
}

// ratios gives what a build took as ratios to what stock took, round by round.
func (t *taken) ratios(on *onBuild, what func(*onBuild) []float64) []float64 {
	ours, stock := what(on), what(&t.on[0])
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
	ratios := t.ratios(&t.on[build], what)
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
