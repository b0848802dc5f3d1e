package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"
)

const (
	natsAddress  = "127.0.0.1:38218"
	messages     = 1_000
	messageBytes = 4 << 10
)

// publish has one client of nats-server publish messages and another receive them,
// and looks at every byte. Both speak the text protocol of NATS: lines, and behind
// those that announce a message its bytes and the end of a line.
func publish(ctx context.Context, _ string) (string, error) {
	subscriber, err := natsClient(ctx)
	if err != nil {
		return "", err
	}
	defer subscriber.Close()
	// The answer to PING says that the subscription is there.
	if err := subscriber.ask("SUB a.* 1\r\nPING\r\n", "PONG\r\n"); err != nil {
		return "", err
	}
	publisher, err := natsClient(ctx)
	if err != nil {
		return "", err
	}
	defer publisher.Close()
	sent := make(chan error, 1)
	go func() {
		random := rand.NewChaCha8([32]byte{2})
		out := bufio.NewWriter(publisher)
		text := make([]byte, messageBytes)
		for i := range messages {
			random.Read(text)
			fmt.Fprintf(out, "PUB a.%d %d\r\n%s\r\n", i, len(text), text)
		}
		sent <- out.Flush()
	}()
	err = subscriber.receive()
	if err != nil {
		publisher.Close() // Nobody reads any more.
	}
	return fmt.Sprint(messages, " messages"), errors.Join(err, <-sent)
}

// receive reads the messages, in the order in which they were published.
func (c *natsConn) receive() error {
	random := rand.NewChaCha8([32]byte{2})
	want, got := make([]byte, messageBytes), make([]byte, messageBytes+len("\r\n"))
	for i := range messages {
		if err := c.ask("", fmt.Sprintf("MSG a.%d 1 %d\r\n", i, messageBytes)); err != nil {
			return err
		}
		if _, err := io.ReadFull(c.in, got); err != nil {
			return err
		}
		random.Read(want)
		if !bytes.Equal(got, append(want, "\r\n"...)) {
			return fmt.Errorf("message %d has other bytes than were published", i)
		}
		want = want[:messageBytes]
	}
	return nil
}

// A natsConn is a connection to nats-server.
type natsConn struct {
	net.Conn
	in *bufio.Reader
}

// natsClient connects when the server is up.
func natsClient(ctx context.Context) (*natsConn, error) {
	connection, err := dial(ctx, natsAddress)
	if err != nil {
		return nil, err
	}
	c := &natsConn{connection, bufio.NewReader(connection)}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	// INFO comes first, a line about the server.
	line, err := c.in.ReadString('\n')
	if err == nil && !bytes.HasPrefix([]byte(line), []byte("INFO {")) {
		err = fmt.Errorf("nats-server begins with %q", line)
	}
	if err == nil {
		err = c.ask("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n", "PONG\r\n")
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// ask sends a text and expects a line in return.
func (c *natsConn) ask(text, want string) error {
	if _, err := io.WriteString(c, text); err != nil {
		return err
	}
	line, err := c.in.ReadString('\n')
	if err == nil && line != want {
		err = fmt.Errorf("nats-server says %q, not %q", line, want)
	}
	return err
}
