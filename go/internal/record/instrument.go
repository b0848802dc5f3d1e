package record

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"text/template"

	"gosbrk/internal/op"
)

// recorded says which functions of mem_sbrk.go are recorded, and as what.
var recorded = map[string]op.Kind{
	"sysAllocOS":            op.Alloc,
	"sysFreeOS":             op.Free,
	"sysReserveOS":          op.Reserve,
	"sysReserveAlignedSbrk": op.ReserveAligned,
	"sysMapOS":              op.Map,
	"sysUnusedOS":           op.Unused,
	"sysUsedOS":             op.Used,
	"sysHugePageOS":         op.HugePage,
	"sysNoHugePageOS":       op.NoHugePage,
	"sysHugePageCollapseOS": op.Collapse,
	"sysFaultOS":            op.Fault,
}

// instrument renames the recorded functions of mem_sbrk.go, touches nothing else in it, and adds a function under each old name
// that calls the renamed one and reports it.
func instrument(source []byte) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "mem_sbrk.go", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	var wrappers []wrapper
	copied := 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		kind, ok := recorded[f.Name.Name]
		if !ok {
			continue
		}
		w, err := wrap(f, kind)
		if err != nil {
			return nil, err
		}
		wrappers = append(wrappers, w)
		at := files.Position(f.Name.Pos()).Offset
		out.Write(source[copied:at])
		out.WriteString(w.Renamed())
		copied = at + len(f.Name.Name)
	}
	out.Write(source[copied:])
	for _, needed := range []string{"sysAllocOS", "sysFreeOS", "sysReserveOS"} {
		if !slices.ContainsFunc(wrappers, func(w wrapper) bool { return w.Name == needed }) {
			return nil, fmt.Errorf("there is no %s to record", needed)
		}
	}
	if err := wrappersTemplate.Execute(&out, wrappers); err != nil {
		return nil, err
	}
	return format.Source(out.Bytes())
}

// wrapper is one recorded function, as the template needs it.
type wrapper struct {
	Name    string
	Kind    op.Kind
	Params  string // declared parameters, all named
	Args    string // the same as arguments
	Results string // declared results
	Return  string // what is returned, if anything

	// What the report says: expressions of the parameters and results.
	V, N, Align, VMAName, P, Size string
}

// Renamed is what the function itself is called in the overlay.
func (w wrapper) Renamed() string { return "gosbrkUnrecorded_" + w.Name }

// wrap works out the wrapper of a function from its signature: an address is v, the sizes are n and align, a string is the
// name. Any other signature is refused, so that a new release is looked at by a human before it is recorded.
func wrap(f *ast.FuncDecl, kind op.Kind) (wrapper, error) {
	w := wrapper{Name: f.Name.Name, Kind: kind, V: "0", N: "0", Align: "0", VMAName: `""`, P: "0", Size: "0"}
	var params, args []string
	for _, field := range f.Type.Params.List {
		typ := typeName(field.Type)
		for range max(1, len(field.Names)) {
			var name string
			switch {
			case typ == "unsafe.Pointer" && w.V == "0":
				name, w.V = "v", "uint64(uintptr(v))"
			case typ == "uintptr" && w.N == "0":
				name, w.N = "n", "uint64(n)"
			case typ == "uintptr" && w.Align == "0":
				name, w.Align = "align", "uint64(align)"
			case typ == "string" && w.VMAName == `""`:
				name, w.VMAName = "vmaName", "vmaName"
			default:
				return w, fmt.Errorf("%s has a parameter of type %s that the recorder does not know", w.Name, typ)
			}
			params, args = append(params, name+" "+typ), append(args, name)
		}
	}
	w.Params, w.Args = strings.Join(params, ", "), strings.Join(args, ", ")
	var results []string
	if f.Type.Results != nil {
		for _, field := range f.Type.Results.List {
			results = append(results, typeName(field.Type))
		}
	}
	switch w.Results = strings.Join(results, ", "); w.Results {
	case "":
	case "unsafe.Pointer":
		w.Return, w.P = "unsafe.Pointer(p)", "uint64(p)"
	case "unsafe.Pointer, uintptr":
		w.Return, w.P, w.Size = "unsafe.Pointer(p), size", "uint64(p)", "uint64(size)"
	default:
		return w, fmt.Errorf("%s has results (%s) that the recorder does not know", w.Name, w.Results)
	}
	return w, nil
}

// typeName is the type as it stands in the source: only a name, or a name from a package, can be one of ours.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return typeName(e.X) + "." + e.Sel.Name
	}
	return fmt.Sprintf("%T", e)
}

// wrappersTemplate is what the overlay adds to mem_sbrk.go. All of a call, with its report, happens on the system stack: a
// stack that grows in between would use the layer and be reported out of turn. The address crosses over as a uintptr, since no
// write barrier may run there.
var wrappersTemplate = template.Must(template.New("wrappers").Parse(`
//go:wasmimport gosbrk start
func gosbrkStart(bloc, blocMax uint64)

//go:wasmimport gosbrk op
func gosbrkOp(kind uint32, v, n, align, p, size uint64, name unsafe.Pointer, nameLen uint32)

var gosbrkStarted bool

func gosbrkBefore() {
	if !gosbrkStarted {
		gosbrkStarted = true
		gosbrkStart(uint64(bloc), uint64(blocMax))
	}
}

func gosbrkAfter(kind uint32, v, n, align, p, size uint64, name string) {
	gosbrkOp(kind, v, n, align, p, size, unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)))
}
{{range .}}
func {{.Name}}({{.Params}}) ({{.Results}}) {
	{{- if .Return}}
	var p uintptr
	{{- end}}
	{{- if ne .Size "0"}}
	var size uintptr
	{{- end}}
	systemstack(func() {
		gosbrkBefore()
		{{if ne .Size "0"}}r, s := {{else if .Return}}r := {{end}}{{.Renamed}}({{.Args}})
		{{- if .Return}}
		p = uintptr(r)
		{{- end}}
		{{- if ne .Size "0"}}
		size = s
		{{- end}}
		gosbrkAfter({{printf "%d" .Kind}}, {{.V}}, {{.N}}, {{.Align}}, {{.P}}, {{.Size}}, {{.VMAName}})
	})
	{{- if .Return}}
	return {{.Return}}
	{{- end}}
}
{{end}}`))
