package op

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// String is the address in the text notation: "nil", or "+0x" and the offset.
func (p Ptr) String() string {
	if p == Nil {
		return "nil"
	}
	return "+0x" + strconv.FormatUint(uint64(p), 16)
}

// String is the op in the text notation, without a result.
func (o Op) String() string {
	b := append([]byte(nil), o.Kind.String()...)
	if o.Kind.takesAddr() {
		b = append(b, ' ')
		b = append(b, o.V.String()...)
	}
	b = append(b, ' ')
	b = strconv.AppendUint(b, o.N, 10)
	if o.Kind == ReserveAligned {
		b = append(b, ' ')
		b = strconv.AppendUint(b, o.Align, 10)
	}
	if o.Kind.takesName() && o.Name != "" {
		b = append(b, ' ')
		b = strconv.AppendQuote(b, o.Name)
	}
	return string(b)
}

// Format is the result of an op of kind k in the text notation, empty if k returns
// nothing.
func (r Result) Format(k Kind) string {
	switch {
	case k == ReserveAligned:
		return r.P.String() + " " + strconv.FormatUint(r.N, 10)
	case k.Returns():
		return r.P.String()
	}
	return ""
}

// Parse reads one line of the text notation. The result is nil if the line names none. A
// blank line, or one with nothing but a comment, is an error here: readers of scripts
// skip those.
func Parse(line string) (Op, *Result, error) {
	words, err := fields(line)
	if err != nil {
		return Op{}, nil, err
	}
	if len(words) == 0 {
		return Op{}, nil, errors.New("no op on this line")
	}
	k := slices.Index(kindNames[:], words[0])
	if k < 0 {
		return Op{}, nil, fmt.Errorf("unknown op %q (known: %s)", words[0], strings.Join(kindNames[:], ", "))
	}
	o := Op{Kind: Kind(k)}
	p := parser{words: words[1:]}
	if o.Kind.takesAddr() {
		o.V = p.addr("an address")
	}
	o.N = p.number("a size in bytes")
	if o.Kind == ReserveAligned {
		o.Align = p.number("an alignment in bytes")
	}
	if o.Kind.takesName() && p.more() && p.words[0] != "->" {
		o.Name = p.name()
	}
	var want *Result
	if p.more() {
		p.arrow()
		want = p.result(o.Kind)
	}
	if p.err == nil && p.more() {
		p.err = fmt.Errorf("%q is one word too many", p.words[0])
	}
	if p.err != nil {
		return Op{}, nil, fmt.Errorf("%s: %w", o.Kind, p.err)
	}
	return o, want, nil
}

// fields splits a line into words, drops a comment, and keeps a quoted string as one word
// with its quotes.
func fields(line string) ([]string, error) {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t\r")
		if line == "" || line[0] == '#' {
			return words, nil
		}
		end := strings.IndexAny(line, " \t\r#")
		if line[0] == '"' {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, fmt.Errorf("the string %s has no end", line)
			}
			end = len(quoted)
		} else if end < 0 {
			end = len(line)
		}
		words = append(words, line[:end])
		line = line[end:]
	}
}

// parser takes words off the front of a line and keeps the first error.
type parser struct {
	words []string
	err   error
}

func (p *parser) more() bool { return p.err == nil && len(p.words) > 0 }

func (p *parser) next(what string) string {
	if p.err != nil {
		return ""
	}
	if len(p.words) == 0 {
		p.err = fmt.Errorf("%s is missing", what)
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

func (p *parser) number(what string) uint64 {
	w := p.next(what)
	if p.err != nil {
		return 0
	}
	n, err := strconv.ParseUint(w, 0, 64)
	if err != nil {
		p.err = fmt.Errorf("%q is not %s (decimal or 0x…, below 2^64)", w, what)
	}
	return n
}

func (p *parser) addr(what string) Ptr {
	w := p.next(what)
	if p.err != nil || w == "nil" {
		return Nil
	}
	digits, ok := strings.CutPrefix(w, "+")
	n, err := strconv.ParseUint(digits, 0, 64)
	if !ok || err != nil {
		p.err = fmt.Errorf(`%q is not %s ("nil" or +0x…)`, w, what)
	}
	return Ptr(n)
}

func (p *parser) name() string {
	w := p.next("a name")
	s, err := strconv.Unquote(w)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%q is not a quoted name", w)
	}
	return s
}

func (p *parser) arrow() {
	if w := p.next("->"); p.err == nil && w != "->" {
		p.err = fmt.Errorf("%q where -> and the result belong", w)
	}
}

func (p *parser) result(k Kind) *Result {
	if p.err == nil && !k.Returns() {
		p.err = errors.New("this op has no result")
	}
	r := &Result{P: p.addr("a resulting address")}
	if k == ReserveAligned {
		r.N = p.number("a reserved size")
	}
	return r
}
