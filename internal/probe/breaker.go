package probe

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// silences is after how many timeouts a group of requests is given up.
const silences = 3

// breaker gives up groups of requests that nobody answers: each would be waited for as long as the client waits.
type breaker struct {
	mu     sync.Mutex
	groups map[string]*silence
}

// silence is what is known of a group.
type silence struct {
	timeouts int
	plain    bool // a request without a fault is among them
	open     bool
}

// GaveUpError says that a request was not sent, because others of its group were not answered in time.
type GaveUpError struct {
	Group   string
	Timeout time.Duration
}

func (e *GaveUpError) Error() string {
	return fmt.Sprintf("%s did not answer within %s three times", e.Group, e.Timeout)
}

// gaveUp says whether requests of the group are still sent.
func (b *breaker) gaveUp(group string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.groups[group]
	return g != nil && g.open
}

// note takes notice of how a request ended. A dropped connection says nothing; an answer to a plain request says that
// the group is there. That only faulty requests are not answered is a finding about them: it gives up nothing.
func (b *breaker) note(r *Request, answered, timeout bool) {
	if r.Group == "" || !answered && !timeout {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.groups == nil {
		b.groups = map[string]*silence{}
	}
	g := b.groups[r.Group]
	if g == nil {
		g = &silence{}
		b.groups[r.Group] = g
	}
	switch {
	case g.open:
	case timeout:
		g.timeouts++
		g.plain = g.plain || r.Fault == ""
		g.open = g.timeouts >= silences && g.plain
	case r.Fault == "":
		*g = silence{}
	}
}

// GaveUp are the groups whose requests are no longer sent, by name.
func (c *Client) GaveUp() []*GaveUpError {
	c.breaker.mu.Lock()
	defer c.breaker.mu.Unlock()
	var out []*GaveUpError
	for name, g := range c.breaker.groups {
		if g.open {
			out = append(out, &GaveUpError{name, c.timeout})
		}
	}
	slices.SortFunc(out, func(a, b *GaveUpError) int { return strings.Compare(a.Group, b.Group) })
	return out
}
