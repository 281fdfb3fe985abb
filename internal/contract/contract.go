// Package contract owns the reading of an OpenAPI document with the vocabulary of docs/contract.md: it turns the
// document into a typed model and refuses one whose parts do not fit together. It knows nothing of HTTP exchanges,
// checks or servers.
package contract

import (
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/result"
)

// Contract is a loaded and checked document.
type Contract struct {
	Title      string
	Version    string
	SHA256     string // of the document's bytes, hex; of several files that of the list of them
	Files      []result.File
	Operations []*Operation
	Paths      []*Path                   // by path key, sorted
	Situations map[SituationID]Situation // that the root lists; SituationOf has those that it leaves unsaid too
	Documents  map[string]Document       // that situations cite, by short name
	Envelope   Envelope
	RateLimit  *RateLimit  // nil: the API has no documented limits
	Pagination *Pagination // nil: lists come whole
	// Assumed are the root's conventions that the vendor did not document: name to sentence.
	Assumed map[string]string
	// MethodsComplete: the document names every method that a path serves. Without it, an unnamed one may do anything.
	MethodsComplete bool
	// Codes is every machine code that some error response may carry, sorted.
	Codes []string
	// Scopes is every scope that some operation requires, sorted.
	Scopes []string
	// Gaps are what is missing or broken in the document, and what therefore cannot be judged.
	Gaps []Problem
	Doc  *openapi3.T

	byID     map[string]*Operation
	readers  map[IDSource][]*Operation
	inferred bool // the situations that the root does not list are those of HTTP
}

// Operation returns the operation of that id, or nil.
func (c *Contract) Operation(id string) *Operation { return c.byID[id] }

// Path is one path key: an address and the operations on it.
type Path struct {
	Key        string // as in the document: /assets#transfer
	URL        string // what is sent, below the base path: /assets
	Selectors  []*Parameter
	Operations []*Operation // sorted by method
	Assumed    bool
	NotJudged  string // why no check may come near it; empty: checks may
	Pointer    string // JSON pointer of the path item: #/paths/~1assets#transfer

	situations map[SituationID]Situation // that stand at the path item
}

// Operation is one operation of the API.
type Operation struct {
	ID             string
	Method         string
	Path           *Path
	Parameters     []*Parameter
	Body           *Body                     // nil: the operation takes none
	Responses      map[int]*Response         // by status
	Ranges         map[int]*Response         // by the first digit of 4XX; 0: default
	Refused        *Refused                  // how refusals look that have the status of a success; nil: none have
	Situations     map[SituationID]Situation // of its own or its path's; they take the place of the root's
	RequiredScopes []string
	Tier           string  // rate-limit bucket; empty: none is said
	Security       *Scheme // the first one of the first of Keys; nil: public
	Keys           []Together
	KeyOptional    bool // a request without a key is as good as one with it
	Assumed        bool
	NotJudged      string // why no check may come near it: its own reason or its path's; empty: checks may
	Pointer        string // #/paths/~1jobs/get

	byRole map[Role][]*Parameter // once the model is whole
	yields bool                  // a write from whose answer ids of records are taken
}

// Creates says that success makes a record: the operation documents 201 and no lesser success, or it is a write from
// whose answer ids are taken. Some APIs answer a create with 200.
func (o *Operation) Creates() bool {
	success := o.Success()
	return success != nil && success.Status == http.StatusCreated || o.yields
}

// Reads says that the operation is safe (RFC 9110, 9.2.1).
func (o *Operation) Reads() bool { return o.Method == http.MethodGet || o.Method == http.MethodHead }

// Identifiers are the parameters that name the record the operation acts on, in document order. The list is shared.
func (o *Operation) Identifiers() []*Parameter { return withRole(o, Identifier) }

// Selectors are the parameters that choose this operation among those on its URL and method.
func (o *Operation) Selectors() []*Parameter { return withRole(o, Selector) }

// Inputs are the parameters that are neither selector nor identifier.
func (o *Operation) Inputs() []*Parameter { return withRole(o, Input) }

func withRole(o *Operation, r Role) []*Parameter {
	if ps, known := o.byRole[r]; known {
		return ps
	}
	var ps []*Parameter
	for _, p := range o.Parameters {
		if p.Role == r {
			ps = append(ps, p)
		}
	}
	return slices.Clip(ps)
}

// settle remembers the parameters of each role, which do not change any more: they are asked for at every request.
func settle(o *Operation) {
	roles := map[Role][]*Parameter{}
	for _, r := range []Role{Input, Selector, Identifier} {
		roles[r] = withRole(o, r)
	}
	o.byRole = roles
}

// Success is the documented success answer with the lowest status.
func (o *Operation) Success() *Response {
	var best *Response
	for _, r := range o.Responses {
		if r.Status/100 == 2 && (best == nil || r.Status < best.Status) {
			best = r
		}
	}
	if best == nil {
		return o.Ranges[2]
	}
	return best
}

// SuccessOf is what the operation documents for a success of that status, or nil.
func SuccessOf(o *Operation, status int) *Response {
	if r := o.Responses[status]; r != nil {
		return r
	}
	return o.Ranges[2]
}

// Role says what a parameter is for.
type Role int

// Roles of a parameter.
const (
	Input Role = iota
	Selector
	Identifier
)

// Parameter is a query, path, header or cookie parameter.
type Parameter struct {
	Name      string
	In        string // query, path, header, cookie
	Required  bool
	Role      Role
	Value     string // of a selector
	Schema    *openapi3.Schema
	Reference *Reference // of an identifier
	Assumed   bool
	Pointer   string
	Valid     any // a value that its schema accepts, of one that must be sent and names no record; nil: none is known

	value string // keyword x-value: a valid one
}

// Body is a JSON request body, or a form.
type Body struct {
	MediaType  string
	Documented []string // all media types, sorted
	Required   bool
	List       bool // the body is a list, and all else here is about its one item
	// Form is the media type with its encoding where the body is a form (URL-encoded or multipart); nil: it is JSON.
	Form   *openapi3.MediaType
	Schema *openapi3.Schema
	// Ref is the name of the component schema, if the schema is one.
	Ref     string
	Example map[string]any // JSON values; numbers are float64 or json.Number
	Whole   any            // of a body that is neither an object nor a list of objects: a valid one
	Fields  []*Field       // top-level properties, sorted by name
	Pointer string
}

// Field finds a top-level property by name, or nil.
func (b *Body) Field(name string) *Field {
	i := slices.IndexFunc(b.Fields, func(f *Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return b.Fields[i]
}

// Field is a property of a request body.
type Field struct {
	Name        string
	Schema      *openapi3.Schema
	Required    bool
	Reference   *Reference
	Transitions *Transitions
	Unique      *Unique
	Assumed     bool
	Pointer     string
}

// Reference says that a value is the id of a record and where one comes from (keyword x-reference).
type Reference struct {
	From     string  // operationId
	At       Pointer // into its success answer
	Unknown  SituationID
	Distinct bool
	Keep     bool   // not an id: a value that the record has, which a valid request repeats
	After    string // operationId, or empty
	Value    string // of a record that is there (keyword x-value); empty: it comes from Source
	Source   *Operation
}

// Unique says that no two records of one company share the value (keyword x-unique).
type Unique struct {
	IgnoreCase bool
	Assumed    bool // that case is ignored
}

// Transitions are the legal changes of a status (keyword x-transitions).
type Transitions struct {
	Initial  string // what a new record starts from
	Statuses []string
	To       map[string][]string
	assumed  map[string]bool
}

// Legal says whether a record may go from one status to the other.
func (t *Transitions) Legal(from, to string) bool { return slices.Contains(t.To[from], to) }

// Assumed says that the changes from that status are chosen here, not documented.
func (t *Transitions) Assumed(from string) bool { return t.assumed[from] }

// Response is a documented answer.
type Response struct {
	Status    int      // 0: of a range or of default
	MediaType string   // JSON's; empty: no JSON is documented
	Others    []string // documented media types that are not JSON's, sorted
	Schema    *openapi3.Schema
	Envelope  Envelope // of an error: the root's, else what its schema shows
	// Ref is the name of the component schema, if the schema is one.
	Ref     string
	Headers []*Header
	// Codes are the machine codes that an error answer may carry, by the enum at the envelope's code. Empty: any.
	Codes   []string
	Assumed bool
	Pointer string
}

// Header is a documented response header.
type Header struct {
	Name     string
	Required bool
	Schema   *openapi3.Schema
}

// Envelope says where an error body keeps what (keyword x-error-envelope).
type Envelope struct {
	Code    Pointer // empty: the API has no machine codes
	Message Pointer // empty: none is known
	Flag    Pointer // a boolean that is false in every error; empty: there is none
}

// RateLimit says where the limiter speaks (keyword x-rate-limit).
type RateLimit struct {
	Limit, Remaining, Reset string // header names
	RetryAfter              Pointer
	Exempt                  []SituationID
}

// Pagination says how a list is paged (keyword x-pagination).
type Pagination struct {
	Page, Size   string // query parameters
	Total, Pages Pointer
}

// Path returns the statuses that a new record goes through to reach the status, itself last; empty for the initial one,
// nil where no legal steps lead there.
func (t *Transitions) Path(to string) []string { return t.Steps(t.Initial, to) }

// Steps returns the shortest legal way from one status to another, without the first; nil where there is none.
func (t *Transitions) Steps(from, to string) []string {
	type way struct {
		at    string
		steps []string
	}
	seen, queue := map[string]bool{from: true}, []way{{from, []string{}}}
	for len(queue) > 0 {
		w := queue[0]
		queue = queue[1:]
		if w.at == to {
			return w.steps
		}
		for _, next := range t.To[w.at] {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, way{next, append(slices.Clone(w.steps), next)})
			}
		}
	}
	return nil
}
