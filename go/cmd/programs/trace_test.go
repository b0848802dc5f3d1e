package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestMappedFiles(t *testing.T) {
	const maps = "00400000-00500000 r-xp 00000000 fe:00 12 /bin/a program\n" +
		"00500000-00501000 rw-p 00000000 00:00 0 \n" +
		"7f0000000000-7f0000002000 rw-s 00001000 fe:00 13 /a file (deleted)\n" +
		"7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]\n"
	if got, err := mappedFiles(maps); err != nil || got != 1024+8 {
		t.Errorf("mappedFiles = %d, %v, want 1032", got, err)
	}
	if _, err := mappedFiles("something else\n"); err == nil {
		t.Error("a line that is none of /proc/PID/maps was read")
	}
	// A file that is mapped for a moment counts.
	name := filepath.Join(t.TempDir(), "file")
	const size = 1 << 20
	if err := os.WriteFile(name, make([]byte, size), 0o666); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	before, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	without, err := mappedFiles(string(before))
	if err != nil {
		t.Fatal(err)
	}
	mapped, err := syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(mapped)
	end := make(chan struct{})
	close(end)
	if got := watchFiles(os.Getpid(), end); got < without+size/1024 {
		t.Errorf("with a file of %d bytes more, %d KiB are mapped, and %d before", size, got, without)
	}
}
