// Command service is like a server after a busy hour: it loads an index, answers
// requests, most of them at once, keeps a little of some, and calms down. Its
// heap stays large for a while, although nearly nothing is left in it.
//
//	service [ROUNDS]
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

type record struct {
	Name string
	Body []byte
	Tags map[string]string
}

var (
	lock sync.Mutex
	kept [][]byte
)

func main() {
	rounds := 8
	if len(os.Args) > 1 {
		rounds, _ = strconv.Atoi(os.Args[1])
	}
	index := loadIndex(2500 * rounds)
	requests(2, 5*rounds, 200)
	requests(10, rounds, 500)
	runtime.KeepAlive(index)
	var group sync.WaitGroup
	for i := 0; i < 300*rounds; i++ {
		group.Add(1)
		go func() { defer group.Done(); deep(60) }()
	}
	group.Wait()
	index = nil
	runtime.GC()
	for i := 0; i < rounds; i++ {
		time.Sleep(100 * time.Millisecond)
		handle(40)
	}
}

// loadIndex makes what is needed all the time.
func loadIndex(n int) map[string]*record {
	index := map[string]*record{}
	for i := 0; i < n; i++ {
		name := "name-" + strconv.Itoa(i)
		index[name] = &record{Name: name, Body: make([]byte, 900), Tags: map[string]string{"k": "v"}}
	}
	return index
}

// requests has some workers answer some requests each.
func requests(workers, each, size int) {
	var group sync.WaitGroup
	for worker := 0; worker < workers; worker++ {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			for i := 0; i < each; i++ {
				handle(size + (worker+i)%14)
			}
		}(worker)
	}
	group.Wait()
}

// handle writes records and reads them again. Of some requests a little stays,
// which keeps a span here and there in use.
func handle(n int) {
	records := make([]record, n)
	for i := range records {
		records[i] = record{Name: strconv.Itoa(i), Body: make([]byte, 2048)}
	}
	text, err := json.Marshal(records)
	if err != nil {
		panic(err)
	}
	var back []record
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&back); err != nil {
		panic(err)
	}
	if len(back) != n {
		panic(fmt.Sprint(len(back), " records of ", n))
	}
	if n%7 == 0 {
		lock.Lock()
		kept = append(kept, back[0].Body)
		lock.Unlock()
	}
}

// deep needs a stack, for a while.
func deep(n int) int {
	var room [128]byte
	room[n%128] = byte(n)
	if n == 0 {
		time.Sleep(50 * time.Millisecond)
		return int(room[0])
	}
	return deep(n-1) + int(room[3])
}
