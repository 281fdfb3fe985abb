package suite_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net"
	"regexp"
	"slices"
	"strings"
)

// indScopes are the twelve scopes of the brief, in its order.
var indScopes = []string{
	"jobs:read", "jobs:write", "customers:read", "customers:write",
	"assets:read", "assets:write", "assets:transfer", "assets:meter", "assets:service",
	"inventory:read", "inventory:write", "inventory:transfer",
}

// indKey is one API key as the server keeps it.
type indKey struct {
	text    string
	company string
	scopes  []string
	revoked bool
	allowed []string // source addresses; empty allows every one
}

// independentKeys are the keys that a tester is handed.
type independentKeys struct {
	full     []string
	revoked  string
	ipDenied string
	other    string
	flood    string
	scoped   []struct {
		key    string
		scopes []string
	}
}

// keys hands out the keys of this server.
func (s *independent) keys() independentKeys { return s.issued }

// issue makes a key that nobody can guess, since a guessable one would hide a server that guesses.
func (s *independent) issue(company string, scopes []string) *indKey {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		panic(err)
	}
	text := "fsm_live_" + hex.EncodeToString(random)
	if s.secret != nil {
		text = s.secret(text)
	}
	k := &indKey{text: text, company: company, scopes: slices.Clone(scopes)}
	s.keyring[k.text] = k
	return k
}

// issueKeys makes every key once, when the server is built.
func (s *independent) issueKeys() {
	for range 4 {
		s.issued.full = append(s.issued.full, s.issue("A", indScopes).text)
	}
	revoked := s.issue("A", indScopes)
	revoked.revoked = true
	denied := s.issue("A", indScopes)
	denied.allowed = []string{"198.51.100.7"}
	s.issued.revoked, s.issued.ipDenied = revoked.text, denied.text
	s.issued.other = s.issue("B", indScopes).text
	s.issued.flood = s.issue("A", indScopes).text
	for _, scopes := range indScopeSets() {
		key := s.issue("A", scopes)
		s.issued.scoped = append(s.issued.scoped, struct {
			key    string
			scopes []string
		}{key.text, key.scopes})
	}
}

// indScopeSets are a reader, a writer and, for every scope, a key without just it and one with only it.
// Without inventory:read means without inventory:write too, which would grant it by implication.
func indScopeSets() [][]string {
	without := func(drop func(string) bool) []string {
		return slices.DeleteFunc(slices.Clone(indScopes), drop)
	}
	isRead := func(scope string) bool { return strings.HasSuffix(scope, ":read") }
	sets := [][]string{
		without(func(scope string) bool { return !isRead(scope) }),
		without(isRead),
	}
	for _, one := range indScopes {
		sets = append(sets, without(func(scope string) bool {
			return scope == one || one == "inventory:read" && scope == "inventory:write"
		}))
	}
	for _, one := range indScopes {
		sets = append(sets, []string{one})
	}
	return sets
}

// authenticate finds the key's owner. Only the header X-API-Key counts.
func (s *independent) authenticate(c *indCall) *indProblem {
	values := c.r.Header.Values("X-Api-Key")
	sent := strings.Join(values, ", ")
	if sent == "" {
		sent = s.strayKey(c)
	}
	if sent == "" {
		if c.op != nil && c.op.id == "getAsset" && s.broken("no-auth-on-get-asset") {
			c.key = &indKey{company: "A", scopes: indScopes}
			return nil
		}
		if len(values) > 0 && s.broken("empty-key-500") {
			return indRefuse("server-fault", "", "Something went wrong.")
		}
		return indRefuse("missing-key", "", "An API key is needed in the header X-API-Key.")
	}
	key := s.lookUp(sent)
	if key == nil {
		if !indKeyForm.MatchString(sent) && s.broken("malformed-key-400") {
			return indRefuse("invalid-field", "X-API-Key", "The API key is not well formed.")
		}
		return indRefuse("invalid-key", "", "The API key is not valid.")
	}
	c.key = key
	reads := c.method == "GET"
	if key.revoked && !s.broken("revoked-key-works") && !(reads && s.broken("revoked-key-reads")) {
		return indRefuse("revoked-key", "", "The API key is not valid.")
	}
	return nil
}

// indKeyForm is what every issued key looks like.
var indKeyForm = regexp.MustCompile(`^fsm_(live|test)_[0-9a-f]{32}$`)

// lookUp compares whole keys; the faults compare less.
func (s *independent) lookUp(sent string) *indKey {
	if key := s.keyring[sent]; key != nil {
		return key
	}
	if indKeyForm.MatchString(sent) && s.broken("unknown-key-works") {
		return &indKey{text: sent, company: "A", scopes: indScopes}
	}
	for text, key := range s.keyring {
		switch {
		case len(sent) > 12 && strings.HasPrefix(text, sent) && s.broken("prefix-key-match"):
			return key
		case strings.HasPrefix(sent, text) && s.broken("extended-key-accepted"):
			return key
		case strings.EqualFold(sent, text) && s.broken("key-compared-without-case"):
			return key
		}
	}
	return nil
}

// strayKey finds a key where none may be; only a faulty server looks there.
func (s *independent) strayKey(c *indCall) string {
	good := func(text string) string {
		if s.keyring[text] != nil {
			return text
		}
		return ""
	}
	switch {
	case s.broken("key-accepted-in-query"):
		for _, values := range c.query {
			if key := good(values[0]); key != "" {
				return key
			}
		}
	case s.broken("key-accepted-as-bearer"):
		return good(strings.TrimPrefix(c.r.Header.Get("Authorization"), "Bearer "))
	case s.broken("key-accepted-in-body"):
		var body map[string]any
		_ = json.Unmarshal(c.raw, &body)
		for _, value := range body {
			if text, ok := value.(string); ok && good(text) != "" {
				return text
			}
		}
	}
	return ""
}

// admitAddress holds the caller's address against the key's allow-list. It trusts the connection only, since
// a forwarding header is whatever the caller writes.
func (s *independent) admitAddress(c *indCall) *indProblem {
	if len(c.key.allowed) == 0 || s.broken("ip-allow-list-ignored") {
		return nil
	}
	if c.method != "GET" && s.broken("ip-allow-list-ignored-on-writes") {
		return nil
	}
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err == nil && slices.Contains(c.key.allowed, host) {
		return nil
	}
	return indRefuse("denied-ip", "", "The API key may not be used from this address.")
}

// authorise asks for the operation's scope. A request that no operation takes needs none.
func (s *independent) authorise(c *indCall) *indProblem {
	if c.op == nil || c.op.scope == "" || s.grants(c.key, c.op.scope) {
		return nil
	}
	return indRefuse("missing-scope", "", "The API key lacks the scope "+c.op.scope+".")
}

// grants knows the one implication of the brief, inventory:write for inventory:read.
func (s *independent) grants(key *indKey, scope string) bool {
	has := func(one string) bool { return slices.Contains(key.scopes, one) }
	resource, action, _ := strings.Cut(scope, ":")
	switch {
	case has(scope):
		return true
	case scope == "inventory:read" && has("inventory:write"):
		return !s.broken("implied-scope-not-honoured")
	case scope == "inventory:read" && has("inventory:transfer"):
		return s.broken("inventory-transfer-implies-read")
	case scope == "inventory:transfer" && has("inventory:write"):
		return s.broken("inventory-write-implies-transfer")
	case action == "write" && has(resource+":read") && s.broken("read-implies-write"):
		return true
	case action == "read" && has(resource+":write") && s.broken("write-implies-read"):
		return true
	}
	return false
}
