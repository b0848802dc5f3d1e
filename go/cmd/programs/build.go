package main

import (
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A build is a way to build a program.
type build struct {
	name string
	goes []string // the go command, as one calls it
	dir  string   // where binaries go: another name for another Go root
	cgo  bool     // whether CGO_ENABLED is 1
}

// builds gives the ways to build that are named, separated by commas, with cgo.
func builds(gosbrk, names string) ([]build, error) {
	gosbrk, err := filepath.Abs(gosbrk)
	if err != nil {
		return nil, err
	}
	var all []build
	for name := range strings.SplitSeq(names, ",") {
		b := build{name: name, cgo: true}
		var root []byte
		switch name {
		case "stock":
			b.goes = []string{"go"}
			root, err = exec.Command("go", "env", "GOVERSION").Output()
		case "plain", "compact":
			b.goes = []string{gosbrk, "--layout", name, "go"}
			root, err = exec.Command(gosbrk, "--layout", name, "goroot").Output()
		default:
			return nil, fmt.Errorf("there is no build %q; want stock, plain, compact", name)
		}
		if err != nil {
			return nil, fmt.Errorf("what %s builds with: %w", name, err)
		}
		// The name of a Go root with gosbrk in it has a hash of what is in it.
		b.dir = name + "-" + filepath.Base(strings.TrimSpace(string(root)))
		all = append(all, b)
	}
	if all[0].name != "stock" {
		return nil, fmt.Errorf("stock comes first, for the others are compared with it; not %s", names)
	}
	return all, nil
}

// withoutC gives the builds once more with CGO_ENABLED=0. Plain is left out: its
// address space is as large as that of stock, with C code and without.
func withoutC(all []build) []build {
	all = slices.DeleteFunc(slices.Clone(all), func(b build) bool { return b.name == "plain" })
	for i := range all {
		all[i].cgo = false
		all[i].dir += "-nocgo"
	}
	return all
}

// command gives a call of the go command.
func (b build) command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(b.goes[0], slices.Concat(b.goes[1:], args)...)
	cmd.Dir = dir
	cgo := "CGO_ENABLED=0"
	if b.cgo {
		cgo = "CGO_ENABLED=1"
	}
	cmd.Env = append(os.Environ(), "GOFLAGS=", cgo)
	return cmd
}

// build builds the program below a directory and gives the path of the binary. What
// an earlier run built there is taken as it is.
func (p *program) build(dir string, b build) (string, error) {
	dir = filepath.Join(dir, b.dir)
	binary := filepath.Join(dir, p.name)
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	made := binary
	var err error
	switch {
	case p.test:
		err = p.buildTest(dir, binary, b)
	case p.source != "":
		file := filepath.Join(dir, p.name+".go")
		if err := os.WriteFile(file, []byte(p.source), 0o666); err != nil {
			return "", err
		}
		err = output(b.command(dir, "build", "-o", binary, file))
	default:
		name, version, _ := strings.Cut(p.module, "@")
		pkg := path.Join(name, p.pkg)
		cmd := b.command(dir, "install", pkg+"@"+version)
		cmd.Env = append(cmd.Env, "GOBIN="+dir)
		err = output(cmd)
		// The command has the last part of its path as its name, or the last but
		// one if that is a version.
		made = filepath.Join(dir, path.Base(pkg))
		if _, missing := os.Stat(made); err == nil && missing != nil {
			made = filepath.Join(dir, path.Base(path.Dir(pkg)))
		}
	}
	if err != nil {
		return "", err
	}
	return binary, os.Rename(made, binary)
}

// buildTest builds a test binary, in a copy of the module that can be written to.
func (p *program) buildTest(dir, binary string, b build) error {
	out, err := exec.Command("go", "mod", "download", "-json", p.module).Output()
	if err != nil {
		return fmt.Errorf("go mod download %s: %w", p.module, err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return err
	}
	source := filepath.Join(dir, "source")
	if err := os.RemoveAll(source); err != nil {
		return err
	}
	if err := os.CopyFS(source, os.DirFS(module.Dir)); err != nil {
		return err
	}
	cmd := b.command(source, "test", "-c", "-o", binary, "./"+p.pkg)
	cmd.Env = append(cmd.Env, "GOFLAGS=-mod=mod")
	return output(cmd)
}

// hasC reports whether C code is in a binary. Go's linker makes a program dynamic
// if cgo is in it, so that it needs libc, and static if not.
func hasC(binary string) (bool, error) {
	file, err := elf.Open(binary)
	if err != nil {
		return false, err
	}
	defer file.Close()
	libraries, err := file.ImportedLibraries()
	return len(libraries) > 0, err
}

// variables gives the KiB of address space that a binary asks for its variables without
// an initial value: no file is behind them, but they are part of the program all the same.
func variables(binary string) (int64, error) {
	file, err := elf.Open(binary)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var bytes uint64
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_LOAD {
			bytes += segment.Memsz - segment.Filesz
		}
	}
	return int64(bytes / 1024), nil
}

// machine says what the jobs run on.
func machine() (string, error) {
	version, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOVERSION: %w", err)
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "", err
	}
	cpus, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	model := "a processor"
	for line := range strings.Lines(string(cpus)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
		}
	}
	return fmt.Sprintf("%s, Linux %s, %d CPUs (%s)", strings.TrimSpace(string(version)),
		strings.TrimSpace(string(kernel)), runtime.NumCPU(), model), nil
}
