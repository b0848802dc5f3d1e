package oracle

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/version"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gosbrk/internal/engine"
)

// Root is the part of a Go root that an engine is made of.
type Root struct {
	Dir     string
	Release string // as in the file VERSION, or "devel"

	fset *token.FileSet
	sbrk *ast.File // mem_sbrk.go
	// system has the files with the function sbrk, by profile.
	system map[engine.Profile]*ast.File
	// aligned has sysReserveAligned and sysReserve of a release without
	// sysReserveAlignedSbrk; else it is nil.
	aligned *ast.File
	texts   map[*ast.File][]byte
}

// Open reads the files of a Go root that an engine is made of. A root that cannot be made
// into one is an error that says what was not understood.
func Open(dir string) (*Root, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &Root{Dir: dir, fset: token.NewFileSet(), texts: map[*ast.File][]byte{}}
	if r.Release, err = release(dir); err != nil {
		return nil, err
	}
	if r.sbrk, err = r.parse("mem_sbrk.go"); err != nil {
		return nil, err
	}
	plan9, err := r.parse("mem_plan9.go")
	if err != nil {
		return nil, err
	}
	wasm, err := r.parse("mem_wasm.go")
	if err != nil {
		return nil, err
	}
	profile, err := r.wasmProfile(wasm)
	if err != nil {
		return nil, err
	}
	r.system = map[engine.Profile]*ast.File{engine.Plan9: plan9, profile: wasm}
	if function(r.sbrk, "sysReserveAlignedSbrk") == nil {
		if profile != engine.WasmGo121 {
			return nil, fmt.Errorf("%s: mem_sbrk.go has no function sysReserveAlignedSbrk, which goes "+
				"with a wasm sbrk that moves bloc, as in Go 1.24 and later", dir)
		}
		r.aligned, err = r.extract("sysReserveAligned", "sysReserve")
	}
	return r, err
}

// release is what the file VERSION of a root says.
func release(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return "devel", nil
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return cmp.Or(strings.TrimSpace(line), "devel"), err
}

// parse reads a file of package runtime, without its comments: they hold build tags and
// directives for the real compiler.
func (r *Root) parse(name string) (*ast.File, error) {
	path := filepath.Join(r.Dir, "src", "runtime", name)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no src/runtime/%s: not a Go root, or one from before Go 1.21", r.Dir, name)
	}
	if err != nil {
		return nil, err
	}
	f, err := parser.ParseFile(r.fset, path, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	r.texts[f] = text
	return f, nil
}

// wasmProfile tells the two kinds of wasm memory apart by what sbrk does: since Go 1.24
// it moves bloc.
func (r *Root) wasmProfile(wasm *ast.File) (engine.Profile, error) {
	sbrk := function(wasm, "sbrk")
	if sbrk == nil || sbrk.Body == nil {
		return 0, fmt.Errorf("%s has no function sbrk", r.fset.Position(wasm.Pos()).Filename)
	}
	profile := engine.WasmGo121
	ast.Inspect(sbrk.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && (id.Name == "bloc" || id.Name == "blocMax") {
			profile = engine.Wasm
		}
		return true
	})
	return profile, nil
}

// extract takes functions out of mem.go or malloc.go, whichever has them.
func (r *Root) extract(names ...string) (*ast.File, error) {
	unsafe := &ast.ImportSpec{Path: &ast.BasicLit{Kind: token.STRING, Value: `"unsafe"`}}
	out := &ast.File{
		Name:    ast.NewIdent("runtime"),
		Decls:   []ast.Decl{&ast.GenDecl{Tok: token.IMPORT, Specs: []ast.Spec{unsafe}}},
		Imports: []*ast.ImportSpec{unsafe},
	}
	var text []byte
	for _, file := range []string{"mem.go", "malloc.go"} {
		f, err := r.parse(file)
		if err != nil {
			return nil, err
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			fn := function(f, name)
			if fn == nil {
				return false
			}
			out.Decls = append(out.Decls, fn)
			text = append(text, r.texts[f][r.fset.Position(fn.Pos()).Offset:r.fset.Position(fn.End()).Offset]...)
			return true
		})
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("%s: neither mem.go nor malloc.go has the function %s", r.Dir, strings.Join(names, " and "))
	}
	r.texts[out] = text
	return out, nil
}

// Profiles are the profiles that the root has source for: plan9, and one of wasm and
// wasm_go121.
func (r *Root) Profiles() []engine.Profile {
	return slices.DeleteFunc(engine.Profiles(), func(p engine.Profile) bool { return r.system[p] == nil })
}

// files are the files that make up a profile, by the names they get.
func (r *Root) files(p engine.Profile) map[string]*ast.File {
	files := map[string]*ast.File{"mem_sbrk.go": r.sbrk, "sbrk.go": r.system[p]}
	if r.aligned != nil && p == engine.WasmGo121 {
		files["reserve_aligned.go"] = r.aligned
	}
	return files
}

// hash is over the text that makes up a profile.
func (r *Root) hash(p engine.Profile) string {
	h := sha256.New()
	files := r.files(p)
	for _, name := range []string{"mem_sbrk.go", "sbrk.go", "reserve_aligned.go"} {
		if f := files[name]; f != nil {
			fmt.Fprintf(h, "%s %d\n", name, len(r.texts[f]))
			h.Write(r.texts[f])
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// function finds a function, not a method, by its name.
func function(f *ast.File, name string) *ast.FuncDecl {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
			return fn
		}
	}
	return nil
}

// compareReleases orders Go releases by age. What is no release comes last.
func compareReleases(a, b string) int {
	if va, vb := version.IsValid(a), version.IsValid(b); va != vb {
		if va {
			return -1
		}
		return 1
	}
	return cmp.Or(version.Compare(a, b), cmp.Compare(a, b))
}
