package probe

import (
	"bytes"
	"io"
	"runtime"
	"sync"
)

// A body can be small and cost much: decoded, a body of one MiB may take fifty. So the costly steps with large bodies
// are taken one after the other, whatever the concurrency.

// large is from which length on, in bytes, a body is handled alone.
const large = 64 << 10

var alone sync.Mutex

// handled is how much was handled alone since its garbage was last collected. It is collected sooner than the runtime
// would, which lets a heap double. Guarded by alone.
var handled int

// collectAfter is how much may be handled until then, in bytes.
const collectAfter = 4 << 20

// Handle calls f, which decodes, searches or rewrites the answer's body. No two calls of it handle a large body at the
// same time; f must not call Handle.
func (a *Answer) Handle(f func()) {
	if len(a.Body) >= large {
		alone.Lock()
		defer alone.Unlock()
		if handled += len(a.Body); handled >= collectAfter {
			handled = 0
			defer runtime.GC()
		}
	}
	f()
}

// buffers are what bodies are read into, as long as they are not large: growing one for each leaves five times its
// length behind.
var buffers = sync.Pool{New: func() any { return new([large]byte) }}

// readBounded reads at most maxBody bytes and one more. What is large stays in the buffer that it was read into.
func readBounded(r io.Reader) ([]byte, error) {
	small := buffers.Get().(*[large]byte)
	n, err := fill(r, small[:])
	if n < large {
		body := bytes.Clone(small[:n])
		buffers.Put(small)
		return body, err
	}
	body := make([]byte, maxBody+1)
	copy(body, small[:])
	buffers.Put(small)
	n = 0
	if err == nil {
		n, err = fill(r, body[large:])
	}
	body = body[:large+n]
	if len(body) < maxBody/2 {
		body = bytes.Clone(body)
	}
	return body, err
}

// fill reads until the buffer is full or nothing more comes, and returns how much came. The end is no error.
func fill(r io.Reader, into []byte) (n int, err error) {
	for n < len(into) && err == nil {
		var more int
		more, err = r.Read(into[n:])
		n += more
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}
