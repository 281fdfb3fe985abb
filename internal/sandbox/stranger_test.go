package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"conformance/internal/contract"
)

// counted is a body that never ends and counts what is read of it.
type counted struct{ n int }

func (c *counted) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	c.n += len(p)
	return len(p), nil
}

// TestStrangersBodyIsNotRead: who shows no key does not make the server read a body; where the contract answers a key
// in the wrong place otherwise than none, its beginning is looked at.
func TestStrangersBodyIsNotRead(t *testing.T) {
	for name, c := range map[string]struct {
		code string
		most int
	}{
		"answered alike":     {"unauthorized", 0},
		"answered otherwise": {"misplaced", 32 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			h := serve(t, strangersContract(t, c.code))
			body := &counted{}
			r := httptest.NewRequest(http.MethodPost, h.BasePath()+"/tickets", io.NopCloser(body))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized || body.n > c.most {
				t.Errorf("answered %d after %d bytes of the body, at most %d are wanted", w.Code, body.n, c.most)
			}
		})
	}
}

// strangersContract answers a key in the wrong place with a code.
func strangersContract(t *testing.T, code string) *contract.Contract {
	t.Helper()
	data, err := os.ReadFile("../certify/testdata/tickets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), `misplaced-key: {"401": [unauthorized]}`, `misplaced-key: {"401": [`+code+`]}`, 1)
	text = strings.Replace(text, "enum: [unauthorized]", "enum: [unauthorized, misplaced]", 1)
	c, err := contract.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
