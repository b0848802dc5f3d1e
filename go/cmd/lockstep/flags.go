package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"gosbrk/internal/engine"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/oracle"
)

const usage = `lockstep compares libgosbrk with Go's own memory layer on sbrk systems, call by call: the
result, bloc, blocMax, the free list and every byte of memory, after every call. A trace has
recorded results only: the rest is then compared with a model, which has no bytes.

	go run ./cmd/lockstep [-goroot DIR | -release LIST] [flags]     in the folder go/ of the tree

It makes an engine out of the source in a Go root: runtime/mem_sbrk.go with mem_plan9.go or
mem_wasm.go. That may be a release, or a tree you have changed: your change is what is run.
Nothing is written into any Go root or the source tree. With -runtime it also starts a Go
program, compiled for WebAssembly, and compares with the runtime in there; with -trace it
compares with what the runtime of a recorded program did.

Without -exhaustive, -sweep or -script it makes random calls. A difference is shrunk and written
to a script, and the command that runs it again is printed. Exit status: 0 no difference, 1 a
difference, 2 nothing could be compared ("go run" itself turns 2 into 1).

Examples:
	go run ./cmd/lockstep -goroot ~/src/go -ops 1000000 -seed 1
	go run ./cmd/lockstep -release all -least 3
	go run ./cmd/lockstep -release 1.27.3 -exhaustive 12
	go run ./cmd/lockstep -goroot ~/src/go -script ../testdata/scripts/free-nil.txt
	go run ./cmd/lockstep -runtime 1.27.3,1.26.6 -ops 100000
	go run ./cmd/lockstep -trace ../testdata/traces/gofmt-go1.27.3.ops.gz

Flags:
`

// options are the command line.
type options struct {
	roots      list
	releases   list
	least      int
	profiles   list
	ops        int
	seed       uint64
	exhaustive int
	sweep      bool
	stride     uint64
	scripts    list
	named      bool
	json       bool
	overlay    bool
	runtimes   list
	runtimeOps int
	traces     list
}

// list is a flag that can be given more than once, with values separated by commas.
type list []string

// String is the list as it would be given.
func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds values.
func (l *list) Set(s string) error {
	*l = append(*l, strings.Split(s, ",")...)
	return nil
}

// parse reads the command line.
func parse(args []string, out io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("lockstep", flag.ContinueOnError)
	f.SetOutput(out)
	f.Usage = func() {
		fmt.Fprint(out, usage)
		f.PrintDefaults()
	}
	f.Var(&o.roots, "goroot",
		"a Go `root` to make engines of, with src/runtime in it; may be given more than once\n"+
			"(default: the go command's own)")
	f.Var(&o.releases, "release",
		"Go releases to make engines of, as a `list` like 1.24.11,1.27.3, or all for one of\n"+
			"each since 1.21; the go command fetches those it does not have")
	f.Var(&o.runtimes, "runtime",
		"Go releases whose runtime, in a running WebAssembly program, is compared with: a\n"+
			"`list`, or all; with a slash in it, the folder of a built Go root. It makes random\n"+
			"calls, and without -release and -goroot those of scripts")
	f.IntVar(&o.runtimeOps, "runtime-ops", 0,
		"how many random calls to make in each runtime (default: as in -ops)")
	f.Var(&o.traces, "trace",
		"replay what a program that was recorded (by cmd/record) did, from this `file`; may be\n"+
			"given more than once")
	f.IntVar(&o.least, "least", 1,
		"fail if fewer than `n` Go releases can be had, of source or runtimes, if any are asked\n"+
			"for")
	f.Var(&o.profiles, "profile",
		"`list` of profiles: plan9, wasm (of Go 1.24 and later, or wasm_go121 of Go 1.21 to\n"+
			"1.23, as the root has it) (default plan9,wasm)")
	f.IntVar(&o.ops, "ops", 1_000_000, "how many random calls to make, for each root and profile")
	f.Uint64Var(&o.seed, "seed", 1,
		"where the random calls start; the same seed makes the same calls")
	f.IntVar(&o.exhaustive, "exhaustive", 0,
		"go through every state of an arena of `n` pages, and every call there that matters\n"+
			"(12: 196,417 states, some minutes)")
	f.BoolVar(&o.sweep, "sweep", false,
		"make every call with 65,536 sizes round 0, 2^31, 2^32, 2^47, 2^48, 2^63 and 2^64, and\n"+
			"with alignments of every kind")
	f.Uint64Var(&o.stride, "stride", 1, "of the sweep's sizes take every `n`-th")
	f.Var(&o.scripts, "script",
		"make the calls in this `file`, plain or .gz; may be given more than once")
	f.BoolVar(&o.named, "named", false,
		"make the calls of a script only in the Go root whose version is the script's name, as\n"+
			"for a root that has the bug which the script shows")
	f.BoolVar(&o.json, "json", false,
		"print one JSON object per row of the report, and nothing else")
	f.BoolVar(&o.overlay, "overlay", false,
		"compare nothing: print the path of an overlay that puts the engines into any build of\n"+
			"this module, as in go test -vet=off -overlay FILE -fuzz Ops ./internal/lockstep")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("%q is not a flag; see -help", f.Arg(0))
	}
	if o.exhaustive > lockstep.MaxPages {
		return nil, fmt.Errorf("-exhaustive %d: %d pages are the most there is room for, and far more "+
			"than there is time for", o.exhaustive, lockstep.MaxPages)
	}
	if o.stride == 0 {
		return nil, errors.New("-stride 0: it starts at 1")
	}
	if len(o.profiles) == 0 {
		o.profiles = list{"plan9", "wasm"}
	}
	for _, l := range []*list{&o.releases, &o.runtimes} {
		if slices.Contains(*l, "all") {
			*l = oracle.Releases
		}
	}
	_, err := o.wanted()
	return o, err
}

// wanted are the profiles asked for; wasm stands for both kinds of it.
func (o *options) wanted() ([]engine.Profile, error) {
	var all []engine.Profile
	for _, name := range o.profiles {
		p, err := engine.ParseProfile(name)
		if err != nil {
			return nil, fmt.Errorf("-profile: %w", err)
		}
		all = append(all, p)
		if p == engine.Wasm {
			all = append(all, engine.WasmGo121)
		}
	}
	return all, nil
}
