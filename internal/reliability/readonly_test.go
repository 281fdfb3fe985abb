package reliability

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/contract"
	"conformance/internal/generate"
	"conformance/internal/inprocess"
	"conformance/internal/probe"
	"conformance/internal/runner"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// gullible accepts every request with 200 and a body as documented, whoever sends it. It notes each request that could
// have changed something.
type gullible struct {
	contract *contract.Contract
	keys     []string // that it would accept; it accepts any
	all      bool     // every id is that of a record; else only those that it has given out
	mu       sync.Mutex
	ids      map[string]bool // that some record has
	reads    int
	dared    map[string]string // what should not have been sent, to an example
	open     map[string]string // the same of what the suite is known to send still (missing)
}

// ServeHTTP accepts a request, unless it reads what is not there.
func (g *gullible) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := g.path(r)
	o := g.operation(path, r)
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.known(path, r)
	if slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, r.Method) {
		g.reads++
		if !known {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "{}")
			return
		}
	} else if why := g.dares(path, r, body, known); why != "" {
		into := g.dared
		if missing["no-writes, "+why] != "" {
			into = g.open
		}
		into[why+": "+r.Method+" "+shape(g.contract, r.URL.RequestURI())] = fmt.Sprintf("%s %v %.300s", r.URL.RequestURI(),
			r.Header, body)
	}
	w.Header().Set("Content-Type", "application/json")
	if o == nil || o.Success().Schema == nil {
		_, _ = io.WriteString(w, "{}")
		return
	}
	text, _ := json.Marshal(g.plausible(o.Success().Schema))
	_, _ = w.Write(text)
}

// dares says why a request to write should not have been sent; empty: it could do no harm.
func (g *gullible) dares(path string, r *http.Request, body []byte, known bool) string {
	switch {
	case g.carriesKey(r, body) && !known:
		return "a write to nobody's id, with a key or most of one"
	case g.carriesKey(r, body):
		return "a write with a key or most of one"
	case g.nowhere(path):
		return ""
	case len(g.named(path, r)) == 0:
		return "a write to no record in particular, without a key"
	case known:
		return "a write to a record, without a key"
	case g.creates(path, r):
		return "a create inside a record that is not there, without a key"
	}
	return ""
}

// nowhere says that no path of the contract begins like this one: what is sent there reaches nothing.
func (g *gullible) nowhere(path string) bool {
	return !slices.ContainsFunc(g.contract.Paths, func(p *contract.Path) bool {
		return strings.EqualFold(strings.Split(p.URL, "/")[1], strings.Split(path+"/", "/")[1])
	})
}

func (g *gullible) creates(path string, r *http.Request) bool {
	o := g.operation(path, r)
	return o != nil && o.Method == http.MethodPost && o.Creates()
}

// carriesKey looks for a key, or a half of one, anywhere in a request: who compares keys carelessly might accept that.
func (g *gullible) carriesKey(r *http.Request, body []byte) bool {
	texts := []string{r.URL.RequestURI(), string(body)}
	for _, values := range r.Header {
		for _, v := range values {
			texts = append(texts, v)
			if _, rest, ok := strings.Cut(v, " "); ok {
				if plain, err := base64.StdEncoding.DecodeString(rest); err == nil {
					texts = append(texts, string(plain))
				}
			}
		}
	}
	whole := strings.ToLower(strings.Join(texts, "\n"))
	return slices.ContainsFunc(g.keys, func(key string) bool {
		key = strings.ToLower(key)
		return key != "" && (strings.Contains(whole, key[:3*len(key)/4]) || strings.Contains(whole, key[len(key)/2:]))
	})
}

func (g *gullible) path(r *http.Request) string {
	base, _ := g.contract.Doc.Servers.BasePath()
	return strings.TrimPrefix(r.URL.Path, strings.TrimRight(base, "/"))
}

// matches fills in a path's parameters.
func matches(p *contract.Path, path string) (map[string]string, bool) {
	parts, segments := strings.Split(p.URL, "/"), strings.Split(path, "/")
	values := map[string]string{}
	if len(parts) != len(segments) {
		return nil, false
	}
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			values[strings.TrimSuffix(name, "}")] = segments[i]
		} else if part != segments[i] {
			return nil, false
		}
	}
	return values, true
}

// named are the ids of the records that a request names, by any operation at its path.
func (g *gullible) named(path string, r *http.Request) map[string]string {
	ids := map[string]string{}
	for _, p := range g.contract.Paths {
		values, ok := matches(p, path)
		if !ok {
			continue
		}
		maps.Copy(ids, values)
		for _, o := range p.Operations {
			for _, id := range o.Identifiers() {
				if id.In == "query" && r.URL.Query().Has(id.Name) {
					ids[id.Name] = r.URL.Query().Get(id.Name)
				}
			}
		}
	}
	return ids
}

// known says that every record which the request names is there.
func (g *gullible) known(path string, r *http.Request) bool {
	for _, id := range g.named(path, r) {
		if !g.all && !g.ids[id] {
			return false
		}
	}
	return true
}

func (g *gullible) operation(path string, r *http.Request) *contract.Operation {
	var best *contract.Operation
	for _, o := range g.contract.Operations {
		if _, ok := matches(o.Path, path); !ok || o.Method != r.Method {
			continue
		}
		fits := true
		for _, p := range o.Parameters {
			if p.In == "query" && p.Role != contract.Input {
				fits = fits && r.URL.Query().Has(p.Name) && (p.Role != contract.Selector || r.URL.Query().Get(p.Name) == p.Value)
			}
		}
		if fits && (best == nil || len(o.Parameters) > len(best.Parameters)) {
			best = o
		}
	}
	return best
}

// plausible is a value of the schema, with a member in every list; the whole numbers and texts in it are ids of records
// from now on.
func (g *gullible) plausible(s *openapi3.Schema) any {
	var v any
	switch {
	case s.Type.Is("array"):
		return []any{g.plausible(s.Items.Value)}
	case s.Type.Is("object") || len(s.AllOf) > 0:
		object := map[string]any{}
		for _, part := range append(openapi3.SchemaRefs{{Value: s}}, s.AllOf...) {
			if part.Value != s {
				maps.Copy(object, g.plausible(part.Value).(map[string]any))
			}
			for name, p := range part.Value.Properties {
				object[name] = g.plausible(p.Value)
			}
		}
		return object
	case s.Default != nil:
		v = s.Default
	case s.Example != nil:
		v = s.Example
	case len(s.Enum) > 0:
		v = s.Enum[0]
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer"), s.Type.Is("number"):
		v = 7
	case s.Format == "uuid":
		v = "123e4567-e89b-12d3-a456-426614174000"
	case s.Format == "date-time":
		v = "2026-01-02T03:04:05Z"
	default:
		v = "something"
	}
	g.ids[generate.Text(v)] = true
	return v
}

// TestNoWritesDaresNothing: with --no-writes a run trusts no refusal. A target that accepts everything still finds
// nothing changed: no key goes with a write, and what goes without one is for no record.
func TestNoWritesDaresNothing(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(contracts)) {
		for _, complete := range []bool{false, true} {
			c := document(t, name, complete)
			for _, all := range []bool{false, true} {
				for _, bare := range []bool{false, true} {
					if (complete || bare) && !thoroughRequested() {
						continue
					}
					t.Run(fmt.Sprintf("%s/complete=%v/every id=%v/bare=%v", name, complete, all, bare), func(t *testing.T) {
						t.Parallel()
						daresNothing(t, c, all, bare)
					})
				}
			}
		}
	}
}

func daresNothing(t *testing.T, c *contract.Contract, all, bare bool) {
	clock := probe.NewStopped(inprocess.Epoch)
	server, err := sandbox.New(c, sandbox.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	f := sandbox.Configuration(server) // its keys have the shape that keys have; the server itself is asked nothing
	f.Triggers.ServerFault = nil
	var keys []string
	for _, key := range f.Credentials {
		keys = append(keys, key.Secret)
	}
	g := &gullible{
		contract: c, keys: keys, all: all, ids: map[string]bool{}, dared: map[string]string{}, open: map[string]string{},
	}
	for _, fixture := range f.Fixtures {
		for _, v := range append(fixture.Values, fixture.OtherTenant...) {
			g.ids[generate.Text(v)] = true
		}
	}
	target := inprocess.Handler(g, server.BasePath(), f, clock)
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Full, NoWrites: true})
	if _, err := runner.Judge(t.Context(), target, plan, runner.Options{
		Concurrency: 8, Seed: harmSeed, Bare: bare,
	}); err != nil {
		t.Fatal(err)
	}
	if g.reads < 100 {
		t.Errorf("only %d reads were sent: that shows nothing", g.reads)
	}
	for _, why := range slices.Sorted(maps.Keys(g.dared)) {
		t.Errorf("%s\n\te.g. %s", why, g.dared[why])
	}
	if len(g.open) > 0 && !t.Failed() {
		t.Skipf("missing: %s", strings.Join(slices.Sorted(maps.Keys(g.open)), "; "))
	}
}
