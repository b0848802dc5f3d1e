// Command json reads the JSON values on standard input, and encodes and decodes them a few times over, as a program does that
// passes messages on.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"os"
)

func main() {
	in := json.NewDecoder(os.Stdin)
	var values []any
	for {
		var v any
		err := in.Decode(&v)
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		values = append(values, v)
	}
	for range [3]int{} {
		text, err := json.MarshalIndent(values, "", "\t")
		if err != nil {
			log.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, text); err != nil {
			log.Fatal(err)
		}
		values = nil
		if err := json.Unmarshal(compact.Bytes(), &values); err != nil {
			log.Fatal(err)
		}
	}
}
