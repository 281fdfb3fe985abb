package reliability

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/result"
	"conformance/internal/sandbox"
)

// sharedSandbox is a sandbox that many runs share.
type sharedSandbox struct {
	*sandbox.Server
	ahead atomic.Int64 // by how much its clock was moved on, for the test to look without meeting a limit
}

func newLiving(t *testing.T) *sharedSandbox {
	l := &sharedSandbox{}
	l.Server = newSandbox(t, sandbox.Options{
		Limit: 600, Window: time.Second, Now: func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) },
	})
	return l
}

// ask sends a read to the sandbox and returns what it answers, decoded, if that is a success.
func (l *sharedSandbox) ask(t *testing.T, o *contract.Operation, key string, fields map[string]any) (any, bool) {
	path, query := o.Path.URL, []string{}
	for _, p := range o.Parameters {
		v, ok := fields[p.Name]
		switch {
		case p.Role == contract.Selector:
			query = append(query, p.Name+"="+p.Value)
		case !ok:
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", fmt.Sprint(v))
		default:
			query = append(query, p.Name+"="+fmt.Sprint(v))
		}
	}
	for {
		r := httptest.NewRequest(http.MethodGet, l.BasePath()+path+"?"+strings.Join(query, "&"), nil)
		r.Header.Set(o.Security.Name, key)
		rec := httptest.NewRecorder()
		l.ServeHTTP(rec, r)
		if rec.Code == http.StatusTooManyRequests {
			l.ahead.Add(int64(2 * time.Second))
			continue
		}
		var body any
		if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
			t.Fatalf("%s: %v", o.ID, err)
		}
		return body, rec.Code == http.StatusOK
	}
}

// What a new sandbox holds has ids in this range.
const firstID, lastID = 1000, 1060

// everything shows each record that the API shows by its id to either company, within the range of seeded ids.
func (l *sharedSandbox) everything(t *testing.T, but []any) map[string]string {
	out := map[string]string{}
	for _, o := range embedded().Operations {
		ids := o.Identifiers()
		if !o.Reads() || len(ids) != 1 {
			continue
		}
		for company, key := range map[string]string{
			"own": l.Keys().Secrets(credential.Full)[0], "other": l.Keys().Secrets(credential.OtherTenant)[0],
		} {
			for id := firstID; id <= lastID; id++ {
				if slices.ContainsFunc(but, func(v any) bool { return fmt.Sprint(v) == fmt.Sprint(id) }) {
					continue
				}
				if body, ok := l.ask(t, o, key, map[string]any{ids[0].Name: id}); ok {
					text, _ := json.Marshal(body)
					out[fmt.Sprint(company, " ", o.ID, " ", id)] = string(text)
				}
			}
		}
	}
	return out
}

// listed are all records in the lists of either company.
func (l *sharedSandbox) listed(t *testing.T) map[string]map[string]any {
	out := map[string]map[string]any{}
	p := embedded().Pagination
	for _, o := range embedded().Operations {
		if !o.Reads() || len(o.Identifiers()) > 0 {
			continue
		}
		for company, key := range map[string]string{
			"own": l.Keys().Secrets(credential.Full)[0], "other": l.Keys().Secrets(credential.OtherTenant)[0],
		} {
			for page := 1; ; page++ {
				body, ok := l.ask(t, o, key, map[string]any{p.Page: page, p.Size: 100})
				if !ok {
					t.Fatalf("%s: %v", o.ID, body)
				}
				items := members(body)
				for _, item := range items {
					text, _ := json.Marshal(item)
					out[company+" "+o.ID+" "+string(text)] = item
				}
				if pages, ok := p.Pages.Get(body); !ok || page >= int(pages.(float64)) {
					break
				}
			}
		}
	}
	return out
}

// members are the objects in the first list of a body.
func members(body any) []map[string]any {
	object, _ := body.(map[string]any)
	for _, v := range object {
		if list, ok := v.([]any); ok {
			var out []map[string]any
			for _, item := range list {
				out = append(out, item.(map[string]any))
			}
			return out
		}
	}
	return nil
}

// shares are configurations for four runs at the same time. Each of the first two has keys for its floods that no other
// uses.
func (l *sharedSandbox) shares(target string) []*config.File {
	full := l.Keys().Secrets(credential.Full)
	var out []*config.File
	for _, keys := range []struct {
		full  []string
		flood string
	}{{full[:1], l.Keys().Secrets(credential.Flood)[0]}, {full[1:2], full[2]}, {full[3:], ""}, {full[3:], ""}} {
		f := *sandbox.Configuration(l.Server)
		f.Target = target
		f.Credentials = slices.DeleteFunc(f.Credentials, func(k credential.Key) bool {
			return k.Purpose == credential.Full || k.Purpose == credential.Flood
		}).With(credential.Full, keys.full...)
		if keys.flood != "" {
			f.Credentials = f.Credentials.With(credential.Flood, keys.flood)
		}
		out = append(out, &f)
	}
	return out
}

var marker = regexp.MustCompile(`conformance-[0-9a-f]{8}\b`)

// TestAgainAndTogether runs against one sandbox three times in a row, then twice at the same time, and looks at what is
// left.
func TestAgainAndTogether(t *testing.T) {
	l := newLiving(t)
	server := httptest.NewServer(l)
	defer server.Close()
	shares := l.shares(server.URL + l.BasePath())
	var fixtures []any
	for _, values := range shares[0].Fixtures {
		fixtures = append(fixtures, values.Values...)
	}
	before, had := l.everything(t, fixtures), l.listed(t)
	if len(before) < 20 {
		t.Fatalf("only %d records are seeded", len(before))
	}
	var runs atomic.Int64
	sound := func(e *ended) {
		runs.Add(1)
		if e.status != 0 || e.run.Counts.Pass < 1000 {
			t.Errorf("exit status %d, %d rows passed\n%s", e.status, e.run.Counts.Pass, e.notesAndRows())
		}
	}
	row := iterations(3, 20)
	if !thoroughRequested() {
		row = 1
	}
	for i := range row {
		flags := []string{"--config", configure(t, shares[0])}
		if i%3 < 2 {
			flags = append(flags, "--no-flood")
		}
		sound(runCommand(t, t.Context(), flags...))
	}
	var all sync.WaitGroup
	for i, share := range shares[:iterations(2, 4)] {
		flags := []string{"--config", configure(t, share)}
		if i >= 2 { // there are flood keys for two
			flags = append(flags, "--no-flood")
		}
		all.Go(func() { sound(runCommand(t, t.Context(), flags...)) })
	}
	all.Wait()
	for at, text := range l.everything(t, fixtures) {
		if old, ok := before[at]; ok && old != text {
			t.Errorf("%s was\n%s and is\n%s", at, old, text)
		}
	}
	created, unmarked, unrested := 0, 0, 0
	for at, item := range l.listed(t) {
		if _, ok := had[at]; ok {
			continue
		}
		created++
		if !marker.MatchString(at) {
			unmarked++
			t.Logf("without a mark: %s", at)
		}
		if status := unfinished(item); status != "" {
			unrested++
			t.Errorf("left in status %s: %s", status, at)
		}
	}
	t.Logf("%d seeded records as they were, %d records created, %d without a mark, %d not at rest", len(before), created,
		unmarked, unrested)
	if unmarked > int(runs.Load()) { // one body of edge values has the shortest text where the mark goes
		t.Errorf("%d records without a mark", unmarked)
	}
	if created < 50 {
		t.Errorf("only %d records were created: that shows nothing", created)
	}
}

// unfinished is the record's status if a legal step leads from it.
func unfinished(item map[string]any) string {
	for _, o := range embedded().Operations {
		if o.Body == nil {
			continue
		}
		for _, f := range o.Body.Fields {
			if f.Transitions == nil {
				continue
			}
			if status, ok := item[f.Name].(string); ok && len(f.Transitions.To[status]) > 0 {
				return status
			}
		}
	}
	return ""
}

// TestSoakSlowAndBroken puts a listener in between that makes answers late, or resets connections.
func TestSoakSlowAndBroken(t *testing.T) {
	for name, fault := range map[string]struct {
		late  time.Duration
		reset int64 // every n-th connection
		runs  int
	}{
		"30 ms late":                         {late: 30 * time.Millisecond, runs: 3},
		"one in twenty connections is reset": {reset: 20, runs: iterations(1, 5)},
	} {
		t.Run(name, func(t *testing.T) {
			if fault.late > 0 && !soakRequested() {
				t.Skip("CONFORMANCE_SOAK=all")
			}
			l := newLiving(t)
			n, resets := atomic.Int64{}, atomic.Int64{}
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if fault.late > 0 { // each a little different
					select {
					case <-time.After(fault.late * time.Duration(1+n.Add(1)%3) / 2):
					case <-r.Context().Done():
					}
				}
				l.ServeHTTP(w, r)
				if fault.reset > 0 && n.Add(1)%fault.reset == 0 {
					resets.Add(1)
					conn, _, err := http.NewResponseController(w).Hijack()
					if err == nil { // before anything of the answer is sent: what was done is done
						_ = conn.(*net.TCPConn).SetLinger(0)
						_ = conn.Close()
					}
				}
			})
			server := httptest.NewServer(buffered{handler})
			defer server.Close()
			for range fault.runs {
				e := runCommand(t, t.Context(), "--config", configure(t, l.shares(server.URL + l.BasePath())[0]), "--no-flood",
					"--max-errors", "100")
				if failed := e.rows(result.Fail); len(failed) > 0 || e.status != 0 && e.status != 3 {
					t.Errorf("exit status %d, %d rows failed\n%s", e.status, len(failed), e.notesAndRows())
				}
				if fault.late > 0 && e.status != 0 {
					t.Errorf("exit status %d on a slow network\n%s", e.status, e.notesAndRows())
				}
				t.Logf("exit %d, %d errors, %d skipped, %d resets, %s", e.status, len(e.rows(result.Error)), e.run.Counts.Skip,
					resets.Load(), e.took)
			}
			if fault.reset > 0 && resets.Load() < 50 {
				t.Errorf("only %d connections were reset: that shows nothing", resets.Load())
			}
		})
	}
}

// buffered keeps an answer back until the handler has ended, so that a connection can still be broken then.
type buffered struct{ next http.Handler }

type held struct {
	http.ResponseWriter
	header http.Header
	status int
	body   []byte
	gone   bool
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { h.body = append(h.body, b...); return len(b), nil }
func (h *held) Unwrap() http.ResponseWriter { h.gone = true; return h.ResponseWriter }

func (b buffered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := &held{ResponseWriter: w, header: http.Header{}, status: http.StatusOK}
	b.next.ServeHTTP(h, r)
	if h.gone {
		return
	}
	for name, values := range h.header {
		w.Header()[name] = values
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body)
}
