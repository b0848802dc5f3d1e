package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// listen has a function answer connections at an address.
func listen(t *testing.T, address string, answer func(net.Conn)) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("%s: something else listens there: %v", address, err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				answer(connection)
			}()
		}
	}()
}

// fakeNats passes messages on to the client that connects first, after it may have
// changed them.
func fakeNats(change func(i int, text []byte)) func(net.Conn) {
	subscribers := make(chan net.Conn, 1)
	return func(connection net.Conn) {
		in := bufio.NewReader(connection)
		io.WriteString(connection, "INFO {}\r\n")
		for i := 0; ; {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			var subject string
			var size int
			switch n, _ := fmt.Sscanf(line, "PUB %s %d", &subject, &size); {
			case n == 2:
				text := make([]byte, size+2)
				io.ReadFull(in, text)
				change(i, text)
				i++
				subscriber := <-subscribers
				fmt.Fprintf(subscriber, "MSG %s 1 %d\r\n%s", subject, size, text)
				subscribers <- subscriber
			case strings.HasPrefix(line, "SUB"):
				subscribers <- connection
			case strings.HasPrefix(line, "PING"):
				io.WriteString(connection, "PONG\r\n")
			}
		}
	}
}

func TestMessagesAreCompared(t *testing.T) {
	t.Run("as sent", func(t *testing.T) {
		listen(t, natsAddress, fakeNats(func(int, []byte) {}))
		if got, err := publish(context.Background(), ""); err != nil || got != "1000 messages" {
			t.Errorf("publish = %q, %v", got, err)
		}
	})
	t.Run("one bit off", func(t *testing.T) {
		listen(t, natsAddress, fakeNats(func(i int, text []byte) {
			if i == messages-1 {
				text[messageBytes-1] ^= 1
			}
		}))
		if _, err := publish(context.Background(), ""); err == nil || !strings.Contains(err.Error(), "message 999") {
			t.Errorf("a message with another bit gives %v", err)
		}
	})
}

func TestAnswersAreCompared(t *testing.T) {
	// What CoreDNS 1.14.1 answers, from another client.
	const want = "\x00\x01\x84\x00\x00\x01\x00\x01\x00\x01\x00\x00" +
		"\x05host0\x07example\x03org\x00\x00\x10\x00\x01" +
		"\x05host0\x07example\x03org\x00\x00\x10\x00\x01\x00\x00\x0e\x10\x00\x15\x14host 0 of the zone: " +
		"\x07example\x03org\x00\x00\x02\x00\x01\x00\x00\x0e\x10\x00\x11\x03ns1\x07example\x03org\x00"
	if _, answer := exchange(1); string(answer) != want {
		t.Errorf("the answer that is due is\n%q, not\n%q", answer, want)
	}
	server, err := net.ListenPacket("udp", dnsAddress)
	if err != nil {
		t.Skipf("%s: something else listens there: %v", dnsAddress, err)
	}
	defer server.Close()
	var wrong atomic.Int64
	wrong.Store(-1)
	go func() {
		packet := make([]byte, 512)
		for i := 0; ; i++ {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			i %= queries
			asked, answer := exchange(i)
			if !bytes.Equal(packet[:n], asked) {
				return
			}
			if int64(i) == wrong.Load() {
				answer[len(answer)-1] ^= 1
			}
			server.WriteTo(answer, from)
		}
	}()
	if got, err := resolve(context.Background(), ""); err != nil || got != "1000 queries" {
		t.Errorf("resolve = %q, %v", got, err)
	}
	wrong.Store(500)
	if _, err := resolve(context.Background(), ""); err == nil || !strings.Contains(err.Error(), "query 500") {
		t.Errorf("an answer with another bit gives %v", err)
	}
}

func TestServersThatEndAreNotWaitedFor(t *testing.T) {
	ended, end := context.WithCancel(context.Background())
	end()
	for name, serve := range map[string]func(context.Context, string) (string, error){
		"caddy": load, "nats-server": publish, "coredns": resolve,
	} {
		if _, err := serve(ended, ""); err == nil {
			t.Errorf("%s: there is no server, and no error", name)
		}
	}
}

func TestUnused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if unused(address) == nil {
		t.Errorf("%s is taken and called unused", address)
	}
	listener.Close()
	if err := unused(address); err != nil {
		t.Error(err)
	}
}
