package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	dnsAddress = "127.0.0.1:38219"
	hosts      = 200
	queries    = 1_000
	ttl        = 3600
)

// zone writes a zone of many hosts, each with an address and a text, and the file
// that tells coredns to serve it.
func zone(input, _ string) error {
	var text strings.Builder
	fmt.Fprintf(&text, "$ORIGIN example.org.\n$TTL %d\n", ttl)
	text.WriteString("@ IN SOA ns1.example.org. admin.example.org. 1 7200 3600 1209600 300\n@ IN NS ns1.example.org.\n")
	text.WriteString("ns1 IN A 127.0.0.1\n")
	for i := range hosts {
		fmt.Fprintf(&text, "%s IN A %s\n%[1]s IN TXT %[3]q\n", hostName(i), net.IP(hostIP(i)), hostText(i))
	}
	if err := os.WriteFile(filepath.Join(input, "zone"), []byte(text.String()), 0o666); err != nil {
		return err
	}
	ip, port, err := net.SplitHostPort(dnsAddress)
	if err != nil {
		return err
	}
	corefile := fmt.Sprintf("example.org:%s {\n\tbind %s\n\tfile {$ZONE}\n\terrors\n}\n", port, ip)
	return os.WriteFile(filepath.Join(input, "Corefile"), []byte(corefile), 0o666)
}

func hostName(i int) string { return fmt.Sprintf("host%d", i) }
func hostIP(i int) []byte   { return []byte{10, 1, byte(i >> 8), byte(i)} }
func hostText(i int) string {
	return fmt.Sprintf("host %d of the zone: %s", i, strings.Repeat("text ", i%40))
}

// Types of records.
const (
	typeA   = 1
	typeNS  = 2
	typeTXT = 16
)

// resolve asks coredns for addresses and texts in turn, one query at a time, and
// compares every answer byte by byte with the one that is due.
func resolve(ctx context.Context, _ string) (string, error) {
	connection, err := net.Dial("udp", dnsAddress)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	// Until the server is up, the kernel refuses the packets.
	if err := retry(ctx, func() error { return query(connection, 0) }); err != nil {
		return "", err
	}
	for i := 1; i < queries; i++ {
		if err := query(connection, i); err != nil {
			return "", err
		}
	}
	return fmt.Sprint(queries, " queries"), nil
}

// query sends a query and checks the answer.
func query(connection net.Conn, i int) error {
	asked, want := exchange(i)
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := connection.Write(asked); err != nil {
		return err
	}
	answer := make([]byte, 64<<10)
	n, err := connection.Read(answer)
	if err != nil {
		return err
	}
	if !bytes.Equal(answer[:n], want) {
		return fmt.Errorf("query %d: coredns answers\n%q, not\n%q", i, answer[:n], want)
	}
	return nil
}

// exchange gives the packet of a query and that of the answer that is due (RFC 1035,
// section 4): the question again, the host's record, and the name server of the
// zone. CoreDNS writes the name of each record in full, as it stands in the zone.
func exchange(i int) (asked, answer []byte) {
	host, kind := i/2%hosts, uint16(typeA)
	data := hostIP(host)
	if i%2 == 1 {
		kind = typeTXT
		data = append([]byte{byte(len(hostText(host)))}, hostText(host)...)
	}
	const (
		isAnswer      = 1 << 15
		authoritative = 1 << 10
		internet      = 1
	)
	header := func(flags, answers uint16) (packet []byte) {
		for _, word := range []uint16{uint16(i), flags, 1, answers, answers, 0} {
			packet = binary.BigEndian.AppendUint16(packet, word)
		}
		packet = append(packet, dnsName(hostName(host)+".example.org")...)
		packet = binary.BigEndian.AppendUint16(packet, kind)
		return binary.BigEndian.AppendUint16(packet, internet)
	}
	record := func(packet []byte, name string, kind uint16, data []byte) []byte {
		packet = append(packet, dnsName(name)...)
		packet = binary.BigEndian.AppendUint16(packet, kind)
		packet = binary.BigEndian.AppendUint16(packet, internet)
		packet = binary.BigEndian.AppendUint32(packet, ttl)
		packet = binary.BigEndian.AppendUint16(packet, uint16(len(data)))
		return append(packet, data...)
	}
	answer = record(header(isAnswer|authoritative, 1), hostName(host)+".example.org", kind, data)
	answer = record(answer, "example.org", typeNS, dnsName("ns1.example.org"))
	return header(0, 0), answer
}

// dnsName writes a name as packets have it: the parts, each with its length.
func dnsName(name string) (packed []byte) {
	for part := range strings.SplitSeq(name, ".") {
		packed = append(packed, byte(len(part)))
		packed = append(packed, part...)
	}
	return append(packed, 0)
}
