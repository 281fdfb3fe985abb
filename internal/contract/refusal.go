package contract

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Some APIs answer a refusal with the status of a success, and a member of the body tells which it is. That is taken
// for right only where the document says it: a member that is always true in a success and always false in a refusal.

// Refused is a refusal with the status of a success.
type Refused struct {
	*Response
	Flag Pointer // the member that is false in it
}

// refused finds out whether the operation documents such answers: as an alternative of its success, or by default where
// no error status is written out.
func refused(l *load, o *Operation) *Refused {
	success := o.Success()
	if success == nil || success.Schema == nil {
		return nil
	}
	from := *success
	branches := slices.Concat(success.Schema.OneOf, success.Schema.AnyOf)
	for _, branch := range branches {
		name := constant(branch.Value, false)
		if name != "" && slices.ContainsFunc(branches, func(other *openapi3.SchemaRef) bool {
			return other.Value != nil && !always(other.Value, name, false)
		}) {
			from.Schema, from.Ref = branch.Value, refName(branch)
			return refusedBy(l, from, name)
		}
	}
	byDefault := o.Ranges[0]
	if byDefault == nil || byDefault.Schema == nil ||
		slices.ContainsFunc(slices.Collect(maps.Keys(o.Responses)), func(status int) bool { return status >= 400 }) {
		return nil
	}
	if name := constant(byDefault.Schema, false); name != "" && always(success.Schema, name, true) {
		from = *byDefault
		from.Status = success.Status
		return refusedBy(l, from, name)
	}
	return nil
}

func refusedBy(l *load, r Response, flag string) *Refused {
	at := Pointer("/" + Escape(flag))
	r.Envelope = l.envelope(r.Schema)
	r.Envelope.Flag = at
	r.Codes = codesOf(&r)
	return &Refused{Response: &r, Flag: at}
}

// constant is the first member, by name, that has that value and no other.
func constant(s *openapi3.Schema, value bool) string {
	if s == nil {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(properties(s))) {
		if always(s, name, value) {
			return name
		}
	}
	return ""
}

func always(s *openapi3.Schema, member string, value bool) bool {
	ref := properties(s)[member]
	if ref == nil || ref.Value == nil {
		return false
	}
	return ref.Value.Const == any(value) || len(ref.Value.Enum) == 1 && ref.Value.Enum[0] == any(value)
}

// In says that a body is the refusal rather than the success.
func (r *Refused) In(body any) bool {
	flag, there := r.Flag.Get(body)
	return there && flag == false
}
