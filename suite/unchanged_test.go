package suite

import (
	"testing"

	"conformance/internal/check"
)

// TestChanged: a difference is a change, whether a value differs, comes or goes; what differs by itself is not.
func TestChanged(t *testing.T) {
	for name, k := range map[string]struct {
		volatile      [2]check.View
		before, after check.View
		want          string // the place, then what was there and what is
	}{
		"nothing":           {[2]check.View{}, check.View{"a": "1"}, check.View{"a": "1"}, ""},
		"another value":     {[2]check.View{}, check.View{"a": "1", "b": "2"}, check.View{"a": "1", "b": "3"}, "b: 2, 3"},
		"a value that came": {[2]check.View{}, check.View{}, check.View{"b": "3"}, "b: absent, 3"},
		"a value that went": {[2]check.View{}, check.View{"b": "3"}, check.View{}, "b: 3, absent"},
		"the first of two":  {[2]check.View{}, check.View{"b": "1", "a": "1"}, check.View{"b": "2", "a": "2"}, "a: 1, 2"},
		"what is volatile": {
			[2]check.View{{"at": "1"}, {"at": "2"}}, check.View{"at": "2", "a": "1"}, check.View{"at": "3", "a": "1"}, "",
		},
		"and something more": {
			[2]check.View{{"at": "1"}, {"at": "2"}}, check.View{"at": "2", "b": "1"}, check.View{"at": "3", "b": "2"}, "b: 1, 2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			lane := &check.LaneRecord{}
			ignore(lane, k.volatile[0], k.volatile[1])
			got := changed(lane, k.before, k.after)
			if got != "" {
				got += ": " + orAbsent(k.before, got) + ", " + orAbsent(k.after, got)
			}
			if got != k.want {
				t.Errorf("got %q, want %q", got, k.want)
			}
		})
	}
}

// TestPrepared: what stops the variant that prepares a lane stops each later one in the same way, without another
// attempt.
func TestPrepared(t *testing.T) {
	lane, attempts := &check.LaneRecord{}, 0
	for range 3 {
		func() {
			defer func() {
				if got := recover(); got != "no record" {
					t.Errorf("stopped by %v", got)
				}
			}()
			prepared(lane, func() { attempts++; panic("no record") })
		}()
	}
	if attempts != 1 {
		t.Errorf("%d attempts", attempts)
	}
}
