package op

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Init is a script's optional first line: how the segment starts.
type Init struct {
	Profile               string // plan9, wasm or wasm_go121
	Start, Initial, Limit uint64 // as in engine.Config
}

// String is the line in the text notation.
func (i Init) String() string {
	return fmt.Sprintf("init profile=%s start=%#x initial=%#x limit=%#x", i.Profile, i.Start, i.Initial, i.Limit)
}

// Step is one op of a script.
type Step struct {
	Op   Op
	Want *Result // what must come out; nil if the script does not say
	Line int     // in the file it was read from, from 1; 0 if it was not read
}

// Script is a list of ops and how the segment they run in starts.
type Script struct {
	Comment []string // the comment lines in front of everything else, without "# "
	Init    *Init    // nil: plan9, everything zero
	Steps   []Step
}

// Ops are the script's ops without what is expected of them.
func (s *Script) Ops() []Op {
	ops := make([]Op, len(s.Steps))
	for i := range s.Steps {
		ops[i] = s.Steps[i].Op
	}
	return ops
}

// Read reads a script in the text notation.
func Read(r io.Reader) (*Script, error) {
	s := &Script{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		head := s.Init == nil && len(s.Steps) == 0
		var err error
		switch {
		case text == "":
		case text[0] == '#':
			if head {
				s.Comment = append(s.Comment, strings.TrimPrefix(text[1:], " "))
			}
		case strings.HasPrefix(text, "init ") || text == "init":
			if !head {
				err = errors.New("init may only stand before the first op, and once")
				break
			}
			s.Init, err = parseInit(text)
		default:
			step := Step{Line: n}
			step.Op, step.Want, err = Parse(text)
			s.Steps = append(s.Steps, step)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return s, lines.Err()
}

// parseInit reads the line "init key=value ...".
func parseInit(line string) (*Init, error) {
	words, err := fields(line)
	if err != nil {
		return nil, err
	}
	in := &Init{Profile: "plan9"}
	sizes := map[string]*uint64{"start": &in.Start, "initial": &in.Initial, "limit": &in.Limit}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		if key == "profile" {
			in.Profile = value
			continue
		}
		p, ok := sizes[key]
		if !ok {
			return nil, fmt.Errorf("init: %q is none of profile=, start=, initial=, limit=", w)
		}
		if *p, err = strconv.ParseUint(value, 0, 64); err != nil {
			return nil, fmt.Errorf("init: %s=%q is not a size in bytes", key, value)
		}
	}
	return in, nil
}

// Write writes the script in the text notation.
func (s *Script) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, c := range s.Comment {
		fmt.Fprintln(b, strings.TrimRight("# "+c, " "))
	}
	if s.Init != nil {
		fmt.Fprintln(b, s.Init)
	}
	for _, step := range s.Steps {
		b.WriteString(step.Op.String())
		if step.Want != nil && step.Op.Kind.Returns() {
			b.WriteString(" -> ")
			b.WriteString(step.Want.Format(step.Op.Kind))
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// ReadFile reads the script in a file, gunzipping it if its name ends in .gz.
func ReadFile(name string) (*Script, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	s, err := Read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// WriteFile writes the script to a file, gzipped if its name ends in .gz.
func (s *Script) WriteFile(name string) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if !strings.HasSuffix(name, ".gz") {
		return s.Write(f)
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := s.Write(z); err != nil {
		return err
	}
	return z.Close()
}
