package sandbox

import (
	"slices"
	"strings"
)

// stage judges one side of a request; nil lets it pass on to the next.
type stage func(*call) *refusal

// step is a stage with a name to find it by.
type step struct {
	name  string
	judge stage
}

// pipeline is every step in the order in which a request with several faults is judged.
func pipeline() []step {
	return []step{
		{"authenticate", authenticate},
		{"allowAddress", allowAddress},
		{"limit", limit},
		{"trigger", trigger},
		{"locate", locate},
		{"authorize", authorize},
		{"identify", identify},
		{"find", find},
		{"validateParameters", validateParameters},
		{"readMediaType", readMediaType},
		{"decode", decode},
		{"validateBody", validateBody},
		{"settle", atomically(present, refer, unique, changeStatus, apply)},
	}
}

// before returns the steps with the named ones moved in front of another, in their order.
func before(steps []step, other string, names ...string) []step {
	named := func(s step) bool { return slices.Contains(names, s.name) }
	var moved []step
	for _, s := range steps {
		if named(s) {
			moved = append(moved, s)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(steps), named)
	at := slices.IndexFunc(rest, func(s step) bool { return s.name == other })
	return slices.Insert(rest, at, moved...)
}

// atomically runs stages that read and then change the store as one step, so that of two equal requests one sees the
// other.
func atomically(stages ...stage) stage {
	steps := make([]step, len(stages))
	for i, judge := range stages {
		steps[i].judge = judge
	}
	return func(c *call) *refusal {
		if c.operation.Reads() {
			c.store.mu.RLock()
			defer c.store.mu.RUnlock()
		} else {
			c.store.mu.Lock()
			defer c.store.mu.Unlock()
		}
		return c.run(steps)
	}
}

func (c *call) judge() *answer {
	if r := c.run(c.rules.steps); r != nil {
		return c.rules.refuse(c, r)
	}
	return c.answer
}

// effect is what becomes of a request that a stage refuses.
type effect int

const (
	stop        effect = iota // it is refused, and nothing is done
	ignore                    // it goes on as though it had passed
	afterEffect               // it goes on, and is refused when everything is done
)

func (c *call) run(steps []step) *refusal {
	for i, s := range steps {
		r := s.judge(c)
		if r == nil {
			continue
		}
		switch c.rules.effect(c, r) {
		case ignore:
			continue
		case afterEffect:
			_ = c.run(steps[i+1:])
		}
		return r
	}
	return nil
}

func trigger(c *call) *refusal {
	method, path, given := strings.Cut(c.options.Trigger, " ")
	if !given {
		method, path = c.request.Method, c.options.Trigger
	}
	if c.path == path && c.request.Method == method {
		return serverFault()
	}
	return nil
}
