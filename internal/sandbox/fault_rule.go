package sandbox

import (
	"encoding/json"
	"slices"

	"conformance/internal/contract"
)

// The helpers here make a change of the rules from a predicate and from what is different where it holds.

// of is the predicate of the refusals in some situations; none named: all.
func of(ids ...contract.SituationID) func(*call, *refusal) bool {
	return func(_ *call, r *refusal) bool { return len(ids) == 0 || slices.Contains(ids, r.situation) }
}

// changeRefusal changes the answers to refusals.
func changeRefusal(when func(*call, *refusal) bool, how func(*call, *refusal, *answer)) func(*rules) {
	return func(b *rules) {
		correct := b.refuse
		b.refuse = func(c *call, r *refusal) *answer {
			a := correct(c, r)
			if when(c, r) {
				how(c, r, a)
			}
			return a
		}
	}
}

// replaceRefusal answers something else than a refusal; nil leaves it as it is.
func replaceRefusal(when func(*call, *refusal) bool, with func(*call, *refusal) *answer) func(*rules) {
	return func(b *rules) {
		correct := b.refuse
		b.refuse = func(c *call, r *refusal) *answer {
			if when(c, r) {
				if a := with(c, r); a != nil {
					return a
				}
			}
			return correct(c, r)
		}
	}
}

// as answers like another situation.
func as(id contract.SituationID) func(*call, *refusal) *answer {
	return func(c *call, r *refusal) *answer {
		return refuse(c, &refusal{situation: id, message: r.message})
	}
}

// crash answers like a server that failed over the request.
func crash(c *call, _ *refusal) *answer { return refuse(c, serverFault()) }

// empty answers with success and a value that is no record.
func empty(value any) func(*call, *refusal) *answer {
	return func(c *call, _ *refusal) *answer {
		if c.operation == nil || c.operation.success.Schema == nil {
			return nil
		}
		a := c.succeed(nil)
		if body, ok := a.body.(map[string]any); ok && c.operation.payload != "" {
			body[c.operation.payload] = value
			return a
		}
		if a.body = value; value == nil {
			a.body = json.RawMessage("null") // no value would be no body
		}
		return a
	}
}

// changeResponse changes complete answers, refusals and successes, after they are put into bytes.
func changeResponse(when func(*call, *answer) bool, how func(*call, *answer)) func(*rules) {
	return func(b *rules) {
		correct := b.render
		b.render = func(c *call, a *answer) *answer {
			a = correct(c, a)
			if when(c, a) {
				how(c, a)
			}
			return a
		}
	}
}

// refused is the predicate of the answers that refuse in some situations; none named: all.
func refused(ids ...contract.SituationID) func(*call, *answer) bool {
	return func(_ *call, a *answer) bool {
		return a.situation != "" && (len(ids) == 0 || slices.Contains(ids, a.situation))
	}
}

func everyAnswer(*call, *answer) bool   { return true }
func succeeded(_ *call, a *answer) bool { return a.situation == "" }

// changeEffect changes what becomes of a refused request.
func changeEffect(what effect, when func(*call, *refusal) bool) func(*rules) {
	return func(b *rules) {
		b.effect = func(c *call, r *refusal) effect {
			if when(c, r) {
				return what
			}
			return stop
		}
	}
}

// ignoreViolations lets violations of the schema pass.
func ignoreViolations(where func(*call) bool, which func(violation) bool) func(*rules) {
	return func(b *rules) {
		b.violated = func(c *call, v violation) bool { return !where(c) || !which(v) }
	}
}

// refuseValid refuses values that are valid.
func refuseValid(where func(*call) bool, which func(violation) bool) func(*rules) {
	return func(b *rules) {
		b.strict = func(c *call, v violation) bool { return where(c) && which(v) }
	}
}

// insertStep puts a step in front of another.
func insertStep(other string, judge stage) func(*rules) {
	return func(b *rules) {
		b.steps = before(append(slices.Clone(b.steps), step{"inserted", judge}), other, "inserted")
	}
}

// drop takes out the value that a pointer names.
func drop(object map[string]any, p contract.Pointer) any {
	tokens := p.Tokens()
	if len(tokens) == 0 {
		return nil
	}
	for _, token := range tokens[:len(tokens)-1] {
		next, ok := object[token].(map[string]any)
		if !ok {
			return nil
		}
		object = next
	}
	last := tokens[len(tokens)-1]
	value := object[last]
	delete(object, last)
	return value
}

// envelope is the body of a refusal that is still made of members.
func (a *answer) envelope() map[string]any {
	object, ok := a.body.(map[string]any)
	if !ok {
		return map[string]any{}
	}
	return object
}
