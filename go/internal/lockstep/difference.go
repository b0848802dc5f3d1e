package lockstep

import (
	"fmt"
	"slices"
	"strings"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Difference is what a run ends with when two engines do not agree, or one fails by
// itself.
type Difference struct {
	What    string // what is wrong, as the start of a sentence
	Config  engine.Config
	Ops     []op.Op // all that was done since the segment started; the last one showed it
	Before  engine.State
	Engines []Outcome // the engines that differ; none if one failed
	Final   bool      // an engine cannot be used any more: it hangs
}

// Outcome is where the last op left one engine.
type Outcome struct {
	Engine string
	Result op.Result
	State  engine.State
}

// Error is all of it but the script.
func (d *Difference) Error() string {
	var b strings.Builder
	if len(d.Ops) == 0 {
		fmt.Fprintf(&b, "%s, right after the start\n", d.What)
	} else {
		last := d.Ops[len(d.Ops)-1]
		fmt.Fprintf(&b, "%s, by call %d:\n    %v\n", d.What, len(d.Ops), last)
		fmt.Fprintf(&b, "  %-24s %s\n", "before", describe(&d.Before))
		for _, e := range d.Engines {
			fmt.Fprintf(&b, "  %-24s %s", e.Engine, describe(&e.State))
			if got := e.Result.Format(last.Kind); got != "" {
				fmt.Fprintf(&b, " -> %s", got)
			}
			b.WriteByte('\n')
		}
	}
	fmt.Fprintf(&b, "  segment: %v", d.Config)
	return b.String()
}

// describe is a state in one line.
func describe(s *engine.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "bloc %v blocMax %v", op.Ptr(s.Bloc), op.Ptr(s.BlocMax))
	if s.End != s.BlocMax {
		fmt.Fprintf(&b, " end %v", op.Ptr(s.End))
	}
	b.WriteString(" free [")
	for i, f := range s.Free {
		if i == 8 {
			fmt.Fprintf(&b, " and %d more", len(s.Free)-i)
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%v:%d", op.Ptr(f.Addr), f.Size)
	}
	b.WriteByte(']')
	return b.String()
}

// Script is what leads to the difference, with the report as its comment.
func (d *Difference) Script() *op.Script {
	s := &op.Script{Comment: strings.Split(d.Error(), "\n"), Init: d.Config.Init()}
	for _, o := range d.Ops {
		s.Steps = append(s.Steps, op.Step{Op: o})
	}
	return s
}

// difference makes a *Difference between the engines a and b, which may be one.
func (r *Runner) difference(what string, a, b int) *Difference {
	d := &Difference{What: what, Config: r.asked, Ops: slices.Clone(r.ops), Before: clone(&r.before)}
	for _, i := range slices.Compact([]int{a, b}) {
		d.Engines = append(d.Engines, Outcome{r.engines[i].Name(), r.results[i], clone(&r.now[i])})
	}
	return d
}

// failure makes a *Difference of an engine that failed by itself in the last call.
func (r *Runner) failure(what string) *Difference {
	return &Difference{What: what, Config: r.cfg, Ops: slices.Clone(r.ops), Before: clone(&r.before)}
}

func clone(s *engine.State) engine.State {
	c := *s
	c.Free = slices.Clone(s.Free)
	return c
}
