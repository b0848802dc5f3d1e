package record

import (
	"strings"
	"testing"
)

// A release that changes a signature must be refused, not recorded wrongly.
func TestInstrumentRefusesWhatItDoesNotKnow(t *testing.T) {
	const head = "package runtime\nimport \"unsafe\"\n"
	const alloc = "func sysAllocOS(n uintptr) unsafe.Pointer { return nil }\n"
	const free = "func sysFreeOS(v unsafe.Pointer, n uintptr) {}\n"
	const reserve = "func sysReserveOS(v unsafe.Pointer, n uintptr) unsafe.Pointer { return nil }\n"
	if _, err := instrument([]byte(head + alloc + free + reserve)); err != nil {
		t.Fatalf("the plainest form is refused: %v", err)
	}
	for _, c := range []struct{ source, want string }{
		{alloc + free, "no sysReserveOS to record"},
		{strings.Replace(alloc, "n uintptr", "n int32", 1) + free + reserve, "sysAllocOS has a parameter of type int32"},
		{alloc + strings.Replace(free, "n uintptr", "n, m, o uintptr", 1) + reserve, "sysFreeOS has a parameter of type uintptr"},
		{alloc + free + strings.Replace(reserve, ") unsafe.Pointer", ") (uintptr, bool)", 1), "sysReserveOS has results (uintptr, bool)"},
		{alloc + free + reserve + "func {", "expected"},
	} {
		if _, err := instrument([]byte(head + c.source)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s%v; want an error with %q", c.source, err, c.want)
		}
	}
}

// What is not recorded stays as it is, to the last byte of comment and directive.
func TestInstrumentChangesNamesOnly(t *testing.T) {
	const source = "//go:build wasm\n\npackage runtime\n\nimport \"unsafe\"\n\n// memDebug is off.\nconst memDebug = false\n\n" +
		"//go:systemstack\nfunc memAlloc(n uintptr) unsafe.Pointer { return nil }\n\n" +
		"func sysAllocOS(n uintptr, _ string) unsafe.Pointer { return memAlloc(n) }\n\n" +
		"func sysFreeOS(v unsafe.Pointer, n uintptr) {}\n\n" +
		"func sysReserveOS(v unsafe.Pointer, n uintptr, _ string) unsafe.Pointer { return nil }\n"
	got, err := instrument([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	want := source
	for _, name := range []string{"sysAllocOS", "sysFreeOS", "sysReserveOS"} {
		want = strings.Replace(want, "func "+name, "func gosbrkUnrecorded_"+name, 1)
	}
	if !strings.HasPrefix(string(got), want) {
		t.Errorf("the file became\n%s\nand should start with\n%s", got, want)
	}
}
