package reliability

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/sandbox"
)

// watched is a sandbox that is looked at after every request: what has become of the records that were there before?
type watched struct {
	*sandbox.Server
	together bool // requests are served at the same time: which of them did harm is then a guess
	mu       sync.Mutex
	before   *sandbox.Snapshot // nil: nothing is looked at yet
	given    map[string]bool   // ids of records that the configuration gives up
	harms    []harm
	log      []string        // what was asked, but for reads, with its answer
	asked    map[string]bool // texts that stood where an id stands, or might; nil: nobody wants to know
}

// harm is a request after which a record was not as before.
type harm struct {
	method, target, body, key string
	change                    sandbox.Change
}

// ServeHTTP serves a request and notes what it did to others' records.
func (w *watched) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	tee := &teed{ResponseWriter: rw}
	rw = tee
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() {
		if r.Method != http.MethodGet {
			w.log = append(w.log, fmt.Sprintf("%s %s %.200s -> %d %.200s", r.Method, r.URL.RequestURI(), body, tee.status,
				tee.body))
		}
	}()
	if w.asked != nil {
		w.note(r, body)
	}
	if w.together {
		w.mu.Unlock()
		w.Server.ServeHTTP(rw, r)
		w.mu.Lock()
	} else {
		w.Server.ServeHTTP(rw, r)
	}
	if w.before == nil {
		return
	}
	for _, change := range w.before.Changed() {
		if w.given[change.Record[strings.LastIndex(change.Record, " ")+1:]] {
			continue
		}
		w.harms = append(w.harms, harm{r.Method, r.URL.RequestURI(), string(body), w.keyOf(r), change})
	}
}

// teed keeps what is answered.
type teed struct {
	http.ResponseWriter
	status int
	body   []byte
}

func (t *teed) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

func (t *teed) Write(b []byte) (int, error) {
	t.body = append(t.body, b...)
	return t.ResponseWriter.Write(b)
}

// story is the history of a record that is left: by which request it came, and those that might have deleted it.
func (w *watched) story(record string) string {
	id := strings.Fields(record)[3]
	var told []string
	for _, line := range w.log {
		if mentions := strings.Contains(line, id); mentions && (len(told) == 0 || strings.HasPrefix(line, "DELETE")) {
			told = append(told, line)
		}
	}
	return strings.Join(append([]string{record}, told[:min(6, len(told))]...), "\n\t\t")
}

// note remembers the words of the path and the query, and the plain values of the body.
func (w *watched) note(r *http.Request, body []byte) {
	for _, segment := range strings.Split(r.URL.Path, "/") {
		w.asked[segment] = true
	}
	for _, values := range r.URL.Query() {
		w.asked[values[0]] = true
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object map[string]any
	if decoder.Decode(&object) == nil {
		for _, v := range object {
			w.asked[fmt.Sprint(v)] = true
		}
	}
}

// keyOf says which key a request carries, in the words of the configuration.
func (w *watched) keyOf(r *http.Request) string {
	for _, key := range w.Keys() {
		for _, values := range append(slices.Collect(maps.Values(r.Header)), []string{r.URL.RawQuery}) {
			if strings.Contains(strings.Join(values, " "), key.Secret) {
				return string(key.Purpose)
			}
		}
	}
	return "no key of ours"
}

// client sends requests to a sandbox as another of its users would.
type client struct {
	testing.TB
	server   *sandbox.Server
	contract *contract.Contract
	key      string
	made     map[contract.IDSource]any
}

// createRecords has both companies make a record of each kind, with the very values of the document's examples.
func createRecords(t testing.TB, c *contract.Contract, s *sandbox.Server) int {
	made := 0
	for _, key := range []string{s.Keys().Secrets(credential.Full)[0], s.Keys().Secrets(credential.OtherTenant)[0]} {
		u := &client{t, s, c, key, map[contract.IDSource]any{}}
		for _, o := range c.Operations {
			if o.Method == http.MethodPost && o.Body != nil && u.send(o) {
				made++
			}
		}
	}
	return made
}

// send sends the operation's example with ids of the company's own, and keeps what the answer gives to refer to.
func (u *client) send(o *contract.Operation) bool {
	target, body := o.Path.URL, maps.Clone(exampleOf(o))
	query := url.Values{}
	for _, p := range o.Parameters {
		v := any(p.Value)
		if p.Reference != nil && p.Required {
			if v = u.find(p.Reference); v == nil {
				return false
			}
		} else if p.Role != contract.Selector {
			continue
		}
		if p.In == "path" {
			target = strings.ReplaceAll(target, "{"+p.Name+"}", fmt.Sprint(v))
		} else {
			query.Set(p.Name, fmt.Sprint(v))
		}
	}
	for name := range body {
		if r := o.Body.Field(name).Reference; r != nil && !r.Keep {
			if body[name] = u.find(r); body[name] == nil {
				return false
			}
		}
	}
	answer, status := u.do(o, target+"?"+query.Encode(), body)
	if status/100 == 2 {
		u.made[contract.IDSource{From: o.ID}] = answer
	}
	return status/100 == 2
}

func exampleOf(o *contract.Operation) map[string]any {
	if o.Body == nil {
		return nil
	}
	return o.Body.Example
}

// find is an id of the company's own; the operation that yields it is called once.
func (u *client) find(r *contract.Reference) any {
	from := contract.IDSource{From: r.From}
	if _, ok := u.made[from]; !ok {
		u.send(r.Source)
	}
	v, _ := r.At.Get(u.made[from])
	return v
}

func (u *client) do(o *contract.Operation, target string, body map[string]any) (any, int) {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	r := httptest.NewRequest(o.Method, u.server.BasePath()+target, bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(o.Security.Name, u.key)
	rec := httptest.NewRecorder()
	u.server.ServeHTTP(rec, r)
	decoder := json.NewDecoder(rec.Body)
	decoder.UseNumber()
	var answer any
	_ = decoder.Decode(&answer)
	return answer, rec.Code
}

// guessable are ids that people and programs take for nobody's.
var guessable = []any{
	1, 2, 3, 7, 42, 99, 100, 404, 999, 999_999, 9_999_999, 99_999_999, 123_456_789, 999_999_999, 1<<31 - 1, 1 << 31,
	1<<32 - 1, 1<<53 - 1,
	"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "123e4567-e89b-12d3-a456-426614174000",
	"99999999", "999999999", "x", "unknown", "none", "nothing", "undefined", "null", "test", "example",
}

var (
	// sequential are ids that the sandbox itself gives to new records.
	sequential = regexp.MustCompile(`^(\d{1,5}|00000000-0000-4000-8000-0{6}\d*)$`)
	// idlike are texts that look as though somebody had made them up to be nobody's id.
	idlike = regexp.MustCompile(`^(\d+|[0-9a-f-]{36}|[a-z0-9]{16,40})$`)
)

// whatARunAsksFor are the texts that a run with that seed put where ids stand, as values of JSON.
func whatARunAsksFor(asked map[string]bool) []any {
	var ids []any
	for _, text := range slices.Sorted(maps.Keys(asked)) {
		if !idlike.MatchString(text) || sequential.MatchString(text) {
			continue
		}
		var n json.Number
		if json.Unmarshal([]byte(text), &n) == nil {
			if whole, err := n.Int64(); err == nil {
				ids = append(ids, whole)
			}
		}
		ids = append(ids, text)
	}
	return ids
}
