package probe

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// TestNewConnection: an answer knows whether its connection was used before, and a request can have one of its own.
func TestNewConnection(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.RemoteAddr]++
	}))
	defer server.Close()
	c, err := New(Options{Target: server.URL}, NewRedactor(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, k := range []struct{ own, reused bool }{{false, false}, {false, true}, {true, false}, {true,
		false}, {false, true}} {
		a, err := c.Do(t.Context(), &Request{Method: http.MethodGet, Path: "/", NewConnection: k.own})
		if err != nil || a.Reused != k.reused {
			t.Errorf("request %d: reused %t, want %t; %v", i+1, a.Reused, k.reused, err)
		}
	}
	if len(seen) != 3 {
		t.Errorf("connections %v, want 3", seen)
	}
}
