package main

import (
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		numbers []int64
		want    int64
	}{
		{[]int64{7}, 7},
		{[]int64{9, 1, 5}, 5},
		{[]int64{4, 1, 2, 100}, 3},
	} {
		if got := median(test.numbers); got != test.want {
			t.Errorf("median(%v) = %d, want %d", test.numbers, got, test.want)
		}
	}
}

func TestRatiosAreOfTheSameRound(t *testing.T) {
	seconds := func(each ...int64) (on onBuild) {
		for _, s := range each {
			on.rounds = append(on.rounds, measured{time: time.Duration(s) * time.Second})
		}
		return on
	}
	times := taken{on: []onBuild{seconds(1, 2, 4), seconds(2, 2, 2)}}
	if got := times.ratios(&times.on[1], elapsed); got[0] != 2 || got[1] != 1 || got[2] != 0.5 {
		t.Errorf("the ratios are %v, want 2, 1, 0.5", got)
	}
	if got := mean(times.ratios(&times.on[1], elapsed)); got != 1 {
		t.Errorf("their geometric mean is %v, want 1", got)
	}
	memory := taken{on: []onBuild{
		{looks: []measured{{resident: 100}, {resident: 300}, {resident: 200}}},
		{looks: []measured{{resident: 150}, {resident: 300}, {resident: 180}}},
	}}
	if got := memory.spread(1, resident); got != "1.00 (0.90-1.50)" {
		t.Errorf("the spread of the memory is %s", got)
	}
}

func TestGoal(t *testing.T) {
	const resident, files, variables = 40_000, 3_000, 700
	const most = 50_000 + 23_437 + files + variables
	for peak, want := range map[int64]string{most - 1: "yes", most: "yes", most + 1: "no"} {
		look := measured{peak: peak, resident: resident, files: files}
		program := taken{on: []onBuild{{build: "stock"}, {build: "compact", looks: []measured{look}, variables: variables}}}
		if got, holds := program.goal(); got != most || holds != want {
			t.Errorf("with VmPeak %d the goal is %d and holds: %s, want %d, %s", peak, got, holds, most, want)
		}
	}
	stock := taken{on: []onBuild{{build: "stock"}}}
	if _, holds := stock.goal(); holds != "-" {
		t.Errorf("without compact the goal holds: %s", holds)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %q, want %q", n, got, want)
		}
	}
	for kib, want := range map[int64]string{7616: "7.8", 1226836: "1,256"} {
		if got := megabytes(kib); got != want {
			t.Errorf("megabytes(%d) = %q, want %q", kib, got, want)
		}
	}
}

func TestLowest(t *testing.T) {
	for _, least := range []int64{1_000, 7_505, 100_000, 1_000_000} {
		got, err := lowest(func(kib int64) bool { return kib >= least }, 100_000)
		if err != nil || got < least || got > least+least/100 {
			t.Errorf("lowest = %d, %v, want %d or a little more", got, err, least)
		}
	}
	if _, err := lowest(func(int64) bool { return false }, 100); err == nil {
		t.Error("something that never works has a lowest limit")
	}
}

func TestVerdicts(t *testing.T) {
	const (
		one   = "=== RUN A\n--- PASS: B (0.00s)\n    --- SKIP: B/c (0.01s)\nPASS\n"
		other = "text    --- SKIP: B/c (9.01s)\n--- PASS: B (7.00s)\n"
		wrong = "--- FAIL: B (0.00s)\n    --- SKIP: B/c (0.01s)\n"
	)
	if verdicts(one) != verdicts(other) {
		t.Errorf("%q and %q are not the same", verdicts(one), verdicts(other))
	}
	if verdicts(one) == verdicts(wrong) {
		t.Errorf("%q is the same for tests that passed and failed", verdicts(one))
	}
}

func TestProgramsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range programs {
		if seen[p.name] {
			t.Errorf("two programs are called %s", p.name)
		}
		seen[p.name] = true
		if chosen, err := choose(p.name); err != nil || len(chosen) != 1 || chosen[0] != p {
			t.Errorf("choose(%q) = %v, %v", p.name, chosen, err)
		}
	}
	if _, err := choose("hello,nothing"); err == nil {
		t.Error("a program that is not there was chosen")
	}
}
