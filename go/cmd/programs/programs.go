package main

import (
	"fmt"
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
		address: serverAddress,
		serve:   load,
	},
	{
		name: "nats-server", job: "pass on 1,000 messages of 4 KiB; 5 times over for its time",
		module:  "github.com/nats-io/nats-server/v2@v2.12.4",
		args:    []string{"--addr", "127.0.0.1", "--port", port(natsAddress)},
		address: natsAddress,
		serve:   publish,
		times:   5,
	},
	{
		name: "coredns", job: "answer 1,000 queries; 5 times over for its time",
		module:  "github.com/coredns/coredns@v1.14.1",
		prepare: zone,
		args:    []string{"-conf", "$input/Corefile", "-quiet"},
		env:     []string{"ZONE=$input/zone"},
		address: dnsAddress,
		serve:   resolve,
		times:   5,
	},
	{
		name: "fzf", job: "filter 1,500,000 lines",
		module:  "github.com/junegunn/fzf@v0.65.2",
		prepare: lines,
		args:    []string{"--filter", "abcd .go$"},
		stdin:   "lines",
	},
	{
		name: "restic", job: "back up the source of Go's std",
		module: "github.com/restic/restic@v0.18.1", pkg: "cmd/restic",
		prepare: repository,
		before:  freshRepository,
		args:    []string{"backup", "--json", "--no-cache", "--host=h", "--repo", "$work/.repository", "."},
		dir:     "$input/tree", // An absolute path would have its directories backed up, too.
		env:     []string{resticPassword},
		result:  backedUp,
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
		args:   []string{"-test.short", "-test.v", "-test.skip", "ExecContextCancel"},
		clean:  verdicts,
		needsC: true,
	},
}

// port gives the port of an address.
func port(address string) string {
	return address[strings.LastIndex(address, ":")+1:]
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
