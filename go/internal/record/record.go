// Package record makes traces of real Go programs and replays them. A program is compiled for WebAssembly with a runtime that
// reports every call of its memory layer to the host; what it did then becomes a script, with the result of every call.
package record

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"

	"gosbrk/internal/engine"
	"gosbrk/internal/gowasm"
	"gosbrk/internal/op"
)

// Run is one run of a program.
type Run struct {
	Args   []string          // without the program's name
	Env    map[string]string // nothing is inherited
	Mounts map[string]string // directories: where the program sees them, and what they are
	Stdin  io.Reader
	Stdout io.Writer
}

// Build compiles a package with a runtime that records itself. The package is named as in dir.
func Build(root *gowasm.Root, dir, pkg string) ([]byte, error) {
	return root.BuildChanged(dir, pkg, map[string]gowasm.Change{"src/runtime/mem_sbrk.go": instrument})
}

// Record runs a program that Build made and returns what its runtime did as a script. If the program fails, by ending with a
// status other than 0 too, there is an error and, if it got that far, the script up to there.
func Record(ctx context.Context, code []byte, profile engine.Profile, run Run) (*op.Script, error) {
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, err
	}
	rec := &recorder{profile: profile, script: &op.Script{}}
	if err := rec.instantiate(ctx, r); err != nil {
		return nil, err
	}
	program, err := r.CompileModule(ctx, code)
	if err != nil {
		return nil, err
	}
	var stderr tail
	_, err = r.InstantiateModule(ctx, program, run.config().WithStderr(&stderr))
	var exit *sys.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 0 {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("the program failed: %w\n%s", err, stderr.text)
	}
	if rec.script.Init == nil {
		return nil, errors.Join(err, errors.New("the program never used its memory layer: it was not compiled to be recorded"))
	}
	return rec.script, errors.Join(err, rec.err)
}

// config is the run as wazero wants it.
func (run Run) config() wazero.ModuleConfig {
	files := wazero.NewFSConfig()
	for guest, host := range run.Mounts {
		files = files.WithDirMount(host, guest)
	}
	c := wazero.NewModuleConfig().WithArgs(append([]string{"program"}, run.Args...)...).WithFSConfig(files).
		WithSysWalltime().WithSysNanotime().WithSysNanosleep()
	for key, value := range run.Env {
		c = c.WithEnv(key, value)
	}
	if run.Stdin != nil {
		c = c.WithStdin(run.Stdin)
	}
	if run.Stdout != nil {
		c = c.WithStdout(run.Stdout)
	}
	return c
}

// recorder is the host's side of what the overlay adds to the runtime.
type recorder struct {
	profile engine.Profile
	script  *op.Script
	err     error // the first report that could not be read
}

// instantiate offers the runtime the functions it reports through.
func (rec *recorder) instantiate(ctx context.Context, r wazero.Runtime) error {
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	_, err := r.NewHostModuleBuilder("gosbrk").
		NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(rec.start), []api.ValueType{i64, i64}, nil).Export("start").
		NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(rec.op), []api.ValueType{i32, i64, i64, i64, i64, i64, i32, i32}, nil).Export("op").
		Instantiate(ctx)
	return err
}

// start is told once, before the first call, where the break is.
func (rec *recorder) start(_ context.Context, m api.Module, stack []uint64) {
	bloc, blocMax := stack[0], stack[1]
	if rec.profile == engine.WasmGo121 {
		// The layer of these releases does not know where memory ends: it asks when it grows it.
		blocMax = uint64(m.Memory().Size())
	}
	rec.script.Init = engine.Config{Profile: rec.profile, Start: bloc, Initial: blocMax}.Init()
}

// op is told every call when it is done.
func (rec *recorder) op(_ context.Context, m api.Module, stack []uint64) {
	o := op.Op{Kind: op.Kind(api.DecodeU32(stack[0])), V: address(stack[1]), N: stack[2], Align: stack[3]}
	name, ok := m.Memory().Read(api.DecodeU32(stack[6]), api.DecodeU32(stack[7]))
	if !ok && rec.err == nil {
		rec.err = fmt.Errorf("call %d (%s): its name lies outside of the program's memory", len(rec.script.Steps)+1, o)
	}
	o.Name = string(name)
	step := op.Step{Op: o}
	if o.Kind.Returns() {
		step.Want = &op.Result{P: address(stack[4]), N: stack[5]}
	}
	rec.script.Steps = append(rec.script.Steps, step)
}

// address turns an address of the program into an offset: they are the same, but for nil.
func address(p uint64) op.Ptr {
	if p == 0 {
		return op.Nil
	}
	return op.Ptr(p)
}

// tail keeps the last of what is written to it: what a program said when it failed.
type tail struct{ text []byte }

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	const most = 8 << 10
	t.text = append(t.text, p...)
	if over := len(t.text) - most; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}
