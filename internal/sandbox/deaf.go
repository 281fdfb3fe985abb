package sandbox

import (
	"bytes"
	"net"
	"slices"
)

// deaf makes connections on which a header exists in some spellings only. net/http forgets how a name was spelt, so the others are made
// another name before it reads them.
type deaf struct {
	net.Listener
	name string
	hear []string
}

// Accept waits for a connection.
func (d *deaf) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &deafConn{Conn: c, deaf: d}, nil
}

type deafConn struct {
	net.Conn
	*deaf
}

// Read hands on what came. A header that two reads share is heard: clients write short requests at once.
func (c *deafConn) Read(p []byte) (int, error) {
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
		if !slices.Contains(c.hear, string(text[:size])) {
			text[0] = '_'
		}
	}
}
