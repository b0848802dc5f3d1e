package gosbrk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gosbrk"
)

// What the tests in link_test.go build with.

// archive is the library's place in the module.
const archive = "libgosbrk_linux_" + runtime.GOARCH + ".a"

// module copies the module's package gosbrk, what that imports of the module, and the
// header into a tree without a library, and returns the copy's module directory.
func module(t *testing.T) string {
	t.Helper()
	mod := filepath.Join(t.TempDir(), "go")
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	imported, err := filepath.Glob("internal/direct/*.[gs]*")
	if err != nil || len(imported) == 0 {
		t.Fatalf("no package internal/direct: %v", err)
	}
	for _, f := range slices.Concat(sources, imported, []string{"go.mod"}) {
		if !strings.HasSuffix(f, "_test.go") && !strings.HasPrefix(f, "archive_linux_") {
			copyFile(t, filepath.Join(mod, f), f)
		}
	}
	copyFile(t, filepath.Join(mod, "../include/gosbrk.h"), "../include/gosbrk.h")
	return mod
}

// user copies testdata/gouser, makes it use the module in mod, and returns the
// copy's directory.
func user(t *testing.T, mod string) string {
	t.Helper()
	dir := t.TempDir()
	copyFile(t, filepath.Join(dir, "main.go"), "../testdata/gouser/main.go")
	copyFile(t, filepath.Join(dir, "go.mod"), "../testdata/gouser/go.mod")
	edit(t, filepath.Join(dir, "go.mod"), "../../go", mod)
	return dir
}

// install makes a prefix as "make install" does, but without the library. It
// returns the prefix and the environment that builds with it.
func install(t *testing.T) (prefix string, env []string) {
	t.Helper()
	prefix = t.TempDir()
	copyFile(t, filepath.Join(prefix, "include/gosbrk.h"), "../include/gosbrk.h")
	pkgconfig := filepath.Join(prefix, "lib/pkgconfig")
	writeFile(t, filepath.Join(pkgconfig, "gosbrk.pc"), `prefix=`+prefix+`
includedir=${prefix}/include
libdir=${prefix}/lib

Name: gosbrk
Description: the Go runtime's sbrk memory layer
Version: `+gosbrk.Version+`
Cflags: -I${includedir}
Libs: -L${libdir} -lgosbrk
`)
	return prefix, []string{"PKG_CONFIG_PATH=" + pkgconfig, "GOFLAGS=-tags=gosbrk_pkgconfig"}
}

// fakeArchive builds a library with the contract's symbols and nothing in them. When it
// runs, FAKE_VERSION and FAKE_CONFIG_SIZE in the environment make it another release's.
func fakeArchive(t *testing.T, path string, defines ...string) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "fake.c"), fakeSource)
	include, err := filepath.Abs("../include")
	if err != nil {
		t.Fatal(err)
	}
	cc, err := run(dir, nil, "go", "env", "CC")
	if err != nil {
		t.Fatalf("go env CC: %v\n%s", err, cc)
	}
	flags := append([]string{"-Wall", "-Werror", "-I" + include, `-DGO_VERSION="` + gosbrk.Version + `"`, "-c", "fake.c"}, defines...)
	if out, err := run(dir, nil, strings.TrimSpace(cc), flags...); err != nil {
		t.Fatalf("building a fake library: %v\n%s", err, out)
	}
	writeFile(t, path, "") // its directory
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if out, err := run(dir, nil, "ar", "rcs", path, "fake.o"); err != nil {
		t.Fatalf("ar: %v\n%s", err, out)
	}
}

const fakeSource = `
#include <stdlib.h>
#include "gosbrk.h"

#ifndef FAKE_BLOC
#define FAKE_BLOC 0
#endif

const char *gosbrk_version(void)
{
	const char *other = getenv("FAKE_VERSION");
	return other ? other : GO_VERSION;
}

void gosbrk_config_init(gosbrk_config *c)
{
	const char *other = getenv("FAKE_CONFIG_SIZE");
	size_t size = other ? strtoul(other, NULL, 10) : sizeof *c;
	__builtin_memset(c, 0, size);
	c->size = size;
}

uintptr_t gosbrk_bloc(void) { return FAKE_BLOC; }
void *sysAllocOS(uintptr_t n, const char *name, size_t len) { return (void *)name; }
void *sysReserveOS(void *v, uintptr_t n, const char *name, size_t len) { return (void *)name; }

void *sysReserveAlignedSbrk(uintptr_t size, uintptr_t align, uintptr_t *reserved) { return NULL; }
void sysFreeOS(void *v, uintptr_t n) {}
void sysMapOS(void *v, uintptr_t n, const char *name, size_t len) {}
void sysUnusedOS(void *v, uintptr_t n) {}
void sysUsedOS(void *v, uintptr_t n) {}
void sysHugePageOS(void *v, uintptr_t n) {}
void sysNoHugePageOS(void *v, uintptr_t n) {}
void sysHugePageCollapseOS(void *v, uintptr_t n) {}
void sysFaultOS(void *v, uintptr_t n) {}
bool needZeroAfterSysUnusedOS(void) { return true; }
int gosbrk_init(const gosbrk_config *c) { return GOSBRK_OK; }
uintptr_t gosbrk_base(void) { return 0; }
uintptr_t gosbrk_blocMax(void) { return 0; }
size_t gosbrk_freelist(gosbrk_block *out, size_t cap) { return 0; }
int gosbrk_check(void) { return GOSBRK_OK; }
void gosbrk_get_stats(gosbrk_stats *out) {}
int gosbrk_last_error(void) { return GOSBRK_OK; }
const char *gosbrk_error_text(int code) { return ""; }
`

// goRun builds and runs the program in dir and returns all that came out.
func goRun(t *testing.T, dir string, env []string) (string, error) {
	t.Helper()
	return run(dir, env, "go", "run", ".")
}

func run(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	// A user has none of the flags and settings that this test was started with.
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOSBRK=")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func copyFile(t *testing.T, to, from string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, string(b))
}

func edit(t *testing.T, file, old, new string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("%s does not contain %q", file, old)
	}
	writeFile(t, file, strings.ReplaceAll(string(b), old, new))
}

func writeFile(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
