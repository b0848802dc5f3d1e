// Command gosuite runs Go's own test suites twice, on Go as it is and on Go with
// gosbrk under its runtime, and lists the tests that differ.
//
//	gosuite -gosbrk ../target/release/gosbrk [-layout compact] [-release go1.27.3] std
//
// A test that fails on gosbrk only is run again, a few times on both sides: some
// of Go's tests fail now and then, more so on a busy machine. The status is 1
// when one still fails on gosbrk only, unless -known names it and says why, and when
// a test that -known names passes on gosbrk: the list is stale then. A test
// that passes on Go as it is and does not run on gosbrk, or is skipped there, is
// listed and no more: some of Go's skip themselves now and then.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	gosbrk := flag.String("gosbrk", "../target/release/gosbrk", "the command `file`")
	layout := flag.String("layout", "compact", "the layout of the address space")
	release := flag.String("release", "", "the Go release, such as go1.27.3; the machine's own without it")
	known := flag.String("known", "", "a `file` of differences that are known, with the reason of each")
	again := flag.Int("again", 3, "how often to run a test again that differs")
	args := flag.String("args", "-short", "options for go test, separated by blanks")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "gosuite: name packages of Go's own, such as std")
		os.Exit(2)
	}
	stock, ours, err := sides(*gosbrk, *layout, *release, strings.Fields(*args))
	if err != nil {
		fmt.Fprintln(os.Stderr, "gosuite:", err)
		os.Exit(2)
	}
	reasons, err := readKnown(*known, *layout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gosuite:", err)
		os.Exit(2)
	}
	if !compare(stock, ours, reasons, *again, flag.Args()) {
		os.Exit(1)
	}
}

// sides finds the two Go roots.
func sides(gosbrk, layout, release string, args []string) (stock, ours *side, err error) {
	if release != "" {
		if err := os.Setenv("GOTOOLCHAIN", release); err != nil {
			return nil, nil, err
		}
	}
	// The command is named from here, and runs elsewhere.
	if gosbrk, err = filepath.Abs(gosbrk); err != nil {
		return nil, nil, err
	}
	stockRoot, err := output("go", "env", "GOROOT")
	if err != nil {
		return nil, nil, err
	}
	ourRoot, err := output(gosbrk, "--layout", layout, "goroot")
	if err != nil {
		return nil, nil, err
	}
	stock = &side{name: "stock", root: stockRoot, args: args}
	ours = &side{name: "gosbrk " + layout, root: ourRoot, args: args}
	return stock, ours, nil
}

func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", cmd, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// compare runs the packages on both sides and reports. It returns whether there is
// no difference left that nobody has explained, and no explanation without a
// difference.
func compare(stock, ours *side, reasons known, again int, packages []string) bool {
	var results [2]results
	for i, s := range []*side{stock, ours} {
		version, err := output(filepath.Join(s.root, "bin", "go"), "version")
		if err != nil {
			fmt.Fprintln(os.Stderr, "gosuite:", err)
			return false
		}
		start := time.Now()
		if results[i], err = s.run(packages); err != nil {
			fmt.Fprintln(os.Stderr, "gosuite:", err)
			return false
		}
		fmt.Printf("%-16s %s in %s (%s, %d CPUs)\n", s.name, results[i].summary(),
			time.Since(start).Round(time.Second), version, runtime.NumCPU())
	}
	clean := true
	for _, t := range results[1].failedUnlike(results[0]) {
		why, explained := reasons[t]
		if !explained {
			why, explained = tryAgain(stock, ours, t, again)
		}
		if explained {
			fmt.Printf("%-16s %s: %s\n", "explained", t, why)
		} else {
			clean = false
			fmt.Printf("%-16s %s: %s\n%s\n", "DIFFERENCE", t, why, results[1].outputOf(t))
		}
	}
	for _, t := range results[0].passedOnly(results[1]) {
		if why, ok := reasons[t]; ok {
			fmt.Printf("%-16s %s: %s\n", "explained", t, why)
		} else {
			fmt.Printf("%-16s %s\n", "on stock only", t)
		}
	}
	for _, t := range results[0].failed() {
		fmt.Printf("%-16s %s\n", "fails on stock", t)
	}
	stale := reasons.stale(results[1])
	for _, t := range stale {
		fmt.Printf("%-16s %s: it passes on %s; take it out of the known differences: %s\n",
			"STALE", t, ours.name, reasons[t])
	}
	if clean {
		fmt.Printf("no package that passes on %s fails on %s\n", stock.name, ours.name)
	}
	return clean && len(stale) == 0
}

// tryAgain runs a test again that failed on our side only, alone and on each side
// in turn. A test that fails there too, or on ours no more, fails now and then and
// is no difference; one that fails on ours sometimes is tried for longer.
func tryAgain(stock, ours *side, t test, again int) (why string, explained bool) {
	const longer = 5
	ourFailures, stockFailures, n := 0, 0, 0
	for n < again || stockFailures == 0 && 0 < ourFailures && ourFailures < n && n < longer*again {
		ourFailures += ours.failures(t)
		stockFailures += stock.failures(t)
		n++
	}
	why = fmt.Sprintf("again, alone, it fails %d of %d times on %s and %d on %s",
		ourFailures, n, ours.name, stockFailures, stock.name)
	return why, ourFailures == 0 || stockFailures > 0
}
