package cli

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/credential"
)

// Lengths of a key, in bytes. A text as short as that is part of ordinary answers: whoever replaces it everywhere makes
// a report unreadable, and whoever does not shows the key.
const (
	shortestKey  = credential.ShortestPart
	redactedKeys = 8 // from here on, a key is replaced without damage to what surrounds it
)

// fit refuses a configuration that cannot be meant for this contract: names that the contract does not have, and keys
// that no report could keep out. Whatever reads a configuration to judge by it asks here. A misspelt name must end
// the run: passed over in silence, it would fail a correct API, or leave out what somebody wanted checked.
func fit(name string, c *contract.Contract, f *config.File) error {
	for _, part := range []func(string, *contract.Contract, *config.File) error{
		fitKeys, fitSchemes, fitScopes, fitFixtures, fitWrites, fitTrigger,
	} {
		if err := part(name, c, f); err != nil {
			return err
		}
	}
	return nil
}

func fitKeys(name string, _ *contract.Contract, f *config.File) error {
	for field, k := range settings(f.Credentials) {
		if k.Command != nil && len(k.Secrets()) == 0 {
			continue // it has not been asked: no request will be sent
		}
		if !slices.ContainsFunc(k.Secrets(), func(secret string) bool { return len(secret) >= shortestKey }) {
			return &config.Error{File: name, Field: field, Problem: fmt.Sprintf("is shorter than %d characters; "+
				"reports could not keep such a key out: give a longer one", shortestKey)}
		}
	}
	return nil
}

// shortKeys warns of keys that are accepted, and too short to be kept out of reports without damage to them.
func shortKeys(name string, keys credential.Set) []string {
	var out []string
	for field, secret := range secrets(keys) {
		if len(secret) >= shortestKey && len(secret) < redactedKeys {
			out = append(out, fmt.Sprintf("%s: %s: a key of fewer than %d characters is too short to be redacted safely: "+
				"ordinary text of an answer that equals it is redacted too", name, field, redactedKeys))
		}
	}
	return out
}

// settings are the keys by the name that the configuration gives their place.
func settings(keys credential.Set) func(yield func(string, credential.Key) bool) {
	return func(yield func(string, credential.Key) bool) {
		seen := map[credential.Purpose]int{}
		for _, k := range keys {
			field := k.Purpose.Setting()
			if n := seen[k.Purpose]; k.Purpose == credential.Scoped || len(keys.Of(k.Purpose)) > 1 {
				field += fmt.Sprintf("[%d]", n)
			}
			if k.Purpose == credential.Scoped {
				field += ".key"
			}
			seen[k.Purpose]++
			if !yield(field, k) {
				return
			}
		}
	}
}

// secrets are those of the keys, by the name that the configuration gives their place.
func secrets(keys credential.Set) func(yield func(field, secret string) bool) {
	return func(yield func(field, secret string) bool) {
		for field, k := range settings(keys) {
			if len(k.Parts) == 0 && !yield(field, k.Text()) {
				return
			}
			for _, p := range k.Parts {
				if !yield(field+"."+p.Scheme, p.Secret) {
					return
				}
			}
		}
	}
}

func fitSchemes(name string, c *contract.Contract, f *config.File) error {
	var known []string
	for _, s := range contract.SchemesOf(c) {
		known = append(known, s.ID)
	}
	for field, k := range settings(f.Credentials) {
		for _, p := range k.Parts {
			if !slices.Contains(known, p.Scheme) {
				return &config.Error{
					File: name, Field: field, Problem: unknownName("the contract has no security scheme", p.Scheme, known),
				}
			}
		}
	}
	return nil
}

func fitScopes(name string, c *contract.Contract, f *config.File) error {
	known := c.KnownScopes()
	for i, k := range f.Credentials.Of(credential.Scoped) {
		for n, scope := range k.Scopes {
			if !slices.Contains(known, scope) {
				return &config.Error{
					File: name, Field: fmt.Sprintf("%s[%d].scopes[%d]", credential.Scoped.Setting(), i, n),
					Problem: unknownName("the contract has no scope", scope, known),
				}
			}
		}
	}
	return nil
}

func fitFixtures(name string, c *contract.Contract, f *config.File) error {
	for _, key := range sortedKeys(f.Fixtures) {
		if problem := fixtureProblem(c, key); problem != "" {
			return &config.Error{File: name, Field: "fixtures." + key, Problem: problem}
		}
	}
	return nil
}

// fixtureProblem says why the name of a fixture, operationId.field, names nothing; empty: it does. Both parts may have
// dots in them.
func fixtureProblem(c *contract.Contract, key string) string {
	id, _, _ := strings.Cut(key, ".")
	problem := unknownName("the contract has no operation", id, operationIDs(c))
	for _, o := range c.Operations {
		field, ok := strings.CutPrefix(key, o.ID+".")
		if !ok {
			continue
		}
		fields := inputs(o)
		if slices.Contains(fields, field) {
			return ""
		}
		problem = unknownName(o.ID+" has no parameter or body field", field, fields)
	}
	return problem
}

func fitWrites(name string, c *contract.Contract, f *config.File) error {
	ids := operationIDs(c)
	for i, id := range f.Writes {
		if id != "all" && id != "none" && c.Operation(id) == nil {
			return &config.Error{
				File: name, Field: fmt.Sprintf("writes[%d]", i), Problem: unknownName("the contract has no operation", id, ids),
			}
		}
	}
	return nil
}

// methods are what a trigger may be sent by.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodOptions, http.MethodTrace,
}

func fitTrigger(name string, _ *contract.Contract, f *config.File) error {
	t := f.Triggers.ServerFault
	if t == nil || slices.Contains(methods, t.Method) {
		return nil
	}
	return &config.Error{
		File: name, Field: "triggers.server_fault.method", Problem: unknownName("HTTP has no method", t.Method, methods),
	}
}

// operationIDs are those of the contract.
func operationIDs(c *contract.Contract) []string {
	var out []string
	for _, o := range c.Operations {
		out = append(out, o.ID)
	}
	return out
}

// inputs are the names of what a fixture can stand for in an operation.
func inputs(o *contract.Operation) []string {
	var out []string
	for _, p := range o.Parameters {
		out = append(out, p.Name)
	}
	if o.Body != nil {
		for _, f := range o.Body.Fields {
			out = append(out, f.Name)
		}
	}
	return out
}
