// Package oracle makes an engine out of Go's own source: it takes mem_sbrk.go and its kin
// from any Go root and compiles them, natively and unchanged but for the package clause
// and the comments, next to the library that they are compared with.
//
// [Open] reads a root, [Root.Generate] makes a package of it for one profile, and a
// [Build] compiles a program of this module together with the generated packages through
// the go command's -overlay: they are never in the source tree, and the program finds
// them in [Sources]. In a program built without the overlay Sources is empty.
//
// What the files need of the rest of the runtime is in package standin.
package oracle
