package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The programs, of different kinds, the least first; those of others each with a
// version, so that a run can be repeated.
var programs = []*program{
	{
		name: "hello", job: "say hello; 100 times over for its time",
		source: "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello, world\") }\n",
		times:  100,
	},
	{
		name: "esbuild", job: "bundle and minify 1,000 modules",
		module: "github.com/evanw/esbuild@v0.28.2", pkg: "cmd/esbuild",
		prepare: modules,
		args:    []string{"$input/main.js", "--bundle", "--minify", "--sourcemap", "--outfile=out.js", "--log-level=error"},
	},
	{
		name: "bbolt", job: "compact a key-value store of 400,000 keys",
		module: "go.etcd.io/bbolt@v1.5.0", pkg: "cmd/bbolt",
		prepare: func(input, bbolt string) error {
			file := filepath.Join(input, "in.db")
			return output(exec.Command(bbolt, "bench", "--work", "--path", file, "--count", "400000", "--batch-size", "4000"))
		},
		args:  []string{"compact", "-o", "out.db", "$input/in.db"},
		clean: func(string) string { return "" },
	},
	{
		name: "bbolt-tests", job: "the store's own tests",
		module: "go.etcd.io/bbolt@v1.5.0", test: true,
		// Left out is a test that makes 2 GiB at once, which Go clears or not,
		// depending on where in its heap they fit. The seed, or each run has other work.
		args: []string{
			"-test.short", "-test.v", "-test.run", "^Test", "-test.skip", "ValueTooLarge|HugeValue", "-quick.seed", "1",
		},
		clean:   verdicts,
		noLimit: true,
	},
	{
		name: "hugo", job: "make a site of 1,000 pages",
		module:  "github.com/gohugoio/hugo@v0.160.0",
		prepare: site,
		args:    []string{"--source", "$input", "--destination", "$work", "--quiet", "--noBuildLock", "--cacheDir", "$work/.cache"},
	},
	{
		name: "caddy", job: "serve 10,000 files of 64 KiB",
		module: "github.com/caddyserver/caddy/v2@v2.11.9", pkg: "cmd/caddy",
		prepare: served,
		args:    []string{"file-server", "--listen", serverAddress, "--root", "$input"},
		env:     []string{"XDG_DATA_HOME=$work/.data", "XDG_CONFIG_HOME=$work/.config"},
		serve:   load,
	},
	{
		name: "staticcheck", job: "check go/types and what it needs",
		module: "honnef.co/go/tools@v0.8.2", pkg: "cmd/staticcheck",
		args:    []string{"-checks=all", "-fail=", "go/types"},
		env:     []string{"STATICCHECK_CACHE=$work/.cache"},
		noLimit: true,
	},
	{
		name: "sqlite-tests", job: "SQLite through cgo: the binding's own tests",
		module: "github.com/mattn/go-sqlite3@v1.14.53", test: true,
		// Left out is a test that skips itself when a query is too fast for it.
		args:  []string{"-test.short", "-test.v", "-test.skip", "ExecContextCancel"},
		clean: verdicts,
	},
}

func output(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// verdicts keeps of a test's output what became of each test, in any order, for
// some run side by side; what a test prints may be on the same line.
func verdicts(output string) string {
	lines := regexp.MustCompile(`--- (PASS|FAIL|SKIP): \S+`).FindAllString(output, -1)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// modules writes a tree of JavaScript modules that import one another.
func modules(input, _ string) error {
	const many = 1000
	random := rand.New(rand.NewPCG(1, 2))
	for i := range many {
		var text strings.Builder
		for j := 4*i + 1; j <= 4*i+4 && j < many; j++ {
			fmt.Fprintf(&text, "import { value as value%d } from './m%d.js';\n", j, j)
		}
		for j := range 40 {
			fmt.Fprintf(&text, "export function helper%d_%d(someArgument) {\n\tconst local = someArgument * %d;\n\treturn local > %d ? { local, text: `number ${local}` } : [local, %q];\n}\n",
				i, j, random.IntN(1000), random.IntN(100000), strings.Repeat("text ", random.IntN(20)))
		}
		fmt.Fprintf(&text, "export const value = () => [%d", i)
		for j := range 40 {
			fmt.Fprintf(&text, ", helper%d_%d(%d)", i, j, j)
		}
		for j := 4*i + 1; j <= 4*i+4 && j < many; j++ {
			fmt.Fprintf(&text, ", value%d()", j)
		}
		text.WriteString("];\n")
		if err := os.WriteFile(filepath.Join(input, fmt.Sprintf("m%d.js", i)), []byte(text.String()), 0o666); err != nil {
			return err
		}
	}
	main := "import { value } from './m0.js';\nconsole.log(value());\n"
	return os.WriteFile(filepath.Join(input, "main.js"), []byte(main), 0o666)
}

// site writes a site for hugo: pages with tags and two templates.
func site(input, _ string) error {
	random := rand.New(rand.NewPCG(3, 4))
	files := map[string]string{
		"hugo.toml":                    "baseURL = 'https://example.org/'\ntitle = 'A site'\n",
		"layouts/_default/single.html": "<html><title>{{ .Title }}</title><body>{{ .Content }}{{ range .Params.tags }}<i>{{ . }}</i>{{ end }}</body></html>\n",
		"layouts/_default/list.html":   "<html><title>{{ .Title }}</title><body>{{ range .Pages.ByTitle }}<a href='{{ .RelPermalink }}'>{{ .Title }}</a> {{ .WordCount }}{{ end }}</body></html>\n",
	}
	for i := range 1000 {
		var text strings.Builder
		fmt.Fprintf(&text, "---\ntitle: Page %04d\ndate: 2020-01-01\ntags: [tag%d, tag%d]\n---\n", i, i%17, i%23)
		for range 40 {
			fmt.Fprintf(&text, "## Part %d\n\nSome *words* and `code`, %d of them, and [a link](/page%d).\n\n- one\n- two\n\n",
				random.IntN(100), random.IntN(1000), random.IntN(1000))
		}
		files[fmt.Sprintf("content/page%d.md", i)] = text.String()
	}
	for name, text := range files {
		path := filepath.Join(input, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
