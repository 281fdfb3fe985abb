package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/sandbox"
)

// transcript is what came back, a line each. Where there is another one to compare with, it ends with the first line
// that differs.
type transcript struct {
	lines, against []string
	differs        bool
}

func (s *transcript) add(values ...any) {
	line := fmt.Sprintln(values...)
	s.lines = append(s.lines, line)
	if n := len(s.lines); s.against != nil && (n > len(s.against) || s.against[n-1] != line) {
		s.differs = true
		panic("differs")
	}
}

// battery sends the requests that show faults in a situation. Equal servers give equal answers.
func (h *harness) battery(f sandbox.Fault, against []string) (seen *transcript) {
	h.TB, seen = softTB{h.TB}, &transcript{against: against}
	defer func() {
		if stopped := recover(); stopped != nil {
			seen.differs = true // in an answer, or in what set-up could do
		}
	}()
	if f.Situation == contract.Flood {
		h.floodBattery(seen)
		return seen
	}
	say := func(d draft) {
		x := h.send(d)
		seen.add(d.method, d.path, d.query.Encode(), x.status, headerText(x.header), string(x.raw))
	}
	for _, o := range h.chosen(f) {
		for _, d := range h.drafts(o, f.Situation) {
			say(d)
			if !o.Reads() {
				key := h.Keys().Secrets(credential.Full)[3]
				if f.Situation == contract.ForeignRecord {
					key = h.Keys().Secrets(credential.OtherTenant)[0]
				}
				say(h.readBack(d, key))
			}
		}
	}
	return seen
}

// softTB ends a battery where another harness ends the test.
type softTB struct{ testing.TB }

func (softTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (softTB) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }

// chosen are the operations that a fault is looked for on.
func (h *harness) chosen(f sandbox.Fault) []*contract.Operation {
	if o := h.contract.Operation(f.Operation); o != nil {
		return []*contract.Operation{o}
	}
	for _, p := range h.contract.Paths {
		if p.Key == f.Operation {
			return p.Operations
		}
	}
	var all []*contract.Operation
	seen := map[string]bool{}
	for _, o := range h.contract.Operations {
		if o.Body != nil && f.Situation == contract.InvalidField {
			if seen[o.Body.Ref] {
				continue // what an operation checks its sibling checks alike, but for faults of its own
			}
			seen[o.Body.Ref] = true
		}
		all = append(all, o)
	}
	return all
}

// readBack reads what a request may have changed.
func (h *harness) readBack(d draft, key string) draft {
	for _, o := range d.operation.Path.Operations {
		if o.Reads() && len(o.Identifiers()) > 0 {
			return draft{
				operation: o, method: o.Method, path: o.Path.URL, query: d.query, header: http.Header{"X-Api-Key": {key}},
			}
		}
	}
	return h.list(d.operation, key)
}

// list reads the records of an operation's path.
func (h *harness) list(o *contract.Operation, key string) draft {
	for _, other := range h.contract.Operations {
		if other.Path.Key == o.Path.URL && other.Reads() {
			d := h.valid(other, key, ids{})
			d.query.Set(h.contract.Pagination.Size, "4")
			return d
		}
	}
	return h.valid(o, key, ids{})
}

func headerText(header http.Header) string {
	var lines []string
	for name, values := range header {
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

func (h *harness) drafts(o *contract.Operation, id contract.SituationID) []draft {
	key := h.Keys().Secrets(credential.Full)[0]
	valid := h.valid(o, key, ids{})
	with := func(change func(d *draft)) draft {
		d := h.valid(o, key, ids{})
		change(&d)
		return d
	}
	header := func(value string) func(*draft) { return func(d *draft) { d.header.Set(o.Security.Name, value) } }
	var ds []draft
	switch id {
	case "":
		ds = append(ds, valid, with(header("sandbox_nothing")), with(func(d *draft) { d.path = "/nothing" }))
	case contract.MissingKey:
		ds = append(ds, with(func(d *draft) { d.header.Del(o.Security.Name) }), with(func(d *draft) {
			d.header.Del(o.Security.Name)
			if o.Body != nil {
				d.body = "[]"
			}
			for _, p := range o.Identifiers() {
				d.query.Set(p.Name, "999999")
			}
		}), with(func(d *draft) { d.header.Del(o.Security.Name); d.query.Set("page", "x") }))
	case contract.InvalidKey:
		for _, value := range []string{
			key[:len(key)-4], key[:len(key)-1], key + "x", "nonsense", "sandbox_" + strings.Repeat("0", 32), "Bearer " + key,
			strings.Repeat("k", 300), "constructor", "'",
		} {
			ds = append(ds, with(header(value)))
		}
		ds = append(ds, with(func(d *draft) { header("nonsense")(d); d.query.Set("api_key", key) }))
	case contract.MisplacedKey:
		for _, name := range []string{"api_key", "apikey", "key", "token"} {
			ds = append(ds, with(func(d *draft) { d.header.Del(o.Security.Name); d.query.Set(name, key) }))
		}
		for _, name := range []string{"X-API-Token", "Api-Key", "X-Auth-Token"} {
			ds = append(ds, with(func(d *draft) { d.header.Del(o.Security.Name); d.header.Set(name, key) }))
		}
		ds = append(ds, with(func(d *draft) {
			d.header.Del(o.Security.Name)
			d.header.Set("Cookie", o.Security.Name+"="+key)
		}))
	case contract.MissingScope:
		for _, k := range h.Keys().Of(credential.Scoped) {
			ds = append(ds, with(header(k.Secret)))
		}
		ds = append(ds, with(func(d *draft) {
			header(h.Keys().Secrets(credential.Scoped)[len(h.Keys().Of(credential.Scoped))-1])(d)
			d.query.Set("id", "999999")
		}), with(func(d *draft) {
			header(h.Keys().Secrets(credential.Scoped)[len(h.Keys().Of(credential.Scoped))-1])(d)
			d.query.Set("page", "x")
		}), with(func(d *draft) {
			header(h.Keys().Secrets(credential.Scoped)[len(h.Keys().Of(credential.Scoped))-1])(d)
			if o.Body != nil {
				d.body = "[]"
			}
		}))
	case contract.ForeignRecord:
		if len(o.Identifiers()) == 0 {
			ds = append(ds, valid) // whose records does the list show
		}
	case contract.UnknownRecord:
		if names := o.Identifiers(); len(names) > 1 { // a part under another parent
			ds = append(ds, with(func(d *draft) {
				d.query.Set(names[0].Name, fmt.Sprint(h.resolve(names[0].Reference, h.Keys().Secrets(credential.Full)[1], ids{})))
			}))
		}
	case contract.MissingField, contract.InvalidField:
		ds = append(ds, h.mutations(o)...)
	case contract.InvalidParameter:
		for _, p := range o.Inputs() {
			for _, text := range []string{
				"☃", "", "0", "1", "-1", "1.5", "100", "101", "2", "Retired", "Poor", "Declined", "Urgent", "2026-02-30",
			} {
				ds = append(ds, with(func(d *draft) { d.query.Set(p.Name, text) }))
			}
		}
	case contract.WrongMethod:
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			ds = append(ds, with(func(d *draft) { d.method = method }))
		}
	case contract.UnknownPath:
		for _, path := range []string{
			"/nothing", "/constructor", o.Path.URL + "/more", o.Path.URL + "more", "/more" + o.Path.URL,
			strings.ToUpper(o.Path.URL),
		} {
			ds = append(ds, with(func(d *draft) { d.path = path }))
		}
	case contract.MalformedBody:
		for _, text := range []string{"this is not JSON", "a=1", "true", "[%s]", "%c", "%q"} {
			if o.Body != nil {
				good, _ := json.Marshal(valid.body)
				repaired := strings.NewReplacer("%s", string(good), "%c", strings.TrimSuffix(string(good), "}")+",}", "%q",
					strings.ReplaceAll(string(good), `"`, "'"))
				ds = append(ds, with(func(d *draft) { d.body = repaired.Replace(text) }))
			}
		}
	case "unknown-meter":
		ds = append(ds, h.partsOfOthers(o)...)
	case contract.IllegalTransition:
		ds = append(ds, h.transitions(o)...)
	case contract.Duplicate:
		ds = append(ds, h.duplicates(o)...)
	case contract.ServerFault:
		ds = append(ds, with(func(d *draft) { d.path = "/conformance-server-fault" }))
		ds = append(ds, h.oddities(o)...)
	}
	if provoke := provocations[id]; provoke != nil && len(ds) < 100 &&
		slices.ContainsFunc(h.contract.Pairs(), func(p contract.Pair) bool { return p.Operation == o && p.Situation == id }) {
		ds = append(ds, provoke(h, o)...)
	}
	return ds
}

// floodBattery exhausts a key in every tier and comes back when the answer says so.
func (h *harness) floodBattery(seen *transcript) {
	say := func(key string, d draft) {
		d.header = http.Header{"X-Api-Key": {key}}
		x := h.send(d)
		seen.add(d.operation.ID, x.status, headerText(x.header), string(x.raw))
	}
	for _, id := range []string{"listCustomers", "createCustomer", "updateCustomer", "getInventoryLocation"} {
		o := h.contract.Operation(id)
		d := h.valid(o, h.Keys().Secrets(credential.Full)[2], ids{})
		fresh := func() draft {
			h.serial++
			if body, ok := d.body.(map[string]any); ok {
				body["customer_name"], body["customer_email"] = fmt.Sprint("N", h.serial), fmt.Sprintf("n%d@example.org", h.serial)
			}
			return d
		}
		for range 40 {
			say(h.Keys().Secrets(credential.Flood)[0], fresh())
			h.clock.Advance(time.Millisecond)
		}
		say(h.Keys().Secrets(credential.Full)[1], h.list(o, h.Keys().Secrets(credential.Full)[2]))
		for range 4 {
			h.clock.Advance(3 * time.Second)
			say(h.Keys().Secrets(credential.Flood)[0], fresh())
		}
		h.clock.Advance(time.Minute)
	}
}
