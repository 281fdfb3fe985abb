package sandbox

import (
	"net"

	"conformance/internal/contract"
)

// rules are the single decisions that stages ask for. A correct server decides as correctRules does. A fault replaces
// one of them and leaves the rest, so that it breaks one promise of the contract and no other.
type rules struct {
	steps      []step                                          // what judges a request, in order
	effect     func(*call, *refusal) effect                    // what a refusal does to the request
	locate     func(*call) place                               // where the request goes
	way        func(*call) contract.Together                   // how it shows who calls; nil: it need not
	credential func(*call) string                              // the key as the request presents it, or empty
	known      func(*call, string) *key                        // the key of that text, or nil
	revoked    func(*call, *key) bool                          // the key was revoked
	listed     func(*call, *key) bool                          // the request's address is on the key's allow-list
	allowance  func(tier string, limit int) int                // requests that a window serves, of those announced
	window     func(*call, *key) *window                       // the window that the request counts in
	admit      func(*call, *window) quota                      // counts the request, unless the window is full
	granted    func(*call, string) bool                        // the key has that scope
	identifier func(*call, *identifier, string) (string, bool) // the id that a text spells
	owned      func(*call, *record) bool                       // the record is the caller's
	object     func([]byte) (map[string]any, error)            // the object that a body spells
	violated   func(*call, violation) bool                     // the violation counts
	strict     func(*call, violation) bool                     // a valid value is refused; nil: never
	refers     func(*call, *field, any) bool                   // the value is the id of a record as the field needs it
	taken      func(*call, *field, string) bool                // another record has that unique value
	legal      func(*call, *field, string, string) bool        // the record may go from one status to the other
	refuse     func(*call, *refusal) *answer                   // the answer to a refusal
	visible    func(*call) []*record                           // the records that a list chooses from
	commit     func(*call) *answer                             // what an accepted request does
	render     func(*call, *answer) *answer                    // how an answer is put into bytes and headers
	listen     func(net.Listener) net.Listener                 // what connections go through; nil: nothing
}

func correctRules() rules {
	return rules{
		steps:      pipeline(),
		effect:     func(*call, *refusal) effect { return stop },
		locate:     func(c *call) place { return c.model.locate(c.path, c.request.Method, c.query) },
		way:        wayOf,
		credential: presented,
		known:      known,
		revoked:    func(_ *call, k *key) bool { return k.revoked },
		listed:     listed,
		allowance:  func(_ string, limit int) int { return limit },
		window:     windowOf,
		admit:      admit,
		granted:    func(c *call, scope string) bool { return c.key.granted[scope] },
		identifier: spell,
		owned:      func(c *call, r *record) bool { return r.company == c.company() },
		object:     object,
		violated:   func(*call, violation) bool { return true },
		refers:     refers,
		taken:      taken,
		legal:      func(_ *call, f *field, from, to string) bool { return from == to || f.Transitions.Legal(from, to) },
		refuse:     refuse,
		visible:    visible,
		commit:     commit,
		render:     render,
	}
}
