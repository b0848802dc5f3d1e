package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// A program is something to build and a job for it.
type program struct {
	name   string
	job    string
	module string // with a version
	pkg    string // below the module; empty for the module itself
	test   bool   // the job is the package's own tests
	source string // instead of a module: the text of a main package

	// times is how often the job is done in a row to take its time, where once is
	// over too soon; 0 is once.
	times int
	// noLimit says that no lowest ulimit -v can be found: the job runs other
	// programs too, or takes another amount of memory each time.
	noLimit bool

	// prepare makes the input, with stock's program at hand.
	prepare func(input, binary string) error
	// args are the program's, in an empty directory of its own, for which $work
	// stands, as $input for the directory of the input.
	args []string
	env  []string
	// status that the program ends with.
	status int
	// serve, if there is any, is done while the program runs; then it is told to
	// end. It gives what stands for the output.
	serve func(input string) (string, error)
	// clean takes out of standard output what is never the same twice.
	clean func(string) string
}

// build gives the path of the binary.
func (p *program) build(dir string, b build) (string, error) {
	binary := filepath.Join(dir, p.name)
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	if p.test {
		return binary, p.buildTest(dir, binary, b)
	}
	if p.source != "" {
		return binary, p.buildSource(dir, binary, b)
	}
	name, version, _ := strings.Cut(p.module, "@")
	pkg := path.Join(name, p.pkg)
	cmd := exec.Command(b.goes[0], append(b.goes[1:len(b.goes):len(b.goes)], "install", pkg+"@"+version)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	// The command is called as the last part of its path, which may be a version.
	if made := filepath.Join(dir, path.Base(pkg)); made != binary {
		return binary, os.Rename(made, binary)
	}
	return binary, nil
}

// buildSource builds the program from its text.
func (p *program) buildSource(dir, binary string, b build) error {
	file := filepath.Join(dir, p.name+".go")
	if err := os.WriteFile(file, []byte(p.source), 0o666); err != nil {
		return err
	}
	cmd := exec.Command(b.goes[0], append(b.goes[1:len(b.goes):len(b.goes)], "build", "-o", binary, file)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	return output(cmd)
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
	cmd := exec.Command(b.goes[0], append(b.goes[1:len(b.goes):len(b.goes)], "test", "-c", "-o", binary, "./"+p.pkg)...)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// prepareOnce makes the input unless it is there.
func (p *program) prepareOnce(input, binary string) error {
	if _, err := os.Stat(input); err == nil || p.prepare == nil {
		return nil
	}
	if err := os.MkdirAll(input, 0o777); err != nil {
		return err
	}
	return p.prepare(input, binary)
}

// do has the program do its job in a directory of its own, under a ulimit -v in
// KiB if it is not 0, and looks at its memory if asked to. With neither it does it
// as often as its time takes.
func (p *program) do(binary, input, work string, limit int64, look bool) (measured, error) {
	m, err := p.once(binary, input, work, limit, look)
	if limit != 0 || look {
		return m, err
	}
	for i := 1; i < p.times && err == nil; i++ {
		before := m
		m, err = p.once(binary, input, work, limit, look)
		m.time += before.time
		m.cpu += before.cpu
	}
	return m, err
}

// once has the program do its job once.
func (p *program) once(binary, input, work string, limit int64, look bool) (measured, error) {
	if err := os.RemoveAll(work); err != nil {
		return measured{}, err
	}
	// Hidden, for what is in it is no part of what comes out.
	temporary := filepath.Join(work, ".tmp")
	if err := os.MkdirAll(temporary, 0o777); err != nil {
		return measured{}, err
	}
	args := make([]string, len(p.args))
	for i, arg := range p.args {
		args[i] = strings.NewReplacer("$input", input, "$work", work).Replace(arg)
	}
	env := append(os.Environ(), "TMPDIR="+temporary)
	for _, variable := range p.env {
		env = append(env, strings.ReplaceAll(variable, "$work", work))
	}
	dir := work
	if p.test {
		dir = filepath.Join(filepath.Dir(binary), "source", p.pkg)
	}
	j := job{
		binary: binary, args: args, env: env, dir: dir,
		limit: limit, status: p.status, look: look,
	}
	if p.serve != nil {
		j.serve = func() (string, error) { return p.serve(input) }
	}
	m, err := measure(j)
	if err != nil {
		return m, err
	}
	if p.clean != nil {
		m.output = p.clean(m.output)
	}
	files, err := hashFiles(work)
	if err != nil {
		return m, err
	}
	m.output = fmt.Sprintf("%x", sha256.Sum256([]byte(m.output+files)))
	return m, nil
}

// hashFiles gives one hash for what a directory holds, but for hidden files.
func hashFiles(dir string) (string, error) {
	hash := sha256.New()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		fmt.Fprintf(hash, "%s\n", name)
		_, err = io.Copy(hash, file)
		return err
	})
	return fmt.Sprintf("%x", hash.Sum(nil)), err
}
