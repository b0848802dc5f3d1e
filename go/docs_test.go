package gosbrk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocs builds what docs/go.md shows of package gosbrk, as it stands there: beside
// the source tree, and with no module at hand but this one.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/go.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	program, direct := block(t, page, "go", 0), block(t, page, "go", 1)

	beside := t.TempDir()
	tree, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(tree, filepath.Join(beside, "gosbrk")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(beside, "index")
	writeFile(t, filepath.Join(dir, "go.mod"), block(t, page, "go.mod", 0))
	writeFile(t, filepath.Join(dir, "main.go"), program)
	writeFile(t, filepath.Join(dir, "node.go"),
		"package main\n\nimport \"gosbrk\"\n\nfunc node() ([]byte, error) {\n"+direct+"return buf, err\n}\n")

	offline := []string{"GOPROXY=off", "GOMODCACHE=" + t.TempDir()}
	out, err := goRun(t, dir, offline)
	if err != nil {
		t.Fatalf("go run: %v\n%s", err, out)
	}
	if want := "`" + strings.TrimSuffix(out, "\n") + "`"; !strings.Contains(page, want) {
		t.Errorf("the program prints %s, which is not what docs/go.md says", want)
	}
}

// block returns the text of a code block in Markdown: the nth of its language.
func block(t *testing.T, markdown, language string, n int) string {
	t.Helper()
	blocks := strings.Split(markdown, "\n```"+language+"\n")[1:]
	if n >= len(blocks) {
		t.Fatalf("%d blocks of %s in docs/go.md, want more than %d", len(blocks), language, n)
	}
	text, _, _ := strings.Cut(blocks[n], "\n```\n")
	return text + "\n"
}
