// Command zip packs the files of the directories it is given into an archive in memory, reads the archive back, and fails if
// anything became different.
package main

import (
	"archive/zip"
	"bytes"
	"io"
	"log"
	"os"
	"path/filepath"
)

func main() {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, dir := range os.Args[1:] {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		check(err)
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
				continue
			}
			data, err := os.ReadFile(file)
			check(err)
			entry, err := w.Create(file)
			check(err)
			_, err = entry.Write(data)
			check(err)
		}
	}
	check(w.Close())

	r, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	check(err)
	if len(r.File) == 0 {
		log.Fatal("no files")
	}
	for _, f := range r.File {
		entry, err := f.Open()
		check(err)
		got, err := io.ReadAll(entry)
		check(err)
		want, err := os.ReadFile(f.Name)
		check(err)
		if !bytes.Equal(got, want) {
			log.Fatalf("%s came back different", f.Name)
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
