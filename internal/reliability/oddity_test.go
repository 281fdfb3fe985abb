package reliability

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/result"
	"conformance/internal/sandbox"
)

// firstBig is where the ids of a server with big ids begin: floating-point numbers cannot tell them apart.
const firstBig = 1 << 60

var (
	idMember  = regexp.MustCompile(`"id": ?(\d+)`)
	idAddress = regexp.MustCompile(`^/api/notes/(\d{1,19})$`)
)

// oddity changes what a server is asked and what it answers.
type oddity struct {
	contract func(string) string
	request  func(*http.Request)
	answer   func(*http.Request, *httptest.ResponseRecorder) string // returns the body
	finds    string                                                 // the check that must fail; empty: conformant
}

var oddities = map[string]oddity{
	"has ids beyond 53 bits": {
		request: func(r *http.Request) {
			if m := idAddress.FindStringSubmatch(r.URL.Path); m != nil {
				if n, err := strconv.ParseInt(m[1], 10, 64); err == nil && n > firstBig {
					r.URL.Path = fmt.Sprint("/api/notes/", n-firstBig)
				} else if n > 0 {
					r.URL.Path = "/api/notes/987654321" // of no record
				}
			}
		},
		answer: func(_ *http.Request, a *httptest.ResponseRecorder) string {
			return idMember.ReplaceAllStringFunc(a.Body.String(), func(s string) string {
				n, _ := strconv.Atoi(idMember.FindStringSubmatch(s)[1])
				return fmt.Sprintf(`"id": %d`, firstBig+n)
			})
		},
	},
	"is asked for ids that its store cannot hold, and breaks": {
		answer: func(r *http.Request, a *httptest.ResponseRecorder) string {
			m := idAddress.FindStringSubmatch(r.URL.Path)
			if m == nil || a.Code != http.StatusNotFound {
				return a.Body.String()
			}
			if n, err := strconv.ParseInt(m[1], 10, 64); err == nil && n > 1<<31 {
				a.Code = http.StatusInternalServerError
			}
			return a.Body.String()
		},
		finds: "FOUND-002",
	},
	"has characters in its refusals that XML forbids": {
		answer: func(_ *http.Request, a *httptest.ResponseRecorder) string {
			if a.Code != http.StatusNotFound {
				return a.Body.String()
			}
			const odd = `\u0000\u0008\u001b[1m\u009b\udfff\uffff]]>&<i>\u2066`
			a.Header().Set("X-Strange", "b\x9ba\xfe")
			return `{"success": false, "error": "gone` + odd + `", "message": "none ` + odd + ` left"}`
		},
		finds: "FOUND-001",
	},
	"spells media types freely, and has a line for each allowed method": {
		answer: func(_ *http.Request, a *httptest.ResponseRecorder) string {
			a.Header().Set("Content-Type", `Application/JSON ; CharSet="utf-8"`)
			if allowed := a.Header().Get("Allow"); allowed != "" {
				a.Header()["Allow"] = strings.Split(allowed, ", ")
			}
			return a.Body.String()
		},
	},
	"has a contract whose schemas contain themselves": {
		contract: func(s string) string {
			const title = "        title: {type: string}\n"
			return strings.Replace(s, title, title+
				"        parent: {$ref: '#/components/schemas/Note'}\n"+
				"        parts: {type: array, items: {$ref: '#/components/schemas/Note'}}\n", 1)
		},
	},
	"compresses every answer, unasked": {
		answer: func(_ *http.Request, a *httptest.ResponseRecorder) string {
			a.Header().Set("Content-Encoding", "gzip")
			return packed(a.Body.String(), gzipped)
		},
	},
}

// TestOddity runs everything against servers that are correct but odd, or faulty in a way that is easily overlooked.
func TestOddity(t *testing.T) {
	for name, o := range oddities {
		t.Run(name, func(t *testing.T) {
			document := string(notesDocument())
			if o.contract != nil {
				changed := o.contract(document)
				if changed == document {
					t.Fatal("the contract is as it was")
				}
				document = changed
			}
			c, err := contract.Load([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			s, err := sandbox.New(c, sandbox.Options{Limit: 1_000_000})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(o.handler(s))
			defer server.Close()
			f := sandbox.Configuration(s)
			f.Target = server.URL + s.BasePath()
			e := runCommand(t, t.Context(), "--contract", written(t, "contract.yaml", []byte(document)), "--config",
				configure(t, f), "--profile", "full", "--seed", "1")
			failed := e.rows(result.Fail)
			if o.finds == "" && (e.status != 0 || e.run.Counts.Pass < 100) || o.finds != "" && e.status != 1 {
				t.Errorf("exit status %d, %d rows passed\n%s", e.status, e.run.Counts.Pass, e.notesAndRows())
			}
			for _, row := range failed {
				if row.ID == o.finds {
					return
				}
			}
			if o.finds != "" {
				t.Errorf("%s does not fail\n%s", o.finds, e.notesAndRows())
			}
		})
	}
}

func (o oddity) handler(s http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked := r.Clone(r.Context())
		data, _ := io.ReadAll(r.Body)
		asked.Body = io.NopCloser(bytes.NewReader(data))
		if o.request != nil {
			o.request(asked)
		}
		a := httptest.NewRecorder()
		s.ServeHTTP(a, asked)
		body := a.Body.String()
		if o.answer != nil {
			body = o.answer(r, a)
		}
		for name, values := range a.Header() {
			if !strings.EqualFold(name, "Content-Length") {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(a.Code)
		_, _ = io.WriteString(w, body)
	}
}
