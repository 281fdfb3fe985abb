package probe

import (
	"encoding/base64"
	"strings"
	"sync"
)

// partLen is how much of a secret reveals nothing; longer parts are kept out of every record.
const partLen = 12

// partLabel stands where a part of a secret was.
const partLabel = "[part of a key]"

// parts recognizes what is left of a secret that a target, or an excerpt, has cut.
type parts struct {
	mu    sync.RWMutex
	known map[[partLen]byte]struct{}
	maybe [1 << 14]uint64 // one bit for each known part, by a hash: most texts hold none, and are only looked at
}

func bit(s string) uint32 {
	a := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
	b := uint32(s[8]) | uint32(s[9])<<8 | uint32(s[10])<<16 | uint32(s[11])<<24
	return (a*2654435761 ^ b*2246822519) >> 12
}

func (p *parts) add(forms ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[[partLen]byte]struct{}{}
	}
	for _, form := range forms {
		for i := 0; i+partLen <= len(form); i++ {
			at := bit(form[i : i+partLen])
			p.maybe[at>>6] |= 1 << (at & 63)
			p.known[[partLen]byte([]byte(form[i:i+partLen]))] = struct{}{}
		}
	}
}

// next is where the first known part of s begins, from there on; -1: nowhere.
func (p *parts) next(s string, from int) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for i := from; i+partLen <= len(s); i++ {
		if p.has(s[i : i+partLen]) {
			return i
		}
	}
	return -1
}

func (p *parts) has(s string) bool {
	at := bit(s)
	if p.maybe[at>>6]&(1<<(at&63)) == 0 {
		return false
	}
	_, ok := p.known[[partLen]byte([]byte(s))]
	return ok
}

// cut takes a text apart at its parts of secrets, each as long as it can be.
func (p *parts) cut(s string) []piece {
	var out []piece
	done := 0
	for i := p.next(s, 0); i >= 0; i = p.next(s, done) {
		end := i + partLen
		for p.next(s[:min(len(s), end+1)], end+1-partLen) >= 0 {
			end++
		}
		out = append(out, piece{s[done:i], false}, piece{partLabel, true})
		done = end
	}
	return append(out, piece{s[done:], false})
}

// aligned are the inner parts of the secret in base64, wherever it is in what was encoded: what its neighbours share
// with it is left out.
func aligned(secret string) []string {
	var out []string
	for before := range 3 {
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			text := e.EncodeToString([]byte(strings.Repeat("\x00", before) + secret + "\x00\x00\x00"))
			out = append(out, text[(before*8+5)/6:(before+len(secret))*8/6])
		}
	}
	return out
}
