package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"conformance/internal/contract"
)

// call is one request on its way through the stages. Each stage reads what earlier ones found and leaves what it finds.
type call struct {
	*Server
	writer         http.ResponseWriter
	request        *http.Request
	now            time.Time
	path           string // below the base path, as escaped in the request; empty outside of it
	query          url.Values
	malformedQuery bool // the query is not well-formed

	place                   // where the request goes, known before it is judged
	asked  *contract.Scheme // authenticate: of the several secrets that belong together, the one that is looked at
	key    *key             // authenticate
	quota  *quota           // limit
	named  []named          // identify, find: the records that the address names
	raw    []byte           // body as read
	rawErr error            // why it could not be read
	read   bool             // raw and rawErr are set
	body   map[string]any   // decode; nil: none was sent, or it is no object
	items  []map[string]any // decode: of a body that is a list; body is the first
	answer *answer          // apply
}

// named is a record that an identifier of the request names.
type named struct {
	*identifier
	id     string
	record *record
}

func newCall(s *Server, w http.ResponseWriter, r *http.Request) *call {
	c := &call{Server: s, writer: w, request: r, now: s.options.Now()}
	query, err := url.ParseQuery(r.URL.RawQuery)
	c.query, c.malformedQuery = query, err != nil
	path := r.URL.EscapedPath()
	if below, ok := strings.CutPrefix(path, s.options.BasePath); ok && strings.HasPrefix(below, "/") {
		c.path = below
		c.place = s.rules.locate(c)
	}
	return c
}

// company is the tenant on whose behalf the request is made. A public operation has none to choose by and acts for the
// first.
func (c *call) company() *company {
	if c.key != nil {
		return c.key.company
	}
	return c.ring.companies[0]
}

// subject is the record that the operation reads or changes; nil where it makes one or has none.
func (c *call) subject() *record {
	if c.operation.subject < 0 {
		return nil
	}
	return c.named[c.operation.subject].record
}

// tenant is the company whose records the request acts on: that of the records which its address names.
func (c *call) tenant() *company {
	for _, n := range c.named {
		if n.record != nil {
			return n.record.company
		}
	}
	return c.company()
}
