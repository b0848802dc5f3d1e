package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

const (
	serverAddress = "127.0.0.1:38217"
	servedFiles   = 64
	servedBytes   = 64 << 10
	requests      = 10_000
	clients       = 32
)

// served writes the files of a web site, each with the hash of what follows it in
// its first bytes.
func served(input, _ string) error {
	random := rand.NewChaCha8([32]byte{1})
	for i := range servedFiles {
		text := make([]byte, servedBytes)
		random.Read(text)
		sum := sha256.Sum256(text[sha256.Size:])
		copy(text, sum[:])
		if err := os.WriteFile(filepath.Join(input, fmt.Sprintf("f%d.bin", i)), text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// load asks the server for its files, over and over and many at a time, and looks
// at every byte.
func load(string) (string, error) {
	if err := waitFor("http://" + serverAddress + "/f0.bin"); err != nil {
		return "", err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	var next atomic.Int64
	errs := make([]error, clients)
	var busy sync.WaitGroup
	for c := range clients {
		busy.Add(1)
		go func() {
			defer busy.Done()
			for errs[c] == nil {
				i := next.Add(1)
				if i > requests {
					return
				}
				errs[c] = fetch(client, fmt.Sprintf("http://%s/f%d.bin", serverAddress, i%servedFiles))
			}
		}()
	}
	busy.Wait()
	return fmt.Sprint(requests, " files"), errors.Join(errs...)
}

func fetch(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK || len(text) != servedBytes ||
		sha256.Sum256(text[sha256.Size:]) != [sha256.Size]byte(text) {
		return fmt.Errorf("%s: %s, and not its bytes", url, response.Status)
	}
	return nil
}

// waitFor waits until a server is up.
func waitFor(url string) error {
	var err error
	for range 200 {
		var response *http.Response
		if response, err = http.Get(url); err == nil {
			return response.Body.Close()
		}
		time.Sleep(25 * time.Millisecond)
	}
	return err
}
