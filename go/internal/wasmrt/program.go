package wasmrt

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"gosbrk/internal/engine"
)

// Program is the driver (testdata/guest/driver), compiled for WebAssembly by one Go release.
type Program struct {
	Go   string // the release, for instance "go1.27.3"
	Code []byte // the WebAssembly module
}

// Build compiles the driver with the Go release in the directory goroot, and so with that release's runtime.
func Build(goroot string) (*Program, error) {
	source, err := guestSource()
	if err != nil {
		return nil, err
	}
	version, err := goCommand(goroot, source, "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	p := &Program{Go: strings.TrimSpace(version)}
	out, err := os.MkdirTemp("", "gosbrk-guest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(out)
	file := filepath.Join(out, "driver.wasm")
	args := []string{"build", "-trimpath", "-o", file}
	if p.minor() >= 23 {
		// From 1.23 on the linker keeps programs out of the runtime unless it is told otherwise.
		args = append(args, "-ldflags=-checklinkname=0")
	}
	if _, err := goCommand(goroot, source, append(args, "./driver")...); err != nil {
		return nil, err
	}
	p.Code, err = os.ReadFile(file)
	return p, err
}

// Profile is the profile of the program's memory layer.
func (p *Program) Profile() engine.Profile {
	if p.minor() < 24 {
		return engine.WasmGo121
	}
	return engine.Wasm
}

// minor is the 27 of go1.27.3 and of "devel go1.27-abcdef". A version that says nothing is taken for the newest there can be.
func (p *Program) minor() int {
	_, rest, _ := strings.Cut(p.Go, "go1.")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	n, err := strconv.Atoi(rest[:end])
	if err != nil {
		return 1 << 30
	}
	return n
}

// goCommand runs the go command of a Go root, set up to compile for WebAssembly, and returns what it printed.
func goCommand(goroot, dir string, args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(goroot, "bin", "go"), args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOROOT="+goroot, "GOTOOLCHAIN=local", "GOOS=wasip1", "GOARCH=wasm",
		"GOWORK=off", "GOFLAGS=", "GOEXPERIMENT=", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w\n%s", err, exit.Stderr)
		}
		return "", fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return string(out), nil
}

// guestSource finds testdata/guest of the repository this package was compiled from.
func guestSource() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(file), "..", "..", "..", "testdata", "guest")
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		return "", fmt.Errorf("the guest programs are not where the sources were when this was compiled (without -trimpath): %w", err)
	}
	return filepath.Abs(dir)
}
