package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

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

// lines writes the lines that fzf filters: paths made of a few hundred words.
func lines(input, _ string) error {
	const many = 1_500_000
	random := rand.New(rand.NewPCG(5, 6))
	words := make([]string, 400)
	for i := range words {
		var word strings.Builder
		for range 3 + random.IntN(6) {
			word.WriteByte(byte('a' + random.IntN(26)))
		}
		words[i] = word.String()
	}
	file, err := os.Create(filepath.Join(input, "lines"))
	if err != nil {
		return err
	}
	text := bufio.NewWriter(file)
	for range many {
		for range 2 + random.IntN(3) {
			text.WriteString(words[random.IntN(len(words))])
			text.WriteByte('/')
		}
		fmt.Fprintf(text, "%d.go\n", random.IntN(100_000))
	}
	if err := text.Flush(); err != nil { // Reports what went wrong before, too.
		return err
	}
	return file.Close()
}
