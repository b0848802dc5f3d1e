// Command wasmhost runs a WebAssembly program for WASI (GOOS=wasip1), as `gosbrk trace wasm run` does.
//
//	wasmhost [-cache DIR] [-name NAME] PROGRAM.wasm [ARG]...
//
// The program sees all files under their own names, the environment, and the working directory as PWD: what Go's own
// go_wasip1_wasm_exec gives to a program. It ends with the program's exit status.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

func main() {
	cache := flag.String("cache", "", "keep compiled programs in this `directory`")
	name := flag.String("name", "", "what the program is told its `name` is (default: the file)")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: wasmhost [-cache DIR] [-name NAME] PROGRAM.wasm [ARG]...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	args := flag.Args()
	file := args[0]
	if *name != "" {
		args[0] = *name
	}
	err := run(context.Background(), *cache, file, args)
	var exit *sys.ExitError
	if errors.As(err, &exit) {
		os.Exit(int(exit.ExitCode()))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "wasmhost:", err)
		os.Exit(1)
	}
}

// run runs a program until it ends.
func run(ctx context.Context, cache, file string, args []string) error {
	code, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	runtime, program, err := compile(ctx, cache, code)
	if err != nil && cache != "" {
		// The disk of the cache may be full.
		runtime, program, err = compile(ctx, "", code)
	}
	if err != nil {
		return err
	}
	module := wazero.NewModuleConfig().WithArgs(args...).WithFSConfig(wazero.NewFSConfig().WithDirMount("/", "/")).
		WithStdin(os.Stdin).WithStdout(os.Stdout).WithStderr(os.Stderr).
		WithSysWalltime().WithSysNanotime().WithSysNanosleep().WithRandSource(rand.Reader)
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if name != "" && name != "PWD" {
			module = module.WithEnv(name, value)
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	_, err = runtime.InstantiateModule(ctx, program, module.WithEnv("PWD", dir))
	return err
}

// compile compiles a program, or takes it from a cache, unless that is empty.
func compile(ctx context.Context, cache string, code []byte) (wazero.Runtime, wazero.CompiledModule, error) {
	config := wazero.NewRuntimeConfig()
	if cache != "" {
		compiled, err := wazero.NewCompilationCacheWithDir(cache)
		if err != nil {
			return nil, nil, err
		}
		config = config.WithCompilationCache(compiled)
	}
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, runtime); err != nil {
		return nil, nil, err
	}
	program, err := runtime.CompileModule(ctx, code)
	return runtime, program, err
}
