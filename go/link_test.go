package gosbrk_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gosbrk"
)

// These tests build programs as a user of the module does, in directories of
// their own: with the real library, and with a fake one that is what no real one
// of this release would be.

// userOutput is what testdata/gouser prints.
const userOutput = "gosbrk " + gosbrk.Version + " holds 12288 bytes for index\n"

func TestUserBuildsInTree(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	out, err := goRun(t, user(t, here), nil)
	if err != nil || out != userOutput {
		t.Errorf("go run: %v\n%s", err, out)
	}
}

// The tree's own library is not there, so that only the installed one can be it.
func TestUserBuildsWithPkgConfig(t *testing.T) {
	t.Parallel()
	prefix, env := install(t)
	copyFile(t, filepath.Join(prefix, "lib/libgosbrk.a"), archive)
	out, err := goRun(t, user(t, module(t)), env)
	if err != nil || out != userOutput {
		t.Errorf("go run with pkg-config: %v\n%s", err, out)
	}
}

func TestAnotherArchiveIsOneClearError(t *testing.T) {
	t.Parallel()
	prefix, env := install(t)
	fakeArchive(t, filepath.Join(prefix, "lib/libgosbrk.a"))
	// A module of its own, too: the go command caches by flags, and pkg-config's answer is
	// not among them.
	dir := user(t, module(t))
	if out, err := run(dir, env, "go", "build", "-o", "program", "."); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for is, want := range map[string]string{
		"FAKE_VERSION=0.0.9":  "panic: gosbrk: libgosbrk.a is version 0.0.9, older than package gosbrk " + gosbrk.Version + ": ",
		"FAKE_VERSION=9.0.0":  "panic: gosbrk: package gosbrk is version " + gosbrk.Version + ", older than libgosbrk.a 9.0.0: ",
		"FAKE_CONFIG_SIZE=64": "panic: gosbrk: libgosbrk.a and package gosbrk, both " + gosbrk.Version + ", were built from different sources ",
	} {
		out, err := run(dir, []string{is}, "./program")
		first, _, _ := strings.Cut(out, "\n")
		if err == nil || !strings.HasPrefix(first, want) || !strings.Contains(first, "make lib") {
			t.Errorf("%s: %v\n%s\nwant %q and the remedy", is, err, out, want)
		}
	}
}

func TestAnotherHeaderIsOneClearError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ old, new, want string }{
		{`"` + gosbrk.Version + `"`, `"0.0.9"`, "gosbrk.h is version 0.0.9, package gosbrk is " + gosbrk.Version + ": "},
		{"} gosbrk_config;", "int more; } gosbrk_config;", "gosbrk.h has structs of other sizes than package gosbrk: "},
	} {
		mod := module(t)
		fakeArchive(t, filepath.Join(mod, archive))
		edit(t, filepath.Join(mod, "../include/gosbrk.h"), test.old, test.new)
		out, err := goRun(t, user(t, mod), nil)
		if err == nil || strings.Count(out, "error: ") != 1 || !strings.Contains(out, test.want) || !strings.Contains(out, "make lib") {
			t.Errorf("%v\n%s\nwant one error, %q and the remedy", err, out, test.want)
		}
	}
}

func TestMissingArchiveIsOneClearError(t *testing.T) {
	t.Parallel()
	out, err := goRun(t, user(t, module(t)), nil)
	command := "make lib"
	if runtime.GOARCH == "arm64" {
		command = "make archive TARGET=aarch64"
	}
	want := archive + " is not in the module: run '" + command + "'"
	if err == nil || strings.Count(out, "error: ") != 1 || !strings.Contains(out, want) {
		t.Errorf("%v\n%s\nwant one error, %q", err, out, want)
	}
}

func TestOtherPlatformsAreOneClearError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ env, want string }{
		{"CGO_ENABLED=0", "gosbrk needs cgo: install a C compiler and build with CGO_ENABLED=1"},
		{"GOOS=windows", "gosbrk runs on linux/amd64 and linux/arm64 only"},
		{"GOARCH=riscv64", "gosbrk runs on linux/amd64 and linux/arm64 only"},
	} {
		out, err := run(".", []string{test.env}, "go", "build", ".")
		if err == nil || strings.Count(out, "\n") != 2 || !strings.Contains(out, test.want) {
			t.Errorf("%s: %v\n%s\nwant one error, %q", test.env, err, out, test.want)
		}
	}
}

// culprit misuses the library directly.
const culprit = `package main

import "gosbrk"

func main() { gosbrk.Direct{}.SysAllocOS(0, "") }
`

func TestTagShowsWhoCalledDirectly(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := user(t, here)
	writeFile(t, filepath.Join(dir, "main.go"), culprit)
	out, err := goRun(t, dir, []string{"GOFLAGS=-tags=gosbrk_nodirect"})
	first, rest, _ := strings.Cut(out, "\n")
	if err == nil || !strings.HasPrefix(first, "gosbrk: sysAllocOS(0): ") || !strings.Contains(rest, "main.main()") {
		t.Errorf("%v\n%s\nwant the library's line and a trace with main.main", err, out)
	}
}

// probe runs against the fake library, whose sysAllocOS returns the address of
// the name it got, and whose bloc is what it was built with.
const probe = `package main

import (
	"fmt"
	"strings"
	"unsafe"

	"gosbrk"
)

func main() {
	name := strings.Repeat("name", 100)
	shared := gosbrk.SysAllocOS(1, name) == unsafe.Pointer(unsafe.StringData(name)) &&
		gosbrk.SysReserveOS(nil, 1, name) == unsafe.Pointer(unsafe.StringData(name))
	fmt.Println(shared, gosbrk.Bloc())
}
`

func TestNameIsNotCopiedAndChangedArchiveIsRelinked(t *testing.T) {
	t.Parallel()
	mod := module(t)
	dir := user(t, mod)
	writeFile(t, filepath.Join(dir, "main.go"), probe)
	for _, bloc := range []string{"1", "2"} {
		fakeArchive(t, filepath.Join(mod, archive), "-DFAKE_BLOC="+bloc)
		writeFile(t, filepath.Join(mod, "archive_linux_"+runtime.GOARCH+".go"), "package gosbrk\n\nvar archiveHash = \"hash "+bloc+"\"\n")
		if out, err := goRun(t, dir, nil); err != nil || out != "true "+bloc+"\n" {
			t.Errorf("name shared and bloc: %v\n%s\nwant true %s", err, out, bloc)
		}
	}
}
