package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roundTrip answers a request by a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestGivesUpWhatDoesNotAnswer: s is an answer, t a timeout, d a dropped connection; upper-case letters are of requests
// with a fault.
func TestGivesUpWhatDoesNotAnswer(t *testing.T) {
	tests := []struct {
		name, ends string
		gaveUp     bool
	}{
		{"three timeouts", "ttt", true},
		{"two", "tt", false},
		{"one of them is plain", "TtT", true},
		{"only with faults", "TTTTTT", false},
		{"dropped connections do not count", "tdddtdd", false},
		{"nor do they excuse", "tddtddt", true},
		{"it answers in between", "ttstt", false},
		{"only with faults it answers in between", "tSTSt", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var how byte
			c := client(t, "http://target.test", func(o *Options) {
				o.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
					switch how {
					case 't':
						return nil, context.DeadlineExceeded
					case 'd':
						return nil, syscall.ECONNRESET
					}
					return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("{}"))}, nil
				})
			})
			for _, end := range []byte(tt.ends) {
				r := &Request{Method: "POST", Path: "/", Group: "makeOne"}
				if how = end; end < 'a' {
					how, r.Fault = end+'a'-'A', "a fault"
				}
				_, err := c.Do(t.Context(), r)
				if gaveUp := new(GaveUpError); errors.As(err, &gaveUp) {
					t.Fatalf("given up too early: %v", err)
				}
			}
			how = 's'
			sent := c.Requests()
			_, err := c.Do(t.Context(), &Request{Method: "POST", Path: "/", Group: "makeOne", Fault: "another"})
			var gaveUp *GaveUpError
			if errors.As(err, &gaveUp) != tt.gaveUp || tt.gaveUp != (c.Requests() == sent) || len(c.GaveUp()) == 1 != tt.gaveUp {
				t.Errorf("%v, %d requests more, given up: %v", err, c.Requests()-sent, c.GaveUp())
			}
			if tt.gaveUp && err.Error() != "makeOne did not answer within 10s three times" {
				t.Errorf("error %q", err)
			}
			if _, err := c.Do(t.Context(), &Request{Method: "POST", Path: "/", Group: "other"}); err != nil {
				t.Errorf("another group: %v", err)
			}
		})
	}
}

// TestInformationalAnswersEnd: an answer that is none, and a flood of them, are errors, whatever the target sends
// after.
func TestInformationalAnswersEnd(t *testing.T) {
	tests := []struct{ name, sends, says string }{
		{
			"101", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
			"101 Switching Protocols",
		},
		{"101 without a protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "101 Switching Protocols"},
		{"102 for ever", "HTTP/1.1 102 Processing\r\n\r\n", "headers exceeded"},
		{"103 for ever", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "headers exceeded"},
		{"199 for ever", "HTTP/1.1 199 Miscellaneous\r\n\r\n", "headers exceeded"},
	}
	for _, tt := range tests {
		for _, method := range []string{"GET", "POST"} {
			t.Run(tt.name+" "+method, func(t *testing.T) {
				url := raw(t, func(conn net.Conn, _ []string) {
					for {
						if _, err := io.WriteString(conn, tt.sends); err != nil {
							return
						}
						if strings.HasPrefix(tt.name, "101") { // nothing comes after; the client must not wait for it
							_, _ = conn.Read(make([]byte, 1))
							return
						}
					}
				})
				c := client(t, url, func(o *Options) { o.Timeout = time.Minute })
				started := time.Now()
				_, err := c.Do(t.Context(), &Request{Method: method, Path: "/"})
				var transport *TransportError
				if !errors.As(err, &transport) || transport.Timeout || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v", err)
				}
				if took := time.Since(started); took > 30*time.Second {
					t.Errorf("took %s", took)
				}
			})
		}
	}
}

// TestLongWaitsAreAnnounced: those of ten seconds and more, each once, with its reason.
func TestLongWaitsAreAnnounced(t *testing.T) {
	clock := NewStopped(time.Unix(1_700_000_000, 0))
	var said []string
	c := client(t, "http://target.test", func(o *Options) {
		o.Clock = clock
		o.Waiting = func(d time.Duration, why string) { said = append(said, d.String()+" "+why) }
		asked := 0
		o.Transport = InProcess(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked < 4 {
				w.Header().Set("Retry-After", []string{"2", "10", "35"}[asked-1])
				w.WriteHeader(http.StatusTooManyRequests)
			}
		}), clock)
	})
	if a, err := c.Do(t.Context(), &Request{Method: "GET", Path: "/", Group: "listAll"}); err != nil || a.Status != 200 {
		t.Fatal(a, err)
	}
	if len(said) != 1 || said[0] != "35s the target's limit: it answered 429 to listAll, Retry-After: 35" {
		t.Errorf("said %q", said)
	}
	said = nil
	for range 3 { // side by side they wait for the same
		c.waits.announce(clock.Now(), time.Minute, "the target's limit")
	}
	if len(said) != 1 {
		t.Errorf("said %q", said)
	}
}

// TestPacedWaitsAreAnnounced: also where the client holds itself back.
func TestPacedWaitsAreAnnounced(t *testing.T) {
	clock := NewStopped(time.Unix(1_700_000_000, 0))
	target := newWindows(clock, 3)
	var said []string
	c := paced(t, target, clock)
	c.waits.tell = func(d time.Duration, why string) { said = append(said, d.String()+" "+why) }
	for range 5 {
		if _, err := c.Do(t.Context(), as("key", "read")); err != nil {
			t.Fatal(err)
		}
	}
	if len(said) != 1 || said[0] != "1m0s the target's limit of the tier read is used up" {
		t.Errorf("said %q", said)
	}
}

// TestPatienceOfItsOwn: a request waits for a limit as long as it says, and not at all for what takes longer.
func TestPatienceOfItsOwn(t *testing.T) {
	for _, tt := range []struct {
		retryAfter string
		most       time.Duration
		requests   int
	}{{"3600", 0, 1}, {"40", 80 * time.Second, 3}, {"", 90 * time.Second, 91}} {
		t.Run(tt.retryAfter, func(t *testing.T) {
			clock := NewStopped(time.Unix(1_700_000_000, 0))
			started := clock.Now()
			c := client(t, "http://target.test", func(o *Options) {
				o.Clock = clock
				o.Transport = InProcess(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if tt.retryAfter != "" {
						w.Header().Set("Retry-After", tt.retryAfter)
					}
					w.WriteHeader(http.StatusTooManyRequests)
				}), clock)
			})
			a, err := c.Do(t.Context(), &Request{Method: "GET", Path: "/", Patience: 90 * time.Second})
			if err != nil || a.Status != http.StatusTooManyRequests {
				t.Fatal(a, err)
			}
			if took := clock.Now().Sub(started); took != tt.most || c.Requests() != tt.requests {
				t.Errorf("waited %s in %d requests, want %s in %d", took, c.Requests(), tt.most, tt.requests)
			}
		})
	}
}
