package oracle

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Releases are the Go releases that the library is compared with by default: one of each
// minor release that has this layer.
var Releases = []string{"1.21.13", "1.22.10", "1.23.9", "1.24.11", "1.25.5", "1.26.6", "1.27.3"}

// ReleaseRoot is the Go root of a release such as "1.27.3" or "go1.27.3". The go command
// downloads it if it has to.
func ReleaseRoot(release string) (string, error) {
	dir, err := goEnv("GOROOT", "GOTOOLCHAIN=go"+strings.TrimPrefix(release, "go"))
	if err != nil {
		return "", fmt.Errorf("Go %s cannot be had: %w", release, err)
	}
	return dir, nil
}

// OwnRoot is the Go root of the go command.
func OwnRoot() (string, error) { return goEnv("GOROOT", "GOTOOLCHAIN=local") }

// ModuleDir is the folder of this module, in which or below which the program has to run.
func ModuleDir() (string, error) {
	cmd := goCommand(".", "GOTOOLCHAIN=local", "list", "-m", "-f", "{{.Dir}}", "gosbrk")
	dir, err := output(cmd)
	if err != nil {
		return "", fmt.Errorf("this has to run in the folder go/ of the gosbrk tree: %w", err)
	}
	return dir, nil
}

// goEnv asks the go command for a variable, outside of any module.
func goEnv(name, toolchain string) (string, error) {
	return output(goCommand(os.TempDir(), toolchain, "env", name))
}

// goCommand is the user's own go command. A GOROOT in the environment would make it
// compile with another root's packages.
func goCommand(dir, toolchain string, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); name != "GOROOT" && name != "GOTOOLCHAIN" && name != "PWD" {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, toolchain)
	return cmd
}

// output runs a command that prints one line, and says on failure what the command said,
// in one line.
func output(cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if lines := strings.FieldsFunc(string(exit.Stderr), func(r rune) bool { return r == '\n' || r == '\t' }); len(lines) > 0 {
			err = errors.New(strings.Join(lines, "; "))
		}
	}
	return strings.TrimSpace(string(out)), err
}
