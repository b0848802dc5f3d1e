// Command types type-checks packages of the standard library, and all that they import, from their source. GOROOT says where
// that is.
package main

import (
	"go/importer"
	"go/token"
	"log"
	"os"
)

func main() {
	imports := importer.ForCompiler(token.NewFileSet(), "source", nil)
	for _, path := range os.Args[1:] {
		if _, err := imports.Import(path); err != nil {
			log.Fatal(err)
		}
	}
}
