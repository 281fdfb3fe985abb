package sandbox

import (
	"slices"

	"conformance/internal/contract"
)

// link resolves the references of an operation.
func (m *model) link(op *operation) {
	declared := m.contract.Doc.Paths.Value(op.Path.Key)
	parameters := slices.Concat(declared.Parameters, declared.GetOperation(op.Method).Parameters)
	for i, p := range op.Parameters {
		switch p.Role {
		case contract.Identifier:
			op.identifiers = append(op.identifiers, &identifier{p, parameters[i].Value, m.target(p.Reference)})
		case contract.Input:
			op.inputs = append(op.inputs, parameters[i].Value)
		}
	}
	if op.Body != nil {
		for _, f := range op.Body.Fields {
			op.fields = append(op.fields, &field{f, m.target(f.Reference)})
		}
	}
	for i, id := range op.identifiers {
		if t := id.target; t != nil && t.property == t.kind.id && id.Schema.Format == "uuid" {
			t.kind.uuid = true
		}
		if id.target != nil && (op.kind == nil || id.target.kind == op.kind) && !op.list {
			op.subject = i
		}
	}
	if op.kind == nil || op.list {
		return
	}
	if op.Creates() && (op.subject < 0 || op.Method == "POST") || op.subject < 0 && op.Method == "POST" && m.yieldsID(op) {
		op.creates, op.subject = true, -1
	}
}

// yieldsID says that the ids of records come from what the operation answers: it makes them, whatever its status is.
func (m *model) yieldsID(op *operation) bool {
	return slices.ContainsFunc(references(m.contract), func(r *contract.Reference) bool {
		t := m.target(r)
		return r.From == op.ID && t != nil && t.kind == op.kind && t.property == op.kind.id && len(t.nested) == 0
	})
}

// relate adds to the record types what the operations on them declare about their properties.
func (m *model) relate(op *operation) {
	for _, f := range op.fields {
		if f.target != nil && len(f.target.nested) > 0 {
			f.target.kind.nested = append(f.target.kind.nested, f.target.nested)
		}
	}
	kind := op.kind
	if op.subject >= 0 {
		kind = op.identifiers[op.subject].target.kind
	}
	if kind == nil {
		return
	}
	for _, f := range op.fields {
		if f.Transitions != nil {
			kind.initial[f.Name] = f.Transitions.Initial
		}
		if f.target != nil && len(f.target.nested) == 0 && kind.properties[f.Name] != nil {
			kind.targets[f.Name] = f.target
		}
	}
	if !op.creates {
		return
	}
	for _, id := range op.identifiers {
		if id.target != nil && !slices.Contains(kind.parents, id.target.kind) {
			kind.parents = append(kind.parents, id.target.kind)
		}
	}
}
