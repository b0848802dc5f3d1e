package oracle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Build compiles a program of this module together with generated packages.
type Build struct {
	Module  string     // the module's folder
	Out     string     // where generated files and programs go, outside of the module
	Package string     // what to build, as the go command takes it in the module's folder
	Test    bool       // its test binary instead
	Sources []*Package // the generated packages
}

// OutDir is the folder for generated files of the module in the given folder; git ignores
// it.
func OutDir(module string) string {
	return filepath.Join(module, "..", "target", "oracle")
}

// Program builds the program and returns its path. A program that is there and up to date
// is not built again.
func (b *Build) Program() (string, error) {
	overlay, err := b.Overlay()
	if err != nil {
		return "", err
	}
	unlock, err := b.lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	sum := sha256.Sum256([]byte(overlay + "\n" + b.Package))
	name := filepath.Base(b.Package)
	args := []string{"build"}
	if b.Test {
		name += "_test"
		args = []string{"test", "-c", "-vet=off"} // vet enters the folders of packages, which are not there
	}
	program := filepath.Join(b.Out, name+"_"+hex.EncodeToString(sum[:6]))
	// Tables for debuggers are a third of what linking takes.
	cmd := goCommand(b.Module, "GOTOOLCHAIN=local", append(args, "-ldflags=-w", "-overlay", overlay, "-o", program, b.Package)...)
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s with Go's source: %w\n%s", b.Package, err, bytes.TrimSpace(said))
	}
	now := time.Now()
	return program, errors.Join(os.Chtimes(program, now, now), b.prune(name)) // used last, pruned last
}

// keptPrograms is how many programs of a name stay: those of other roots, and of other
// people who are about to start theirs.
const keptPrograms = 8

// prune removes all but the newest programs of a name.
func (b *Build) prune(name string) error {
	programs, err := filepath.Glob(filepath.Join(b.Out, name+"_????????????"))
	if err != nil || len(programs) <= keptPrograms {
		return err
	}
	age := map[string]time.Time{}
	for _, p := range programs {
		if info, err := os.Stat(p); err == nil {
			age[p] = info.ModTime()
		}
	}
	slices.SortFunc(programs, func(p, q string) int { return age[q].Compare(age[p]) })
	for _, p := range programs[keptPrograms:] {
		err = errors.Join(err, os.Remove(p))
	}
	return err
}

// Overlay writes the generated packages and the go command's overlay file, and returns
// the file's path.
func (b *Build) Overlay() (string, error) {
	sources := slices.SortedFunc(slices.Values(b.Sources), func(p, q *Package) int {
		return strings.Compare(p.Name, q.Name)
	})
	replace := map[string]string{}
	var imports bytes.Buffer
	imports.WriteString("package linked\n\n")
	for _, p := range sources {
		fmt.Fprintf(&imports, "import _ %q\n", "gosbrk/internal/oracle/generated/"+p.Name)
		for _, name := range slices.Sorted(maps.Keys(p.Files)) {
			path, err := b.write(name, p.Files[name])
			if err != nil {
				return "", err
			}
			replace[filepath.Join(b.Module, "internal", "oracle", "generated", p.Name, name)] = path
		}
	}
	path, err := b.write("linked.go", imports.Bytes())
	if err != nil {
		return "", err
	}
	replace[filepath.Join(b.Module, "internal", "oracle", "linked", "generated.go")] = path
	text, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return "", err
	}
	return b.write("overlay.json", text)
}

// write puts text into a file that is named after it and its contents, so that builds of
// different sources do not meet.
func (b *Build) write(name string, text []byte) (string, error) {
	sum := sha256.Sum256(text)
	dir := filepath.Join(b.Out, "files", hex.EncodeToString(sum[:8]))
	path := filepath.Join(dir, name)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, name+".*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return path, err
}

// lock keeps two processes from building the same program at once.
func (b *Build) lock() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(b.Out, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return func() { f.Close() }, nil
}
