package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// known maps a test that differs to the reason.
type known map[test]string

// readKnown reads lines of a layout, a package, a test or a dash, and a reason;
// those of other layouts are left out. No file: nothing is known.
func readKnown(file, layout string) (known, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	reasons := known{}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		if line == "" {
			continue
		}
		fields := strings.SplitN(line, " ", 4)
		if len(fields) < 4 {
			return nil, fmt.Errorf("%s: %q is not a layout, a package, a test and a reason", file, line)
		}
		if fields[0] == layout {
			reasons[test{fields[1], strings.TrimPrefix(fields[2], "-")}] = fields[3]
		}
	}
	return reasons, nil
}

// stale lists what is known to differ and passed nevertheless, in order. A test that
// did not run is not in it.
func (k known) stale(ours results) []test {
	var stale []test
	for t := range k {
		if ours.action[t] == "pass" {
			stale = append(stale, t)
		}
	}
	slices.SortFunc(stale, compareTests)
	return stale
}
