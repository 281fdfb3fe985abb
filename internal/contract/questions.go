package contract

import (
	"net/http"
	"slices"
	"strings"
)

// What may be asked about an operation, a body or a field: which of its parts play the roles that checks turn on.

// Secured says that it asks for a key.
func (o *Operation) Secured() bool { return o.Security != nil && !o.KeyOptional }

// LooksAtKeys says that it refuses a key that is none: also where it needs none, if it writes out a 401.
func LooksAtKeys(o *Operation) bool {
	_, said := o.Situations[InvalidKey]
	return o.Secured() || o.Security != nil && (said || o.Responses[http.StatusUnauthorized] != nil)
}

// NeededBy are those of the schemes without which the rest of them is none of the operation's ways.
func (t Together) NeededBy(o *Operation) []*Scheme {
	return slices.DeleteFunc(slices.Clone(t), func(s *Scheme) bool {
		return slices.ContainsFunc(o.Keys, t.without(s).covers)
	})
}

// Scoped says that it asks for a key with certain scopes.
func (o *Operation) Scoped() bool { return len(o.RequiredScopes) > 0 && o.Security != nil }

// HasBody says that it takes a body with members.
func (o *Operation) HasBody() bool { return o.Body != nil && o.Body.Example != nil }

// TakesJSON says that it takes a JSON body with members.
func TakesJSON(o *Operation) bool { return o.HasBody() && o.Body.Form == nil }

// TakesAnyJSON says that it takes a JSON body, with members or not.
func TakesAnyJSON(o *Operation) bool {
	return o.Body != nil && o.Body.Form == nil && (o.Body.Example != nil || o.Body.Whole != nil)
}

// HasID says that its address names a record.
func (o *Operation) HasID() bool { return len(o.Identifiers()) > 0 }

// Any holds for every operation.
func (*Operation) Any() bool {
	return true
}

// StatusField is the body field that carries the operation's status change, or nil.
func (o *Operation) StatusField() *Field {
	if o.Body == nil {
		return nil
	}
	for _, f := range o.Body.Fields {
		if f.Transitions != nil {
			return f
		}
	}
	return nil
}

// 409: the value is taken.

// HasUnique says that a body field must be unique.
func (o *Operation) HasUnique() bool { return o.UniqueField() != nil }

// CreatesUnique says that it makes a record with a unique value.
func (o *Operation) CreatesUnique() bool {
	return o.HasUnique() && !o.HasID()
}

// UpdatesUnique says that it changes a record with a unique value.
func UpdatesUnique(o *Operation) bool { return o.HasUnique() && o.HasID() }

// UniqueField is the body field whose value must be unique, of those that the example shows; nil: none.
func (o *Operation) UniqueField() *Field {
	if o.Body == nil {
		return nil
	}
	for _, f := range o.Body.Fields {
		if _, shown := o.Body.Example[f.Name].(string); shown && f.Unique != nil {
			return f
		}
	}
	return nil
}

// LastIdentifier is the identifier of the record that the operation acts on. There must be one.
func (o *Operation) LastIdentifier() *Parameter {
	ids := o.Identifiers()
	return ids[len(ids)-1]
}

// Optional are the fields of the example that need not be sent.
func (b *Body) Optional() []string {
	var out []string
	for _, f := range b.Fields {
		if _, shown := b.Example[f.Name]; shown && !f.Required {
			out = append(out, f.Name)
		}
	}
	return out
}

// SelectsByID says that an identifier in the query distinguishes the path key's operations from others on the URL: then
// it is a selector too, and a server may name in Allow the methods that it knows under it.
func (p *Path) SelectsByID() bool {
	return slices.ContainsFunc(p.Operations, func(o *Operation) bool {
		return slices.ContainsFunc(o.Identifiers(), func(id *Parameter) bool { return id.In == "query" })
	})
}

// Limited says that a rate limit applies.
func (o *Operation) Limited() bool { return o.Tier != "" && o.Security != nil }

// PagingParameter is the input that plays a role in paging; nil: there is none.
func PagingParameter(o *Operation, p *Pagination, name func(*Pagination) string) *Parameter {
	if p == nil {
		return nil
	}
	for _, candidate := range o.Inputs() {
		if candidate.Name == name(p) {
			return candidate
		}
	}
	return nil
}

// NestedSource says that the reference points into the very record that the request addresses, as a line of an order.
func (o *Operation) NestedSource(r *Reference) bool {
	return r.Source.Reads() && len(r.Source.Identifiers()) > 0 && len(o.Identifiers()) > 0
}

// PartField is the body field that refers into the record which the operation addresses, as a line of an order; or nil.
func (o *Operation) PartField() *Field {
	if o.Body == nil {
		return nil
	}
	for _, f := range o.Body.Fields {
		if r := f.Reference; r != nil && r.Unknown != "" && o.NestedSource(r) {
			return f
		}
	}
	return nil
}

// Label is the text field in which the suite marks its records: the first plain one with room for a sentence, required
// ones first.
func (b *Body) Label() *Field {
	if b == nil {
		return nil
	}
	names := slices.Clone(b.Schema.Required)
	for _, f := range b.Fields {
		names = append(names, f.Name)
	}
	for _, name := range names {
		if f := b.Field(name); f != nil && f.PlainText() && f.SpareLength() >= 100 {
			if text, shown := b.Example[name].(string); shown && !strings.ContainsAny(text, "@:/") {
				return f // an address stays one
			}
		}
	}
	return nil
}

// PlainText says that any text will do.
func (f *Field) PlainText() bool {
	s := f.Schema
	return s.Type.Is("string") && len(s.Enum) == 0 && s.Pattern == "" && s.Format == "" && f.Unique == nil &&
		f.Reference == nil
}

// SpareLength is how many characters the field may hold; 1000 where nothing bounds it.
func (f *Field) SpareLength() uint64 {
	if f.Schema.MaxLength == nil {
		return 1000
	}
	return *f.Schema.MaxLength
}

// Impliers are the other scopes that include this one.
func (s *Scheme) Impliers(scope string) []string {
	var out []string
	for from := range s.Implied {
		if from != scope && s.Grants([]string{from}, scope) {
			out = append(out, from)
		}
	}
	return out
}

// Sufficient says that a key with these scopes may call the operation.
func (o *Operation) Sufficient(scopes []string) bool {
	return !slices.ContainsFunc(o.RequiredScopes, func(required string) bool {
		return !o.Security.Grants(scopes, required)
	})
}

// Lacks says the opposite.
func (o *Operation) Lacks(scopes []string) bool { return !o.Sufficient(scopes) }

// Names says that each scope which the operation requires is one of these, not only implied by them.
func (o *Operation) Names(scopes []string) bool {
	return !slices.ContainsFunc(o.RequiredScopes, func(required string) bool {
		return !slices.Contains(scopes, required)
	})
}

// EachReference calls f for every reference of the operation: identifiers first, then body fields.
func (o *Operation) EachReference(f func(name string, r *Reference) error) error {
	for _, p := range o.Parameters {
		if p.Reference != nil && p.Required {
			if err := f(p.Name, p.Reference); err != nil {
				return err
			}
		}
	}
	if o.Body == nil {
		return nil
	}
	for _, field := range o.Body.Fields {
		_, shown := o.Body.Example[field.Name]
		if field.Reference != nil && (field.Required || shown) {
			if err := f(field.Name, field.Reference); err != nil {
				return err
			}
		}
	}
	return nil
}

// Moves says that a body field must name another record than the one that the address leads to now.
func Moves(o *Operation) bool {
	return o.Body != nil &&
		slices.ContainsFunc(o.Body.Fields, func(f *Field) bool { return f.Reference != nil && f.Reference.Distinct })
}

// 400: the record cannot go from where it is to where it is sent.

// ChangesStatus says that it moves the status of a record.
func (o *Operation) ChangesStatus() bool { return o.StatusField() != nil && o.HasID() }

// CanForbid says that the operation changes a status, and not every change is legal.
func CanForbid(o *Operation) bool {
	if !o.ChangesStatus() {
		return false
	}
	tr := o.StatusField().Transitions
	return slices.ContainsFunc(tr.Statuses, func(to string) bool { return to != tr.Initial && !tr.Legal(tr.Initial, to) })
}

// Secured is the first operation that asks for a key; nil: none does.
func (c *Contract) Secured() *Operation {
	if i := slices.IndexFunc(c.Operations, (*Operation).Secured); i >= 0 {
		return c.Operations[i]
	}
	return nil
}

// SchemesOf are those by which some operation takes a key, in document order.
func SchemesOf(c *Contract) []*Scheme {
	var all []*Scheme
	for _, o := range c.Operations {
		for _, way := range o.Keys {
			for _, s := range way {
				if !slices.Contains(all, s) {
					all = append(all, s)
				}
			}
		}
	}
	return all
}

// ForeignMediaTypes are media types of bodies that the document does not name. Browsers send the first two to any site
// without asking it; servers that do not look at the media type take what a page of somebody else's makes of them.
func (b *Body) ForeignMediaTypes() []string {
	return slices.DeleteFunc([]string{"text/plain", "application/x-www-form-urlencoded", "application/xml"},
		func(foreign string) bool {
			kind, _, _ := strings.Cut(foreign, "/")
			return slices.ContainsFunc(b.Documented, func(documented string) bool {
				base, _, _ := strings.Cut(strings.ToLower(documented), ";")
				base = strings.TrimSpace(base)
				return base == foreign || base == "*/*" || base == kind+"/*" ||
					foreign == "application/xml" && strings.HasSuffix(base, "xml")
			})
		})
}

// RefusesMediaTypes says that the document says that bodies of other media types are refused.
func RefusesMediaTypes(c *Contract, o *Operation) bool {
	if o.Body == nil || len(o.Body.ForeignMediaTypes()) == 0 {
		return false
	}
	s, known := c.SituationOf(o, ForeignMediaType)
	return known && s.Layer == Stated
}
