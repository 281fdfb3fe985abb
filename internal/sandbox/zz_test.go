package sandbox_test

import (
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/sandbox"
)

func TestZZ(t *testing.T) {
	c, _ := load()
	for _, f := range sandbox.Faults(c) {
		ok := false
		for _, p := range []string{"ignores-", "skips-", "malformed-body-accepted", "refused-", "foreign-record-s", "foreign-record-r", "foreign-record-w", "foreign-ref", "unknown-ref", "transition", "any-tr", "duplicate-", "text-as", "any-text", "number-as", "boolean-", "fraction", "object-", "enum-", "empty-", "date-", "impossible", "pattern-", "first-of", "terminal", "unknown-status-a", "invalid-id-first", "invalid-id-lists", "unknown-record-first"} {
			ok = ok || strings.HasPrefix(f.Name, p)
		}
		if !ok || f.Family == "refused-create-made" && f.Situation == contract.Flood {
			continue
		}
		func() {
			h := start(t, withFault(f.Name))
			h.TB = soft{t}
			defer func() { recover() }()
			n := 0
			for _, o := range h.chosen(f) {
				for _, d := range h.drafts(o, f.Situation) {
					x := h.send(d)
					if x.status/100 == 2 && d.operation.Success().Status == x.status && n < 3 {
						hh := &harness{TB: &cnt{T: t, n: &n, name: f.Name}, contract: c}
						hh.documented(x)
						x = h.send(h.readBack(d, h.Keys().Full[1]))
						if x.status/100 == 2 { hh.documented(x) }
					}
				}
			}
		}()
	}
}

type cnt struct {
	*testing.T
	n    *int
	name string
}

func (c *cnt) Errorf(f string, a ...any) { *c.n++; c.T.Logf("XX "+c.name+" "+f, a...) }
