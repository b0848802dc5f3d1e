package oracle

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// variables are the variables that the glue uses, and the type it trusts the layout of.
// Types are without names.
var variables = map[string]string{
	"bloc":        "uintptr",
	"blocMax":     "uintptr",
	"memFreelist": "uintptr",
	"memlock":     "struct{held bool}",
	"memHdr":      "struct{next uintptr; size uintptr}",
}

// functions are the functions that the glue calls. Since Go 1.25 some take a vmaName on
// top.
var functions = map[string]string{
	"initBloc":              "func()",
	"sysAllocOS":            "func(uintptr) unsafe.Pointer",
	"sysFreeOS":             "func(unsafe.Pointer, uintptr)",
	"sysReserveOS":          "func(unsafe.Pointer, uintptr) unsafe.Pointer",
	"sysMapOS":              "func(unsafe.Pointer, uintptr)",
	"sysUnusedOS":           "func(unsafe.Pointer, uintptr)",
	"sysUsedOS":             "func(unsafe.Pointer, uintptr)",
	"sysHugePageOS":         "func(unsafe.Pointer, uintptr)",
	"sysNoHugePageOS":       "func(unsafe.Pointer, uintptr)",
	"sysHugePageCollapseOS": "func(unsafe.Pointer, uintptr)",
	"sysFaultOS":            "func(unsafe.Pointer, uintptr)",
}

// inspect makes sure that the variables and functions are of the types that the glue
// takes them for.
func (p *Package) inspect(pkg *types.Package) error {
	for name, want := range variables {
		if got := kind(pkg, name); got != want {
			return fmt.Errorf("%s is %s, where %s was expected", name, got, want)
		}
	}
	p.named = map[string]bool{}
	for name, want := range functions {
		got := kind(pkg, name)
		if strings.Replace(got, ", string)", ")", 1) == want {
			p.named[name] = got != want
		} else {
			return fmt.Errorf("%s is %s, where %s was expected, with or without a string at the end", name, got, want)
		}
	}
	for _, name := range []string{"sysReserveAlignedSbrk", "sysReserveAligned"} {
		if pkg.Scope().Lookup(name) != nil {
			p.Aligned = name
			break
		}
	}
	want := map[string]string{
		"":                      "none",
		"sysReserveAlignedSbrk": "func(uintptr, uintptr) (unsafe.Pointer, uintptr)",
		"sysReserveAligned":     "func(unsafe.Pointer, uintptr, uintptr) (unsafe.Pointer, uintptr)",
	}[p.Aligned]
	if got := kind(pkg, p.Aligned); got != want {
		return fmt.Errorf("%s is %s, where %s was expected", p.Aligned, got, want)
	}
	return nil
}

// kind is the type of a name at package scope without the names in it, "none" if there is
// no such name.
func kind(pkg *types.Package, name string) string {
	obj := pkg.Scope().Lookup(name)
	if obj == nil {
		return "none"
	}
	return bare(obj.Type())
}

// bare is a type without the names of parameters and of the package's own types.
func bare(t types.Type) string {
	list := func(vars *types.Tuple) string {
		var all []string
		for v := range vars.Variables() {
			all = append(all, bare(v.Type()))
		}
		return strings.Join(all, ", ")
	}
	switch u := t.Underlying().(type) {
	case *types.Signature:
		s := "func(" + list(u.Params()) + ")"
		switch u.Results().Len() {
		case 0:
			return s
		case 1:
			return s + " " + list(u.Results())
		}
		return s + " (" + list(u.Results()) + ")"
	case *types.Struct:
		var fields []string
		for f := range u.Fields() {
			fields = append(fields, f.Name()+" "+bare(f.Type()))
		}
		return "struct{" + strings.Join(fields, "; ") + "}"
	default:
		return u.String()
	}
}

// comparesWithNil reports whether a function compares its first parameter with nil.
func comparesWithNil(fn *ast.FuncDecl) bool {
	params := fn.Type.Params.List
	if len(params) == 0 || len(params[0].Names) == 0 {
		return false
	}
	first, found := params[0].Names[0].Name, false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok && b.Op == token.EQL {
			x, y := types.ExprString(b.X), types.ExprString(b.Y)
			found = found || x == first && y == "nil" || x == "nil" && y == first
		}
		return true
	})
	return found
}
