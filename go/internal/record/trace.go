package record

import (
	"path/filepath"
	"strings"

	"gosbrk/internal/gowasm"
	"gosbrk/internal/op"
)

// Trace is a recorded script and what its file says about it.
type Trace struct {
	Script  *op.Script
	Program string // what was recorded: the file's name up to a dash or dot
	Release string // that compiled it, such as go1.27.3; empty if the script does not say
}

// compiledBy begins the comment line that names the release.
const compiledBy = "compiled by "

// Comment is the comment of a trace: what the program did, and the Go release that compiled it. More may follow in that line.
func Comment(about string, root *gowasm.Root, more string) []string {
	return []string{about, compiledBy + root.Version + more}
}

// ReadTrace reads a trace from a file.
func ReadTrace(file string) (*Trace, error) {
	script, err := op.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t := &Trace{Script: script, Program: filepath.Base(file)}
	if end := strings.IndexAny(t.Program, "-."); end > 0 {
		t.Program = t.Program[:end]
	}
	for _, line := range script.Comment {
		if rest, ok := strings.CutPrefix(line, compiledBy); ok {
			t.Release, _, _ = strings.Cut(rest, ";")
		}
	}
	return t, nil
}
