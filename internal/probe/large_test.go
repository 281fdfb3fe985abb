package probe

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// TestReadBounded: a body comes whole up to the bound and one byte more, however it is cut into pieces, with the error
// that ended it.
func TestReadBounded(t *testing.T) {
	broken, cut := errors.New("broken"), io.ErrUnexpectedEOF
	for _, n := range []int{0, 1, large - 1, large, large + 1, maxBody/2 + 1, maxBody, maxBody + 1, maxBody + 2} {
		sent := bytes.Repeat([]byte("0123456789"), n/10+1)[:n]
		for name, k := range map[string]struct {
			reader io.Reader
			err    error
		}{
			"at once":            {bytes.NewReader(sent), nil},
			"in halves":          {iotest.HalfReader(bytes.NewReader(sent)), nil},
			"with its end":       {iotest.DataErrReader(bytes.NewReader(sent)), nil},
			"then broken":        {io.MultiReader(bytes.NewReader(sent), iotest.ErrReader(broken)), broken},
			"then cut by a peer": {io.MultiReader(bytes.NewReader(sent), iotest.ErrReader(cut)), cut},
		} {
			got, err := readBounded(k.reader)
			want := sent[:min(n, maxBody+1)]
			if n > maxBody {
				k.err = nil // it is not read that far
			}
			if !bytes.Equal(got, want) || !errors.Is(err, k.err) {
				t.Errorf("%d bytes %s: %d bytes, %v", n, name, len(got), err)
			}
		}
	}
}
