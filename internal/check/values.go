package check

import (
	"conformance/internal/contract"
	"conformance/internal/generate"
)

// UnknownID is a well-formed id that no record has.
func UnknownID(t *T, p *contract.Parameter) string {
	known := ""
	if fields, err := t.Session.Control(t.Ctx, t.Operation()); err == nil {
		known = generate.Text(fields[p.Name])
	}
	return generate.Text(t.Session.UnknownID(p.Schema, known, t.Random))
}

// UnknownValue is the same for a field.
func UnknownValue(t *T, f *contract.Field) any {
	return t.Session.UnknownID(f.Schema, generate.Text(t.Operation().Body.Example[f.Name]), t.Random)
}
