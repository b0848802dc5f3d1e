package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gosbrk/internal/gowasm"
	"gosbrk/internal/op"
)

// Workload is a program and something for it to do. What it works on comes from the Go root, so that it is at hand wherever Go
// is.
type Workload struct {
	Name    string
	About   string
	Package string
	// run says how to run it, and may put files into the directory tmp.
	run func(root *gowasm.Root, guests, tmp string) (Run, error)
}

// Workloads are the programs whose traces are kept in testdata/traces.
func Workloads() []Workload {
	return []Workload{
		{"gofmt", "gofmt simplifies the largest source file of the Go compiler", "cmd/gofmt", gofmt},
		{"compile", "the Go compiler compiles encoding/json", "cmd/compile", compile},
		{"json", "encoding/json reads and writes, three times over, what go list tells about the standard library", "./json", jsonList},
		{"zip", "archive/zip packs and unpacks the sources of the runtime and of net/http", "./zip", zipSources},
		{"types", "go/types checks net/http and all that it imports", "./types", typesNetHTTP},
	}
}

// Record compiles the workload's program with the Go root, runs it, and returns its trace.
func (w Workload) Record(ctx context.Context, root *gowasm.Root) (script *op.Script, err error) {
	guests, err := gowasm.Guests()
	if err != nil {
		return nil, err
	}
	code, err := Build(root, guests, w.Package)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "gosbrk-workload-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	run, err := w.run(root, guests, tmp)
	if err != nil {
		return nil, err
	}
	return Record(ctx, code, root.Profile(), run)
}

func gofmt(root *gowasm.Root, _, _ string) (Run, error) {
	return Run{
		Args:   []string{"-s", "/ssa/rewriteAMD64.go"},
		Mounts: map[string]string{"/ssa": filepath.Join(root.Dir, "src/cmd/compile/internal/ssa")},
	}, nil
}

func compile(root *gowasm.Root, guests, tmp string) (Run, error) {
	const pkg = "encoding/json"
	exports, err := root.Go(guests, "list", "-deps", "-export", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", pkg)
	if err != nil {
		return Run{}, err
	}
	if err := os.WriteFile(filepath.Join(tmp, "importcfg"), []byte(exports), 0o644); err != nil {
		return Run{}, err
	}
	cache, err := root.Go(guests, "env", "GOCACHE")
	if err != nil {
		return Run{}, err
	}
	cache = strings.TrimSpace(cache)
	files, err := root.Go(guests, "list", "-f", `{{join .GoFiles "\n"}}`, pkg)
	if err != nil {
		return Run{}, err
	}
	args := []string{"-p", pkg, "-std", "-complete", "-pack", "-importcfg", "/tmp/importcfg", "-o", "/tmp/json.a"}
	for _, f := range strings.Fields(files) {
		args = append(args, "/src/"+f)
	}
	return Run{
		Args:   args,
		Env:    map[string]string{"GOOS": "wasip1", "GOARCH": "wasm"},
		Mounts: map[string]string{"/tmp": tmp, "/src": filepath.Join(root.Dir, "src", pkg), cache: cache},
	}, nil
}

func jsonList(root *gowasm.Root, guests, _ string) (Run, error) {
	list, err := root.Go(guests, "list", "-json", "std")
	if err != nil {
		return Run{}, err
	}
	return Run{Stdin: bytes.NewReader([]byte(list))}, nil
}

func zipSources(root *gowasm.Root, _, _ string) (Run, error) {
	return Run{
		Args:   []string{"/src/runtime", "/src/net/http"},
		Mounts: map[string]string{"/src": filepath.Join(root.Dir, "src")},
	}, nil
}

func typesNetHTTP(root *gowasm.Root, _, _ string) (Run, error) {
	return Run{
		Args:   []string{"net/http"},
		Env:    map[string]string{"GOROOT": "/goroot"},
		Mounts: map[string]string{"/goroot": root.Dir},
	}, nil
}

// FindWorkload finds the workload of that name.
func FindWorkload(name string) (Workload, error) {
	var known []string
	for _, w := range Workloads() {
		if w.Name == name {
			return w, nil
		}
		known = append(known, w.Name)
	}
	return Workload{}, fmt.Errorf("unknown workload %q (known: %s)", name, strings.Join(known, ", "))
}
