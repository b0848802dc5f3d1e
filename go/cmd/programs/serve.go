package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
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
func load(ctx context.Context, _ string) (string, error) {
	connection, err := dial(ctx, serverAddress)
	if err != nil {
		return "", err
	}
	connection.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
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

// What a server gets to come up, and how often one looks whether it has.
const (
	patience = 30 * time.Second
	between  = 2 * time.Millisecond
)

// retry does something until it works, the server has ended, or it takes too long.
func retry(ctx context.Context, what func() error) error {
	for start := time.Now(); ; time.Sleep(between) {
		err := what()
		if err == nil || ctx.Err() != nil || time.Since(start) > patience {
			return err
		}
	}
}

// dial connects to a server as soon as it is up.
func dial(ctx context.Context, address string) (connection net.Conn, err error) {
	err = retry(ctx, func() error {
		connection, err = net.Dial("tcp", address)
		return err
	})
	return connection, err
}

// unused gives an error if something listens at an address, which would answer in
// place of the server that is to be measured.
func unused(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	packets, err := net.ListenPacket("udp", address)
	return errors.Join(err, listener.Close(), closeIf(packets))
}

func closeIf(packets net.PacketConn) error {
	if packets == nil {
		return nil
	}
	return packets.Close()
}
