package probe

import (
	"bytes"
	"io"
	"sync"
)

// A body can be small and cost much: decoded, a body of one MiB may take fifty. So the costly steps with large bodies
// are taken one after the other, whatever the concurrency.

// large is from which length on, in bytes, a body is handled alone.
const large = 64 << 10

var alone sync.Mutex

// Handle calls f, which decodes, searches or rewrites the answer's body. No two calls of it handle a large body at the
// same time; f must not call Handle.
func (a *Answer) Handle(f func()) {
	if len(a.Body) >= large {
		alone.Lock()
		defer alone.Unlock()
	}
	f()
}

// buffers are what bodies are read into: growing one for each leaves five times its length behind.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBounded reads at most maxBody bytes and one more.
func readBounded(r io.Reader) ([]byte, error) {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	_, err := b.ReadFrom(io.LimitReader(r, maxBody+1))
	return bytes.Clone(b.Bytes()), err
}
