package record

import (
	"fmt"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Replay gives an engine the ops of a trace, from the state in which the trace starts, and fails at the first result that is
// not the one that was recorded.
func Replay(e engine.Engine, trace *op.Script) error {
	config, err := engine.ConfigOf(trace.Init)
	if err != nil {
		return err
	}
	if err := e.Init(config); err != nil {
		return err
	}
	for _, step := range trace.Steps {
		got := e.Do(step.Op)
		if step.Want != nil && got != *step.Want {
			kind := step.Op.Kind
			return fmt.Errorf("line %d: %s: the recorded program got %s, %s returned %s",
				step.Line, step.Op, step.Want.Format(kind), e.Name(), got.Format(kind))
		}
	}
	return nil
}
