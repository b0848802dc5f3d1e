package oracle

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"slices"
	"text/template"

	"gosbrk/internal/engine"
)

//go:embed standin/standin.go
var standin []byte

//go:embed glue.go.tmpl
var glueText string

var glue = template.Must(template.New("glue").Parse(glueText))

// Package is the source of an engine: Go files in a package of their own.
type Package struct {
	Name     string // of the package and its folder
	Releases []string
	Hash     string
	Profile  engine.Profile
	Files    map[string][]byte

	// For the glue.
	FreesNil bool
	Aligned  string          // the function that reserves aligned memory, "" for none
	named    map[string]bool // functions with a vmaName
}

// Generate makes packages of the profiles wanted of all roots, but only one of those that
// would be the same.
func Generate(roots []*Root, profiles []engine.Profile) ([]*Package, error) {
	var all []*Package
	for _, r := range roots {
		for _, p := range r.Profiles() {
			if !slices.Contains(profiles, p) {
				continue
			}
			hash := r.hash(p)
			same := slices.IndexFunc(all, func(q *Package) bool { return q.Profile == p && q.Hash == hash })
			if same < 0 {
				all = append(all, &Package{Name: p.String() + "_" + hash, Hash: hash, Profile: p})
				same = len(all) - 1
				if err := all[same].generate(r); err != nil {
					return nil, fmt.Errorf("cannot make an engine of %s (%s, %s): %w", r.Dir, r.Release, p, err)
				}
			}
			if q := all[same]; !slices.Contains(q.Releases, r.Release) {
				q.Releases = append(q.Releases, r.Release)
				slices.SortFunc(q.Releases, compareReleases)
			}
		}
	}
	for _, p := range all {
		if err := p.glue(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// generate fills in p from a root: everything but the glue.
func (p *Package) generate(r *Root) error {
	files := r.files(p.Profile)
	declared := map[string]bool{}
	for _, f := range files {
		if err := strip(r.fset, f, declared); err != nil {
			return err
		}
	}
	own, err := parser.ParseFile(r.fset, "standin.go", standin, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	own.Decls = slices.DeleteFunc(own.Decls, func(d ast.Decl) bool {
		return slices.ContainsFunc(names(d), func(n string) bool { return declared[n] })
	})
	files["standin.go"] = own

	pkg, err := check(r.fset, p.Name, files)
	if err != nil {
		return err
	}
	if err := p.inspect(pkg); err != nil {
		return err
	}
	p.FreesNil = comparesWithNil(function(r.sbrk, "sysFreeOS"))
	p.Files = map[string][]byte{}
	// With line directives, so that a crash names the line in the root.
	print := printer.Config{Mode: printer.SourcePos | printer.TabIndent | printer.UseSpaces, Tabwidth: 8}
	for name, f := range files {
		var out bytes.Buffer
		f.Name.Name = p.Name
		if err := print.Fprint(&out, r.fset, f); err != nil {
			return err
		}
		p.Files[name] = out.Bytes()
	}
	return nil
}

// strip takes out of a file what cannot be compiled here, the functions that are written
// in assembly, and notes the names of the rest.
func strip(fset *token.FileSet, f *ast.File, declared map[string]bool) error {
	for _, imp := range f.Imports {
		if imp.Path.Value != `"unsafe"` {
			return fmt.Errorf("%s imports %s, which cannot be had outside of the runtime: add what it "+
				"takes of it to package standin", fset.Position(imp.Pos()), imp.Path.Value)
		}
	}
	f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Body == nil
	})
	for _, d := range f.Decls {
		for _, name := range names(d) {
			declared[name] = true
		}
	}
	return nil
}

// names are the names that a declaration gives to package scope. Of a group it is all of
// them.
func names(d ast.Decl) []string {
	var all []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			all = append(all, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				all = append(all, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					all = append(all, n.Name)
				}
			}
		}
	}
	return all
}

// check type-checks the files as one package.
func check(fset *token.FileSet, name string, files map[string]*ast.File) (*types.Package, error) {
	var list []*ast.File
	for _, f := range files {
		f.Name.Name = name
		list = append(list, f)
	}
	var faults []error
	conf := types.Config{
		Importer: unsafeOnly{},
		Sizes:    types.SizesFor("gc", "amd64"),
		Error:    func(err error) { faults = append(faults, err) },
	}
	pkg, _ := conf.Check(name, fset, list, nil)
	if len(faults) > 0 {
		const hint = "what it takes from the rest of the runtime has to be in package standin"
		return nil, fmt.Errorf("%w (%s)", errors.Join(faults[:min(3, len(faults))]...), hint)
	}
	return pkg, nil
}

// unsafeOnly imports what the files may import.
type unsafeOnly struct{}

// Import is called for "unsafe" only: strip refuses the rest.
func (unsafeOnly) Import(string) (*types.Package, error) { return types.Unsafe, nil }

// glue writes the file that registers the package.
func (p *Package) glue() error {
	var out bytes.Buffer
	err := glue.Execute(&out, p)
	p.Files["glue.go"] = out.Bytes()
	return err
}

// Named is what the glue passes on to a function after its other arguments: ", vmaName"
// if it takes one.
func (p *Package) Named(function string) string {
	if p.named[function] {
		return ", vmaName"
	}
	return ""
}
