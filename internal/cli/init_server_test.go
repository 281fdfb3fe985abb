package cli

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"conformance/internal/setup"
)

// crates is a document as vendors write them, which says nothing of keys and shows no error body.
const crates = `
openapi: 3.0.3
info: {title: Crates, version: "1", description: INFO}
servers: [{url: "https://crates.example/v1"}]
paths:
  /crates:
    get:
      operationId: crates.list
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1}}]
      responses:
        "200": {description: All., content: {application/json: {schema: {type: object}}}}
        "400": {description: Wrong.}
    post:
      operationId: crates.make
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [what], properties: {what: {type: string}}}}}}
      responses:
        "201": {description: Made., content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}
  /crates/{id}:
    get:
      operationId: crates.read
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: It.}, "404": {description: None.}}
    delete:
      operationId: crates.drop
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: Gone.}}
  /locks/{lock}/state:
    get:
      operationId: locks.state
      parameters: [{name: lock, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: It.}}
  /health:
    get:
      operationId: health
      responses: {"200": {description: Well.}}
`

// swagger is the same API in the words of Swagger 2.0.
const swagger = `
swagger: "2.0"
info: {title: Crates, version: "1"}
host: crates.example
basePath: /v1
paths:
  /crates:
    get: {operationId: crates.list, responses: {"200": {description: All.}}}
`

// idsAlone has no list.
const idsAlone = `
openapi: 3.1.0
info: {title: Crates, version: "1"}
paths:
  /crates/{id}:
    get:
      operationId: read
      parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
      responses: {"200": {description: It.}}
`

// recorder notes every request that it lets through.
type recorder struct {
	mu   sync.Mutex
	seen []string
	next http.Handler
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	line := req.Method + " " + req.URL.RequestURI()
	if len(body) > 0 || req.ContentLength != 0 {
		line += " with a body"
	}
	r.seen = append(r.seen, line)
	r.mu.Unlock()
	r.next.ServeHTTP(w, req)
}

// crateServer answers below a base path as the document says, with keys as guard says: it returns a status, 0 for
// whoever may pass.
func crateServer(base string, guard func(w http.ResponseWriter, r *http.Request) int) http.Handler {
	refuse := func(w http.ResponseWriter, status int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"code":"e%d","message":"No."}}`, status)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, below := strings.CutPrefix(r.URL.Path, base)
		if !below {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("X-RateLimit-Limit", "100")
		w.Header().Set("X-RateLimit-Remaining", "99")
		w.Header().Set("X-RateLimit-Reset", "2000000000")
		if status := guard(w, r); status != 0 {
			refuse(w, status)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		switch path {
		case "/crates":
			if limit := r.FormValue("limit"); limit != "" && strings.Trim(limit, "0123456789") != "" {
				refuse(w, http.StatusBadRequest)
				return
			}
			fmt.Fprint(w, `{"total":2,"crates":[{"id":7,"what":"tea"},{"id":8,"what":"rum"}]}`)
		case "/crates/7", "/crates/8":
			fmt.Fprint(w, `{"id":7,"what":"tea"}`)
		case "/health":
			fmt.Fprint(w, `{"well":true}`)
		default:
			refuse(w, http.StatusNotFound)
		}
	})
}

func nobodyGuards(http.ResponseWriter, *http.Request) int { return 0 }

// bearer wants the token t0p-s3cret-token.
func bearer(w http.ResponseWriter, r *http.Request) int {
	if r.Header.Get("Authorization") == "Bearer "+secretKey {
		return 0
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="crates, and more", error="invalid_token"`)
	return http.StatusUnauthorized
}

func inHeader(name, prefix string) func(http.ResponseWriter, *http.Request) int {
	return func(_ http.ResponseWriter, r *http.Request) int {
		if r.Header.Get(name) == prefix+secretKey {
			return 0
		}
		return http.StatusForbidden
	}
}

const secretKey = "t0p-s3cret-token"

// safe wants reads alone, and no more than there may be.
func (r *recorder) safe(t *testing.T) {
	t.Helper()
	for _, line := range r.seen {
		if !strings.HasPrefix(line, "GET ") || strings.HasSuffix(line, "body") {
			t.Error(line)
		}
	}
	if len(r.seen) > setup.MaxRequests || len(r.seen) == 0 {
		t.Errorf("%d requests", len(r.seen))
	}
}
