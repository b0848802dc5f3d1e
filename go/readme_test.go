package gosbrk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme builds what README.md shows of package gosbrk, as it stands there: beside
// the source tree, and with no module at hand but this one.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(readme), "\n## From Go\n")
	if !found {
		t.Fatal("README.md has no section \"From Go\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	program, direct := block(t, section, "go", 0), block(t, section, "go", 1)

	beside := t.TempDir()
	tree, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(tree, filepath.Join(beside, "gosbrk")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(beside, "index")
	writeFile(t, filepath.Join(dir, "go.mod"), block(t, section, "go.mod", 0))
	writeFile(t, filepath.Join(dir, "main.go"), program)
	writeFile(t, filepath.Join(dir, "node.go"),
		"package main\n\nimport \"gosbrk\"\n\nfunc node() ([]byte, error) {\n"+direct+"return buf, err\n}\n")

	offline := []string{"GOPROXY=off", "GOMODCACHE=" + t.TempDir()}
	out, err := goRun(t, dir, offline)
	if err != nil {
		t.Fatalf("go run: %v\n%s", err, out)
	}
	if want := "`" + strings.TrimSuffix(out, "\n") + "`"; !strings.Contains(section, want) {
		t.Errorf("the program prints %s, which is not what README.md says", want)
	}
}

// block returns the text of a code block in Markdown: the nth of its language.
func block(t *testing.T, markdown, language string, n int) string {
	t.Helper()
	blocks := strings.Split(markdown, "\n```"+language+"\n")[1:]
	if n >= len(blocks) {
		t.Fatalf("%d blocks of %s in README.md, want more than %d", len(blocks), language, n)
	}
	text, _, _ := strings.Cut(blocks[n], "\n```\n")
	return text + "\n"
}
