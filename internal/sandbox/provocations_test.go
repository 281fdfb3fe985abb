package sandbox_test

import (
	"encoding/base64"
	"fmt"
	"strings"

	"conformance/internal/contract"
	"conformance/internal/credential"
)

// provoke makes requests that bring about a situation on an operation. Everything it needs it reads from the contract.
type provoke func(h *harness, o *contract.Operation) []draft

var provocations = map[contract.SituationID]provoke{
	contract.MissingKey:   presenting(func(*harness) string { return "" }),
	contract.InvalidKey:   presenting(func(h *harness) string { return h.Keys().Secrets(credential.Full)[0] + "0" }),
	contract.RevokedKey:   presenting(func(h *harness) string { return h.Keys().Secrets(credential.Revoked)[0] }),
	contract.DeniedIP:     presenting(func(h *harness) string { return h.Keys().Secrets(credential.IPDenied)[0] }),
	contract.MisplacedKey: misplaced,
	contract.MissingScope: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, k := range h.Keys().Of(credential.Scoped) {
			if !o.Security.Grants(k.Scopes, o.RequiredScopes[0]) {
				d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
				d.header.Set(o.Security.Name, k.Secret)
				ds = append(ds, d)
			}
		}
		return ds
	},
	contract.InvalidID:     identifiers("abc", "1abc", "1.0", "0", "-1", "1.5", "", "1e3", "99999999999999999999"),
	contract.UnknownRecord: identifiers("999999999"),
	contract.ForeignRecord: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, p := range o.Identifiers() {
			foreign := ids{}
			id := h.resolve(p.Reference, h.Keys().Secrets(credential.OtherTenant)[0], foreign)
			d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
			d.query.Set(p.Name, fmt.Sprint(id))
			ds = append(ds, d)
		}
		return ds
	},
	contract.InvalidParameter: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, p := range o.Inputs() {
			if p.Constrained() {
				d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
				d.query.Set(p.Name, "☃")
				ds = append(ds, d)
			}
		}
		return ds
	},
	contract.MalformedBody: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, text := range []string{
			"", "{", "[]", "null", "7", `"x"`, "{} {}", "{}x", "{\"a\":\x00}", "{\"a\":\"\xff\"}", strings.Repeat("[", 20_000),
		} {
			d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
			d.body = text
			ds = append(ds, d)
		}
		return ds
	},
	contract.MissingField: fields(func(f *contract.Field, body map[string]any) bool {
		delete(body, f.Name)
		return f.Required
	}),
	contract.InvalidField: fields(func(f *contract.Field, body map[string]any) bool {
		body[f.Name] = []any{}
		return true
	}),
	contract.UnknownStatus: fields(func(f *contract.Field, body map[string]any) bool {
		body[f.Name] = "Sleeping"
		return f.Transitions != nil
	}),
	contract.IllegalTransition: illegal,
	contract.UnknownReference:  unknownReference,
	"unknown-meter":            unknownReference,
	contract.Duplicate: func(h *harness, o *contract.Operation) (ds []draft) {
		for _, f := range o.Body.Fields {
			if f.Unique == nil {
				continue
			}
			first := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
			if x := h.send(first); x.status/100 != 2 {
				h.Fatal(x)
			}
			d := h.valid(o, h.Keys().Secrets(credential.Full)[1], ids{})
			taken := first.body.(map[string]any)[f.Name].(string)
			d.body.(map[string]any)[f.Name] = strings.ToUpper(taken)
			ds = append(ds, d)
		}
		return ds
	},
	contract.ServerFault: func(h *harness, o *contract.Operation) []draft {
		d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
		d.path = "/conformance-server-fault"
		return []draft{d}
	},
}

func presenting(key func(*harness) string) provoke {
	return func(h *harness, o *contract.Operation) []draft {
		d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
		d.header.Set(o.Security.Name, key(h))
		return []draft{d}
	}
}

func misplaced(h *harness, o *contract.Operation) []draft {
	key := h.Keys().Secrets(credential.Full)[0]
	var ds []draft
	for _, put := range []func(d *draft){
		func(d *draft) { d.query.Set(o.Security.Name, key) },
		func(d *draft) { d.header.Set("Authorization", "Bearer "+key) },
		func(d *draft) { d.header.Set("Authorization", "Basic "+"c2FuZGJveDp4") },
		func(d *draft) {
			d.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(key+":")))
		},
		func(d *draft) { d.header.Set("X-Key", key) },
		func(d *draft) { d.header.Set("Cookie", "key="+key) },
		func(d *draft) { d.body = map[string]any{"key": key} },
	} {
		d := h.valid(o, key, ids{})
		d.header.Del(o.Security.Name)
		put(&d)
		ds = append(ds, d)
	}
	return ds
}

func identifiers(texts ...string) provoke {
	return func(h *harness, o *contract.Operation) (ds []draft) {
		for _, p := range o.Identifiers() {
			for _, text := range texts {
				d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
				d.query.Set(p.Name, text)
				ds = append(ds, d)
			}
		}
		return ds
	}
}

func fields(invalidate func(*contract.Field, map[string]any) bool) provoke {
	return func(h *harness, o *contract.Operation) (ds []draft) {
		for _, f := range o.Body.Fields {
			d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
			if invalidate(f, d.body.(map[string]any)) {
				ds = append(ds, d)
			}
		}
		return ds
	}
}

func unknownReference(h *harness, o *contract.Operation) (ds []draft) {
	for _, f := range o.Body.Fields {
		if f.Reference == nil || f.Reference.Keep {
			continue
		}
		foreign := h.resolve(f.Reference, h.Keys().Secrets(credential.OtherTenant)[0], h.foreign(o, f))
		for _, id := range []any{999_999_999, int64(1) << 62, foreign} {
			d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
			d.body.(map[string]any)[f.Name] = id
			ds = append(ds, d)
		}
	}
	return ds
}

// foreign is a set-up of the other company from which the field's reference can be resolved: its first listed record
// replaces what only a seed has.
func (h *harness) foreign(_ *contract.Operation, f *contract.Field) ids {
	made := ids{}
	for _, p := range f.Reference.Source.Identifiers() {
		for _, o := range h.contract.Operations {
			if o.Reads() && len(o.Identifiers()) == 0 && o.Path.URL == f.Reference.Source.Path.URL && o.Path.Key == o.Path.URL {
				list := h.send(h.valid(o, h.Keys().Secrets(credential.OtherTenant)[0], ids{}))
				last := p.Reference.At.Tokens()
				records := list.body["data"].([]any)
				made[place(p.Reference)] = int64(records[len(records)-1].(map[string]any)[last[len(last)-1]].(float64))
			}
		}
	}
	return made
}

func illegal(h *harness, o *contract.Operation) (ds []draft) {
	for _, f := range o.Body.Fields {
		if f.Transitions == nil {
			continue
		}
		for _, to := range f.Transitions.Statuses {
			if to != f.Transitions.Initial && !f.Transitions.Legal(f.Transitions.Initial, to) {
				d := h.valid(o, h.Keys().Secrets(credential.Full)[0], ids{})
				d.body.(map[string]any)[f.Name] = to
				ds = append(ds, d)
			}
		}
	}
	return ds
}
