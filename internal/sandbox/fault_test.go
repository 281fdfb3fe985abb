package sandbox_test

import (
	"flag"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/sandbox"
)

func withFault(name string) func(*sandbox.Options) {
	return func(o *sandbox.Options) { o.Fault = name }
}

// TestFaults makes a server with every fault.
func TestFaults(t *testing.T) {
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	families, seen := map[string]int{}, map[string]bool{}
	for _, f := range sandbox.Faults(c) {
		if seen[f.Name] || strings.ContainsAny(f.Name, " \t\n") || !strings.HasPrefix(f.Name, f.Family) ||
			f.Description == "" || f.Level == "" {
			t.Errorf("%+v", f)
		}
		if f.Operation != "" && c.Operation(f.Operation) == nil && !strings.HasPrefix(f.Operation, "/") {
			t.Errorf("%s is confined to %s, which is no operation", f.Name, f.Operation)
		}
		seen[f.Name] = true
		families[f.Family]++
		if _, err := sandbox.New(c, sandbox.Options{Fault: f.Name}); err != nil {
			t.Error(err)
		}
	}
	if len(seen) < 250 {
		t.Errorf("%d faults", len(seen))
	}
	t.Log(len(seen), len(families))
	_, err = sandbox.New(c, sandbox.Options{Fault: "flag-missin"})
	if err == nil || !strings.Contains(err.Error(), "flag-missing") {
		t.Errorf("an unknown fault: %v", err)
	}
}

// notVisibleInProcess are faults that only several requests at once, or a connection, can show.
var notVisibleInProcess = []string{
	"race-all-win", "race-losers-crash", "race-none-wins", "race-both-change", "header-case", "header-lower-case",
}

var allFaults = flag.Bool("all-faults", false, "look for every fault, not only for one of each family in each "+
	"situation")

// TestEachFaultShows sends the same requests to a correct server and to one with a fault: some answer must differ.
func TestEachFaultShows(t *testing.T) {
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	const shards = 4
	work, seen := make([][]sandbox.Fault, shards), map[string]bool{}
	shard := map[contract.SituationID]int{} // what is found out of a situation is used again
	for _, f := range sandbox.Faults(c) {
		kind := f.Family + " " + string(f.Situation)
		if slices.Contains(notVisibleInProcess, f.Family) || seen[kind] && !*allFaults {
			continue
		}
		seen[kind] = true
		n, ok := shard[f.Situation]
		if !ok {
			n = len(shard) % shards
			shard[f.Situation] = n
		}
		work[n] = append(work[n], f)
	}
	for i, faults := range work {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			show(t, faults)
		})
	}
}

func show(t *testing.T, faults []sandbox.Fault) {
	correct := map[string][]string{}
	for _, f := range faults {
		limit := func(o *sandbox.Options) {
			if f.Situation == contract.Flood {
				o.Limit = 12
			}
		}
		kind := string(f.Situation) + " " + f.Operation
		if correct[kind] == nil {
			correct[kind] = start(t, limit).battery(f, nil).lines
			if f.Operation == "" && start(t, limit).battery(f, correct[kind]).differs {
				t.Fatalf("%s: two correct servers differ", kind)
			}
		}
		if !start(t, limit, withFault(f.Name)).battery(f, correct[kind]).differs {
			t.Errorf("%s (%s): no answer differs in %d", f.Name, kind, len(correct[kind]))
		}
	}
}

// TestRaces lets several clients create the same record at once.
func TestRaces(t *testing.T) {
	const racers = 6
	// How many overlap is the scheduler's choice; that some do is the fault.
	for fault, shows := range map[string]func(got map[int]int) bool{
		"":                   func(got map[int]int) bool { return got[201] == 1 && got[409] == racers-1 },
		"race-all-win":       func(got map[int]int) bool { return got[201] > 1 },
		"race-losers-crash":  func(got map[int]int) bool { return got[201] == 1 && got[500] > 0 },
		"race-none-wins":     func(got map[int]int) bool { return got[201] == 0 && got[409] > 0 },
		"duplicate-accepted": func(got map[int]int) bool { return got[201] == racers },
	} {
		h := start(t, withFault(fault))
		d := h.valid(h.contract.Operation("createCustomer"), h.Keys().Secrets(credential.Full)[0], ids{})
		answers := make(chan int, racers)
		for range racers {
			go func() { answers <- h.send(d).status }()
		}
		got := map[int]int{}
		for range racers {
			got[<-answers]++
		}
		if !shows(got) {
			t.Errorf("%s: %v", fault, got)
		}
		if x := h.send(d); fault == "race-all-win" && x.status != 409 {
			t.Errorf("%s: afterwards %s", fault, x)
		}
	}
}

// TestStatusRace lets two clients move one record to two statuses at once, of which neither follows the other.
func TestStatusRace(t *testing.T) {
	for fault, want := range map[string]int{"": 1, "race-both-change:updateJobStatus.job_status": 2} {
		h := start(t, withFault(fault))
		first := h.valid(h.contract.Operation("updateJobStatus"), h.Keys().Secrets(credential.Full)[0], ids{})
		second := first
		first.body, second.body = map[string]any{"job_status": "Cancelled"}, map[string]any{"job_status": "Declined"}
		answers := make(chan int, 2)
		for _, d := range []draft{first, second} {
			go func() { answers <- h.send(d).status }()
		}
		accepted := 0
		for range 2 {
			if <-answers == 200 {
				accepted++
			}
		}
		if accepted != want {
			t.Errorf("%q: %d accepted, want %d", fault, accepted, want)
		}
	}
}

// TestHeaderCase writes requests by hand: net/http knows only one spelling.
func TestHeaderCase(t *testing.T) {
	for fault, want := range map[string][]string{
		"":                  {"200", "200", "200", "200"},
		"header-case":       {"200", "200", "401", "401"},
		"header-lower-case": {"200", "200", "401", "200"},
	} {
		h := start(t, withFault(fault))
		l, err := sandbox.Start("127.0.0.1:0", h.Server)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range []string{"X-API-Key", "X-Api-Key", "x-api-key", "X-API-KEY"} {
			got = append(got, byHand(t, strings.TrimPrefix(l.URL(), "http://"), name+": "+h.Keys().Secrets(credential.Full)[0]))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", fault, got, want)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

func byHand(t *testing.T, target, header string) (status string) {
	t.Helper()
	host, base, _ := strings.Cut(target, "/")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /%s/jobs HTTP/1.1\r\nHost: %s\r\n%s\r\nConnection: close\r\n\r\n", base, host, header)
	answer, _ := io.ReadAll(conn)
	_, rest, _ := strings.Cut(string(answer), " ")
	status, _, _ = strings.Cut(rest, " ")
	return status
}

// TestOddInput: odd but legal input is no reason to fail.
func TestOddInput(t *testing.T) {
	h := start(t)
	for _, o := range h.contract.Operations {
		for _, d := range h.oddities(o) {
			if x := h.send(d); x.status >= 500 {
				t.Errorf("%s", x)
			}
		}
	}
}
