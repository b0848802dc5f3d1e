// Package gosbrk gives a Go program the Go runtime's own sbrk memory layer
// (runtime/mem_sbrk.go: what Go uses on Plan 9 and WebAssembly) as pages
// outside the Go heap: named, counted, invisible to the garbage collector.
//
// What most people need:
//
//	buf, err := gosbrk.Alloc(1<<20, "index") // zeroed, page-aligned
//	if err != nil {
//		return err // errors.Is(err, gosbrk.ErrNoMem)
//	}
//	defer gosbrk.Free(buf)
//	copy(buf, data)
//	s := gosbrk.Stats()
//	fmt.Println(s.InUse, s.Free, s.ByName)
//
// # Memory
//
// The memory lies in one segment, [Base(), BlocMax()), that grows on demand
// and belongs to gosbrk alone. It is not Go memory:
//
//   - It lives until it is freed, whoever points to it. Using it afterwards is
//     a use after free, as in C.
//   - The garbage collector does not look inside. A Go pointer stored there
//     does not keep its target alive: store no Go pointers in it.
//   - [Init] drops the whole segment, and everything that was in it.
//
// # Two faces
//
// [Alloc] and [Free] deal in []byte and error. The Sys functions mirror those
// of runtime/mem_sbrk.go one to one, under their Go names with a capital S and
// with their arguments, and so with their results: the same calls give the
// same addresses, as offsets from Base, as inside Go. The comment of each names
// the states, as runtime/mem.go defines them, that it moves memory between:
// None (not ours), Reserved, Prepared and Ready (may be touched). Sizes are in
// bytes. All follow Go 1.27.
//
// [Direct] has both as methods that do the same without cgo, for short calls in
// great number.
//
// # Misuse
//
// A call that Go's code would answer with corruption (a double free, a free of
// foreign memory, an address that is not page-aligned, a size of zero or one
// that wraps) is refused, and nothing changes. By default the process then ends,
// as after a throw of Go's: one line on standard error names the function, its
// arguments and the fault, and SIGABRT makes the Go runtime print the goroutines,
// the guilty one first. After [Init] with [MisuseReport], the call returns nil or
// nothing, and the reason is the error that Alloc, Free and [MemCheck] return, or
// [LastError] for the Sys functions. Running out of memory is never misuse: the
// result is nil, and [ErrNoMem], under both.
//
// # Locks
//
// The library takes its one lock inside every call, so any goroutine may call
// anything at any time, except that Init must have the library to itself.
//
// # Configuration
//
// Call [Init] before the first use, or set the environment variable GOSBRK, for
// example to "misuse=report,check=full"; without either the defaults hold.
//
// # Building
//
// The package is a cgo binding for linux/amd64. It needs a C compiler and, in
// the project's tree, the library built once with "make lib". With the build
// tag gosbrk_pkgconfig it uses an installed library ("make install") instead.
// Header, library and package must be of one release; if not, the build or the
// start of the program says so.
//
// # The module
//
// Besides this package the module has the proof that the library behaves as Go does:
//
//	internal/direct     calls a C function on the goroutine's own stack
//	internal/way        both ways to call the library, as values
//	internal/op         calls as values and as text
//	internal/engine     what an engine is; the library and a model as engines
//	internal/oracle     the engine made of Go's own source
//	internal/gowasm     compiles Go programs for WebAssembly
//	internal/wasmrt     the engine that is the runtime of a WebAssembly program
//	internal/lockstep   drives engines side by side and compares
//	internal/record     traces of real programs
//	internal/upstream   what was found in Go's file, as programs
//	cmd/lockstep        the comparison by hand
//	cmd/record          makes traces
//	cmd/gosuite         Go's own test suites on stock Go and on gosbrk
//	cmd/programs        programs of others on stock Go and on gosbrk
//	cmd/bench           the Go side of the benchmark
//	runtime             what the command gosbrk puts into a Go root
package gosbrk
