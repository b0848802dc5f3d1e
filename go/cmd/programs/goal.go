package main

import (
	"fmt"
	"slices"
)

// The goal for the address space that a program takes in the layout compact: a quarter
// more than the most memory that it had, 24 MB, the files it maps and its own variables.
const (
	goalLayout  = "compact"
	goalFactor  = 1.25
	goalConst   = 24e6 / 1024 // KiB
	goalFormula = "1.25 x VmHWM + 24 MB + mapped files + variables"
)

// allowed gives the most VmPeak in KiB by the goal.
func (on *onBuild) allowed() int64 {
	resident, files := on.memory(residentPeak), on.memory(mappedMost)
	return int64(goalFactor*float64(resident)+goalConst) + files + on.variables
}

// goal gives the most VmPeak by the goal in KiB, and whether it holds: yes, no, or
// a dash if nobody looked in that layout.
func (t *taken) goal() (int64, string) {
	on := t.find(goalLayout)
	if on == nil || len(on.looks) == 0 {
		return 0, "-"
	}
	if on.memory(peak) > on.allowed() {
		return on.allowed(), "no"
	}
	return on.allowed(), "yes"
}

// What a look gives, beside what table.go has.
func residentPeak(m measured) int64 { return m.resident }
func mappedMost(m measured) int64   { return m.files }

// printSpace prints how much address space each program takes for its memory, and
// whether the goal holds.
func printSpace(all []taken) {
	fmt.Printf("\nThe goal for VmPeak in %s is %s. The files are those of the program itself, of\n"+
		"shared libraries, and what it maps of its data: the most that was seen, every 5 ms and at the end. The\n"+
		"variables are those without an initial value, which the binary has room for beside its file.\n",
		goalLayout, goalFormula)
	var rows [][]string
	for i := range all {
		t := &all[i]
		c := "no"
		if t.hasC {
			c = "yes"
		}
		row := []string{t.name(), c}
		for _, build := range []string{"stock", goalLayout} {
			row = append(row, t.space(build)...)
		}
		allowed, holds := t.goal()
		most := "-"
		if holds != "-" {
			most = grouped(allowed)
		}
		rows = append(rows, append(row, most, holds))
	}
	header := []string{"program", "C code"}
	for _, build := range []string{"stock", goalLayout} {
		header = append(header, build+": VmPeak KiB", "VmPeak / VmHWM", "mapped files KiB", "variables KiB", "lowest ulimit -v")
	}
	printTable(append(header, "goal: at most", "holds"), 2, rows)
}

// space gives the cells of a build: VmPeak, its ratio to VmHWM, the mapped files, the
// variables and the lowest ulimit -v.
func (t *taken) space(build string) []string {
	on := t.find(build)
	if on == nil {
		return []string{"-", "-", "-", "-", "-"}
	}
	limit := "-"
	if on.lowest != 0 {
		limit = grouped(on.lowest)
	}
	ratio := fmt.Sprintf("%.2f", float64(on.memory(peak))/float64(on.memory(residentPeak)))
	return []string{grouped(on.memory(peak)), ratio, grouped(on.memory(mappedMost)), grouped(on.variables), limit}
}

// printNotBuilt says of which programs there is no build with CGO_ENABLED=0, and why.
func printNotBuilt(all []taken) {
	for i := range all {
		t := &all[i]
		switch {
		case !t.cgo || slices.ContainsFunc(all, func(o taken) bool { return o.program == t.program && !o.cgo }):
		case t.program.needsC:
			fmt.Printf("\n%s has no row for CGO_ENABLED=0: it does nothing without C code.", t.name())
		case !t.hasC:
			fmt.Printf("\n%s has no row for CGO_ENABLED=0: its default build needs no shared library, so no C code is in it.", t.name())
		}
	}
	fmt.Println()
}
