// Package gowasm compiles Go programs for WebAssembly with the Go release of one's choice.
package gowasm

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"gosbrk/internal/engine"
	"gosbrk/internal/oracle"
)

// Root is a Go root whose go command, standard library and runtime are used together.
type Root struct {
	Dir     string
	Version string // for instance "go1.27.3"
}

// Open looks at the Go root in the directory.
func Open(dir string) (*Root, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &Root{Dir: dir}
	version, err := r.Go("", "env", "GOVERSION")
	r.Version = strings.TrimSpace(version)
	return r, err
}

// OpenRelease finds the Go root of a release such as "1.27.3". The go command downloads it if it has to.
func OpenRelease(release string) (*Root, error) {
	dir, err := oracle.ReleaseRoot(release)
	if err != nil {
		return nil, err
	}
	return Open(dir)
}

// Minor is the 27 of go1.27.3 and of "devel go1.27-abcdef". A version that does not say is taken for the newest there can be.
func (r *Root) Minor() int {
	_, rest, _ := strings.Cut(r.Version, "go1.")
	end := strings.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
	if end < 0 {
		end = len(rest)
	}
	n, err := strconv.Atoi(rest[:end])
	if err != nil {
		return 1 << 30
	}
	return n
}

// Profile is the profile of the memory layer in programs compiled with this root.
func (r *Root) Profile() engine.Profile {
	if r.Minor() < 24 {
		return engine.WasmGo121
	}
	return engine.Wasm
}

// Go runs the root's go command in a directory, set up to compile for WebAssembly, and returns what it printed. No setting of
// the user's reaches it but where its caches are.
func (r *Root) Go(dir string, args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(r.Dir, "bin", "go"), args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOROOT="+r.Dir, "GOTOOLCHAIN=local", "GOOS=wasip1", "GOARCH=wasm",
		"GOWORK=off", "GOFLAGS=", "GOEXPERIMENT=", "GOWASM=", "CGO_ENABLED=0")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return string(out), nil
}

// Build compiles the package and returns the WebAssembly module. The package is named as in dir, and flags are more flags for
// go build.
func (r *Root) Build(dir, pkg string, flags ...string) (code []byte, err error) {
	tmp, err := os.MkdirTemp("", "gosbrk-wasm-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	file := filepath.Join(tmp, "program.wasm")
	args := append([]string{"build", "-o", file}, flags...)
	if _, err := r.Go(dir, append(args, pkg)...); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// Change makes a file of a Go root into another.
type Change func(source []byte) ([]byte, error)

// BuildChanged is Build with changed files in the Go root, named as "src/runtime/mem_sbrk.go". The root itself stays as it is.
func (r *Root) BuildChanged(dir, pkg string, changes map[string]Change, flags ...string) (code []byte, err error) {
	tmp, err := os.MkdirTemp("", "gosbrk-overlay-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	// Downloaded releases lie in the module cache, where go build (1.25 and later) lets no overlay replace a file. Reached
	// through a link the root lies elsewhere; with -trimpath that makes no difference to what is compiled, nor to its cache.
	linked := &Root{Dir: filepath.Join(tmp, "goroot"), Version: r.Version}
	if err := os.Symlink(r.Dir, linked.Dir); err != nil {
		return nil, err
	}
	replace := map[string]string{}
	for name, change := range changes {
		original := filepath.Join(linked.Dir, name)
		source, err := os.ReadFile(original)
		if err != nil {
			return nil, err
		}
		if source, err = change(source); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(r.Dir, name), err)
		}
		changed := filepath.Join(tmp, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(changed, source, 0o644); err != nil {
			return nil, err
		}
		replace[original] = changed
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	overlay := filepath.Join(tmp, "overlay.json")
	if err := os.WriteFile(overlay, text, 0o644); err != nil {
		return nil, err
	}
	return linked.Build(dir, pkg, append(flags, "-trimpath", "-overlay", overlay)...)
}

// Guests is the directory of the project's own programs for WebAssembly, testdata/guest.
func Guests() (string, error) {
	module, err := oracle.ModuleDir()
	return filepath.Join(module, "..", "testdata", "guest"), err
}
