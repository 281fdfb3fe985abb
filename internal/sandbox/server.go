// Package sandbox owns a stateful HTTP server of any contract: it keeps records, keys and windows, and answers every
// request as the contract says. All that it knows of an API it reads from contract.Contract. It must not know the
// suite, the probe or any name of the API it happens to serve: it is what they are proved against.
//
// On request it breaks the contract in exactly one way (Options.Fault, Faults): a fault replaces one of the decisions
// that the stages of a request ask for (rules), and the stages know nothing of it.
package sandbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"conformance/internal/contract"
)

// Options say what the contract leaves open. The zero value is usable.
type Options struct {
	BasePath string           // in front of every path; empty: that of the document's first server; "/": none
	Limit    int              // requests per key and tier within Window; 0: 1000
	Window   time.Duration    // of the rate limit; 0: 10 s
	Delay    time.Duration    // before every answer, as of a distant server
	Now      func() time.Time // nil: time.Now
	Rand     io.Reader        // where keys come from; nil: crypto/rand
	// "METHOD /path" or "/path" below the base that always answers a server fault; empty: /conformance-server-fault
	Trigger    string
	Fault      string // name of the one fault that the server has (see Faults); empty: none
	MaxRecords int    // records of one type that a company keeps, the oldest go first; 0: 20,000
	// Undocumented: a valid key may also use the methods that the document does not mention, on records and collections.
	Undocumented bool
}

func (o Options) withDefaults(c *contract.Contract) (Options, error) {
	if o.BasePath == "" {
		base, err := c.Doc.Servers.BasePath()
		if err != nil {
			return o, fmt.Errorf("servers: the first url has no base path: %w", err)
		}
		o.BasePath = base
	}
	o.BasePath = strings.TrimRight(o.BasePath, "/")
	if o.Limit == 0 {
		o.Limit = 1000
	}
	if o.Window == 0 {
		o.Window = 10 * time.Second
	}
	if o.Limit < 1 || o.Window < 0 {
		return o, errors.New("sandbox: limit and window must be positive")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Trigger == "" {
		o.Trigger = faultPath
	}
	if o.MaxRecords <= 0 {
		o.MaxRecords = 20_000
	}
	return o, nil
}

// Server serves a contract. It is safe for concurrent use.
type Server struct {
	contract *contract.Contract
	options  Options
	model    *model
	store    *store
	ring     *keyring
	rules    rules
}

// New makes a server with two companies, their keys and their seeded records. The contract must not change afterwards:
// what is derived from it is shared by all servers of the same contract.
func New(c *contract.Contract, o Options) (*Server, error) {
	o, err := o.withDefaults(c)
	if err != nil {
		return nil, err
	}
	s := &Server{contract: c, options: o, model: modelOf(c), rules: correctRules()}
	if err := s.breakBy(o.Fault); err != nil {
		return nil, err
	}
	if o.Undocumented {
		undocumented(&s.rules)
	}
	s.store = newStore(o.MaxRecords)
	if s.ring, err = newKeyring(s.model, s.rules, o); err != nil {
		return nil, err
	}
	for _, company := range s.ring.companies {
		if err := s.seed(company); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// BasePath comes before every path of the contract; it is empty or starts with a slash.
func (s *Server) BasePath() string { return s.options.BasePath }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.options.Delay > 0 {
		time.Sleep(s.options.Delay)
	}
	c := newCall(s, w, r)
	defer func() {
		switch fault := recover(); fault {
		case nil:
		case http.ErrAbortHandler: // it is thrown as it is: the connection is to end
			panic(fault)
		default:
			c.write(s.rules.render(c, s.rules.refuse(c, serverFault())))
		}
	}()
	c.write(s.rules.render(c, c.judge()))
}
