package probe

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
)

// Content codings. Every request says that it wants none; an answer that has one anyway is read as what it codes.

// maxCodings is how many codings on top of one another are undone: more is an attack, not a need.
const maxCodings = 3

// codings are the content codings of an answer in the order in which they were applied (RFC 9110, 8.4).
func codings(a *Answer) []string {
	var out []string
	for _, line := range a.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			if coding = strings.ToLower(strings.TrimSpace(coding)); coding != "" && coding != "identity" {
				out = append(out, coding)
			}
		}
	}
	return out
}

// decode undoes the codings of an answer's body. What they decode to is bounded like any body. Where it cannot be
// decoded the body stays as it came.
func (a *Answer) decode() {
	all := codings(a)
	if len(all) == 0 || len(a.Body) == 0 {
		return
	}
	a.Coding = strings.Join(all, ", ")
	if len(all) > maxCodings {
		a.Undecoded = fmt.Sprintf("it has %d codings, more than %d", len(all), maxCodings)
		return
	}
	alone.Lock() // what decodes has tables and windows of its own, and how long the body is shows only then
	defer alone.Unlock()
	body, cut := a.Body, a.Truncated
	slices.Reverse(all)
	for _, coding := range all {
		r, err := decoder(coding, body)
		if err != nil {
			a.Undecoded = coding + ": " + err.Error()
			return
		}
		decoded, err := readBounded(r)
		if err != nil && !cut {
			a.Undecoded = coding + ": " + err.Error()
			return
		}
		if body = decoded; len(body) > maxBody {
			body, cut = body[:maxBody], true
		}
	}
	a.Body, a.Truncated = body, cut
}

// unbrotli is used by one after the other: its window has up to 16 MiB. Guarded by alone.
var unbrotli = &brotli.Reader{}

// decoder reads what a body codes. One of them is used at a time.
func decoder(coding string, body []byte) (io.Reader, error) {
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(bytes.NewReader(body))
	case "br":
		err := unbrotli.Reset(bytes.NewReader(body))
		return unbrotli, err
	case "deflate": // zlib by the letter; many send the bare stream
		if r, err := zlib.NewReader(bytes.NewReader(body)); err == nil {
			return r, nil
		}
		return flate.NewReader(bytes.NewReader(body)), nil
	}
	return nil, errors.New("not a coding that this suite can read")
}
