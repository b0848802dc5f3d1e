package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"

	"gosbrk/internal/gowasm"
	"gosbrk/internal/oracle"
)

// A host grows a program's memory and keeps what it got. Since Go 1.24 the runtime
// takes it for its own. The document has a fix, which is tested as it is printed there.
func TestHostThatGrowsTheMemory(t *testing.T) {
	want := printed(t, "foreign_growth.go")
	newest := oracle.Releases[len(oracle.Releases)-1]
	var got []string
	for _, with := range []struct {
		release, what string
		changes       map[string]gowasm.Change
	}{
		{release: "1.23.9"},
		{release: newest},
		{release: newest, what: " with the fix", changes: catchesUp(t)},
	} {
		root, err := gowasm.OpenRelease(with.release)
		if err != nil {
			t.Skip(err)
		}
		dir := t.TempDir()
		write(t, dir+"/go.mod", []byte("module upstream\n\ngo 1.22\n"))
		write(t, dir+"/main.go", read(t, programs(t)+"/foreign_growth.go"))
		code, err := root.BuildChanged(dir, ".", with.changes)
		if err != nil {
			t.Fatal(err)
		}
		minor, _, _ := strings.Cut(strings.TrimPrefix(with.release, "1."), ".")
		got = append(got, "Go 1."+minor+with.what+": "+host(t, code))
	}
	if said := strings.Join(got, "\n"); said != want {
		t.Errorf("it prints\n%s\nthe document says\n%s", said, want)
	}
}

// catchesUp is the document's fix: a function, and calls of it where the layer looks at bloc.
func catchesUp(t *testing.T) map[string]gowasm.Change {
	document := read(t, programs(t)+"/../../docs/upstream.md")
	_, after, found := bytes.Cut(document, []byte("\n```go\nfunc memCatchUp() {\n"))
	body, _, closed := bytes.Cut(after, []byte("\n```\n"))
	if !found || !closed {
		t.Fatal("docs/upstream.md does not have memCatchUp")
	}
	before := func(line string) gowasm.Change {
		return func(source []byte) ([]byte, error) {
			return replace(t, source, "\n"+line, "\n\tmemCatchUp()\n"+line), nil
		}
	}
	return map[string]gowasm.Change{
		"src/runtime/mem_sbrk.go": before("\t\tp = alignUp(bloc, align)\n"),
		"src/runtime/mem_wasm.go": func(source []byte) ([]byte, error) {
			source, err := before("\tbl := bloc\n")(source)
			return fmt.Appendf(source, "\nfunc memCatchUp() {\n%s\n", body), err
		},
	}
}

// host runs a program, offers it what it imports, and returns what look has seen.
func host(t *testing.T, code []byte) (seen string) {
	t.Helper()
	const page, pages, filler = 65536, 128, 0x5A
	const size = pages * page // more than an arena, and so past what the layer would align to
	ctx := t.Context()
	r := wazero.NewRuntime(ctx)
	defer r.Close(context.Background())
	var at uint32
	grow := func(_ context.Context, m api.Module) {
		old, ok := m.Memory().Grow(pages)
		if !ok {
			t.Error("the memory cannot grow")
		}
		at = old * page
		m.Memory().Write(at, bytes.Repeat([]byte{filler}, size))
	}
	look := func(_ context.Context, m api.Module) {
		now, _ := m.Memory().Read(at, size)
		same := bytes.Count(now, []byte{filler})
		seen = fmt.Sprintf("%d of the %d bytes are what they were", same, size)
		if same < size/10 {
			seen = fmt.Sprintf("less than a tenth of the %d bytes are what they were", size)
		}
	}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		t.Fatal(err)
	}
	_, err := r.NewHostModuleBuilder("host").NewFunctionBuilder().WithFunc(grow).Export("grow").
		NewFunctionBuilder().WithFunc(look).Export("look").Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.InstantiateWithConfig(ctx, code, wazero.NewModuleConfig())
	var exit *sys.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 0) {
		t.Fatal(err)
	}
	return seen
}
