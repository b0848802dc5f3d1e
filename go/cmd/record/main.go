// Command record makes traces of what the Go runtime's memory layer does in real programs.
//
//	record [-go RELEASE | -goroot DIR] [-o FILE] [-C DIR] [-stdin FILE] [-mount PATH=DIR]... [-env KEY=VALUE]... PACKAGE [ARG]...
//	record [-go RELEASE | -goroot DIR] [-o DIR] -workload NAME[,NAME]...
//
// The package is compiled for WebAssembly (wasip1), with a runtime that reports every call of its memory layer, and run in this
// process. The trace is a script in the text notation, gzipped if its name ends in .gz; it is written even if the program fails.
// The second form records the workloads
// whose traces are kept in testdata/traces, into one file each.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gosbrk/internal/gowasm"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
	"gosbrk/internal/record"
)

func main() {
	var c command
	c.flags(flag.CommandLine)
	flag.Parse()
	if err := c.run(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// command is what the flags say.
type command struct {
	release, goroot, out, dir, stdin, workloads string
	mounts, env                                 pairs
}

func (c *command) flags(f *flag.FlagSet) {
	f.StringVar(&c.release, "go", "", "compile with this Go `release`, such as 1.27.3, downloaded if needed (default: the installed Go)")
	f.StringVar(&c.goroot, "goroot", "", "compile with the Go root in this `directory`")
	f.StringVar(&c.out, "o", "", "write the trace to this `file` (default: standard output), or those of workloads into this directory (default: .)")
	f.StringVar(&c.dir, "C", ".", "the `directory` from which PACKAGE is named")
	f.StringVar(&c.stdin, "stdin", "", "the program's standard input is this `file` (default: empty)")
	f.Var(&c.mounts, "mount", "show the program a directory: `PATH=DIR`; may be repeated")
	f.Var(&c.env, "env", "set a variable in the program's environment: `KEY=VALUE`; may be repeated")
	f.StringVar(&c.workloads, "workload", "", "record these workloads: `NAME[,NAME]...` or all")
	f.Usage = func() {
		fmt.Fprintln(f.Output(), "usage: record [flags] PACKAGE [ARG]...\n       record [flags] -workload NAME[,NAME]...\nflags:")
		f.PrintDefaults()
		fmt.Fprintln(f.Output(), "workloads:")
		for _, w := range record.Workloads() {
			fmt.Fprintf(f.Output(), "  %-8s %s\n", w.Name, w.About)
		}
	}
}

func (c *command) run(args []string) error {
	if (len(args) == 0) == (c.workloads == "") {
		return errors.New("name either a package to record or -workload (-h tells more)")
	}
	if c.release != "" && c.goroot != "" {
		return errors.New("-go and -goroot both say which Go to use: give one of them")
	}
	root, err := c.root()
	if err != nil {
		return err
	}
	if c.workloads != "" {
		return c.recordWorkloads(root)
	}
	return c.recordPackage(root, args[0], args[1:])
}

// root is the Go root to use.
func (c *command) root() (*gowasm.Root, error) {
	switch {
	case c.release != "":
		return gowasm.OpenRelease(c.release)
	case c.goroot != "":
		return gowasm.Open(c.goroot)
	}
	dir, err := oracle.OwnRoot()
	if err != nil {
		return nil, err
	}
	return gowasm.Open(dir)
}

// recordPackage records one run of a program of the user's.
func (c *command) recordPackage(root *gowasm.Root, pkg string, args []string) error {
	code, err := record.Build(root, c.dir, pkg)
	if err != nil {
		return err
	}
	run := record.Run{Args: args, Env: c.env, Mounts: c.mounts, Stdout: os.Stderr}
	if c.stdin != "" {
		in, err := os.Open(c.stdin)
		if err != nil {
			return err
		}
		defer in.Close()
		run.Stdin = in
	}
	script, failed := record.Record(context.Background(), code, root.Profile(), run)
	if script == nil {
		return failed
	}
	script.Comment = record.Comment(strings.Join(append([]string{pkg}, args...), " "), root, "")
	if c.out == "" {
		return errors.Join(script.Write(os.Stdout), failed)
	}
	return errors.Join(write(script, c.out), failed)
}

// recordWorkloads records workloads of the project's.
func (c *command) recordWorkloads(root *gowasm.Root) error {
	var chosen []record.Workload
	if c.workloads == "all" {
		chosen = record.Workloads()
	} else {
		for _, name := range strings.Split(c.workloads, ",") {
			w, err := record.FindWorkload(name)
			if err != nil {
				return err
			}
			chosen = append(chosen, w)
		}
	}
	for _, w := range chosen {
		script, err := w.Record(context.Background(), root)
		if err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
		how := "; made by go run ./cmd/record -go " + strings.TrimPrefix(root.Version, "go") + " -workload " + w.Name
		script.Comment = record.Comment(w.About, root, how)
		if err := write(script, filepath.Join(c.out, w.Name+"-"+root.Version+".ops.gz")); err != nil {
			return err
		}
	}
	return nil
}

// write writes the trace and says so.
func write(script *op.Script, name string) error {
	if err := script.WriteFile(name); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d ops, %d bytes\n", name, len(script.Steps), info.Size())
	return nil
}

// pairs is a flag of the form KEY=VALUE that may be repeated.
type pairs map[string]string

// String implements flag.Value.
func (p *pairs) String() string { return "" }

// Set implements flag.Value.
func (p *pairs) Set(s string) error {
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		return errors.New("there must be a = in it")
	}
	if *p == nil {
		*p = pairs{}
	}
	(*p)[key] = value
	return nil
}
