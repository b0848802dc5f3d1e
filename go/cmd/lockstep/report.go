package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gosbrk/internal/lockstep"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
)

// row is what came of one run against one engine.
type row struct {
	Mode        string `json:"mode"`
	Engine      string `json:"engine"`
	Release     string `json:"release"` // several with = between them have the same source
	Profile     string `json:"profile"`
	Hash        string `json:"hash"` // of the source
	Ops         int64  `json:"ops"`
	States      int    `json:"states,omitempty"`
	Refused     int64  `json:"refused,omitempty"` // of the ops, as misuse
	Differences int    `json:"differences"`
	NsPerOp     int64  `json:"ns_per_op,omitempty"`
	PortNsPerOp int64  `json:"port_ns_per_op,omitempty"`
}

// report prints rows as they come, and how far the present one is if someone is there to
// see it.
type report struct {
	json  bool
	live  bool
	title string
	shown time.Time
	rows  []row
}

func newReport(o *options) *report {
	return &report{json: o.json, live: !o.json && isTerminal(os.Stderr)}
}

// isTerminal reports whether a file is a terminal.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

const format = "%-8s %-31s %-11s %-16s %-37s %12s %12s\n"

func (r *report) begin(row *row) {
	r.title = fmt.Sprintf("%s %s, %s", row.Release, row.Profile, row.Mode)
	r.progress("starting")
}

// progress replaces the line on the terminal, a few times a second.
func (r *report) progress(text string, args ...any) {
	if r.live && time.Since(r.shown) > 200*time.Millisecond {
		r.shown = time.Now()
		fmt.Fprintf(os.Stderr, "\r\x1b[K%s: %s", r.title, fmt.Sprintf(text, args...))
	}
}

// drop forgets the row that was begun.
func (r *report) drop() {
	if r.live {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}

// end prints the row that was begun.
func (r *report) end(row *row) {
	r.drop()
	r.rows = append(r.rows, *row)
	if r.json {
		r.print(row)
		return
	}
	if len(r.rows) == 1 {
		fmt.Printf(format, "engine", "Go release", "profile", "source", "mode", "calls", "differences")
	}
	fmt.Printf(format, row.Engine, row.Release, row.Profile, row.Hash, row.Mode, count(row.Ops),
		fmt.Sprint(row.Differences))
}

func (r *report) print(v any) {
	if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
		fail(err)
	}
}

// count is a number with separators, "-" for none.
func count(n int64) string {
	if n == 0 {
		return "-"
	}
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// difference prints a difference and how to see it again: with the script it came from,
// or if there is none, with one it keeps.
func (r *report) difference(o *options, m *match, d *lockstep.Difference) error {
	if r.json {
		r.print(map[string]any{"difference": d.Error()})
	} else {
		fmt.Println(d)
	}
	profile := d.Config.Profile.String()
	if m.file == "" {
		return o.keep(d.Script(), profile, m.flags)
	}
	o.again(profile, m.file, m.flags)
	return nil
}

// keep writes a script to a file, and says how to run it.
func (o *options) keep(script *op.Script, profile string, flags []string) error {
	module, err := oracle.ModuleDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(oracle.OutDir(module), "differences")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, profile+"-*.txt")
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := script.WriteFile(f.Name()); err != nil {
		return err
	}
	o.again(profile, f.Name(), flags)
	return nil
}

// again prints the command that runs a script in the engines that these flags name.
func (o *options) again(profile, file string, flags []string) {
	command := append([]string{"go run ./cmd/lockstep"}, flags...)
	out := os.Stdout
	if o.json {
		out = os.Stderr
	}
	fmt.Fprintf(out, "  run it again: %s -profile %s -script %s\n", strings.Join(command, " "), profile, file)
}

// verdict prints the closing line and returns the exit status.
func (r *report) verdict() int {
	if len(r.rows) == 0 {
		fmt.Fprintln(os.Stderr, "lockstep: nothing was compared: no engine has what was asked for")
		return unusable
	}
	var calls int64
	bad := 0
	for _, row := range r.rows {
		calls += row.Ops
		if row.Differences > 0 {
			bad++
		}
	}
	switch {
	case r.json:
	case bad > 0:
		fmt.Printf("FAIL: differences in %d of %d runs\n", bad, len(r.rows))
	default:
		fmt.Printf("PASS: 0 differences in %d runs, %s calls\n", len(r.rows), count(calls))
	}
	if bad > 0 {
		return differ
	}
	return same
}
