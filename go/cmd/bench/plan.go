package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// kind is what a step does.
type kind uint8

const (
	alloc kind = iota
	fill
	free
	pair
	touch
	sysAlloc
	sysFree
	sysReserve
	sysReserveAligned
	sysMap
	sysUnused
	sysUsed
	sysHugePage
	sysNoHugePage
	sysHugePageCollapse
	sysFault
	touchAt
)

// words are how plans name them.
var words = []string{
	"alloc", "fill", "free", "pair", "touch", "sysAlloc", "sysFree", "sysReserve", "sysReserveAligned", "sysMap", "sysUnused",
	"sysUsed", "sysHugePage", "sysNoHugePage", "sysHugePageCollapse", "sysFault", "touchAt",
}

// none is nil among offsets; of a touch, that it expects nothing.
const none = math.MaxUint

// step is one line of a plan.
type step struct {
	kind   kind
	slot   int
	count  int
	stride int
	bytes  uintptr
	at     uintptr
	want   uintptr
	name   string
}

// plan is what one sample does.
type plan struct {
	threads, slots, passes, units, fresh, profile, start, initial int

	setup, measured []step
}

// ofSlots reports whether it is a plan of slots, not of calls.
func (p *plan) ofSlots() bool {
	return !slices.ContainsFunc(p.measured, func(s step) bool { return s.kind >= sysAlloc })
}

func readPlan(path string) (*plan, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := parsePlan(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func parsePlan(r io.Reader) (*plan, error) {
	lines := bufio.NewScanner(r)
	lines.Scan()
	p := &plan{}
	_, err := fmt.Sscanf(lines.Text(), "threads=%d slots=%d passes=%d units=%d fresh=%d profile=%d start=%d initial=%d",
		&p.threads, &p.slots, &p.passes, &p.units, &p.fresh, &p.profile, &p.start, &p.initial)
	if err != nil {
		return nil, fmt.Errorf("%q is not how a plan begins: %w", lines.Text(), err)
	}
	if p.setup, err = parseSteps(lines, "setup"); err != nil {
		return nil, err
	}
	p.measured, err = parseSteps(lines, "measured")
	return p, err
}

func parseSteps(lines *bufio.Scanner, title string) ([]step, error) {
	lines.Scan()
	var count int
	if _, err := fmt.Sscanf(lines.Text(), title+" %d", &count); err != nil {
		return nil, fmt.Errorf("%q is not %q and a number: %w", lines.Text(), title, err)
	}
	steps := make([]step, count)
	for i := range steps {
		lines.Scan()
		s, ok := parseStep(lines.Text())
		if !ok {
			return nil, fmt.Errorf("%q is not a step", lines.Text())
		}
		steps[i] = s
	}
	return steps, lines.Err()
}

func parseStep(line string) (step, bool) {
	fields := strings.SplitN(line, " ", 8)
	word := slices.Index(words, fields[0])
	if word < 0 || len(fields) < 7 {
		return step{}, false
	}
	good := true
	signed := func(i int) int {
		n, err := strconv.Atoi(fields[i])
		good = good && err == nil
		return n
	}
	size := func(i int) uintptr {
		n, err := strconv.ParseUint(fields[i], 10, 64)
		good = good && err == nil
		return uintptr(n)
	}
	s := step{kind: kind(word), slot: signed(1), count: signed(2), stride: signed(3), bytes: size(4), at: size(5), want: size(6)}
	if len(fields) == 8 {
		s.name = fields[7]
	}
	return s, good
}
