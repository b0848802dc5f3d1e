// Command leak answers requests from a cache that never forgets: the key has the number of the
// request in it, so that no answer is ever found again, and each is kept.
//
//	leak REQUESTS
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"
)

type request struct {
	ID   int
	Page string
}

type cache struct {
	pages map[string][]byte
	made  bytes.Buffer
}

// get gives a page, from the cache if it is there.
func (c *cache) get(r request) []byte {
	key := fmt.Sprint(r.Page, "?id=", r.ID)
	if page, ok := c.pages[key]; ok {
		return page
	}
	c.made.Reset()
	render(&c.made, r.Page)
	page := bytes.Clone(c.made.Bytes())
	c.pages[key] = page
	return page
}

// render makes a page of 40 KB.
func render(to *bytes.Buffer, page string) {
	for to.Len() < 40_000 {
		to.WriteString("<p>")
		to.WriteString(page)
		to.WriteString("</p>\n")
	}
}

// serve answers a request in JSON.
func (c *cache) serve(text string) (int, error) {
	var r request
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return 0, err
	}
	return len(c.get(r)), nil
}

func main() {
	requests, err := strconv.Atoi(os.Args[len(os.Args)-1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "usage: leak REQUESTS")
		os.Exit(2)
	}
	c := cache{pages: make(map[string][]byte)}
	sent := 0
	for id := range requests {
		n, err := c.serve(fmt.Sprintf(`{"ID": %d, "Page": "page %d"}`, id, id%10))
		if err != nil {
			panic(err)
		}
		sent += n
		time.Sleep(time.Millisecond)
	}
	fmt.Println(sent, "bytes sent")
}
