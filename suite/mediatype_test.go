package suite_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/document"
	"conformance/internal/generate"
	"conformance/internal/inprocess"
	"conformance/internal/result"
	"conformance/internal/sandbox"
)

// labelsAPI is an API that documents 415, or one that does not.
func labelsAPI(t *testing.T, says415 bool) *contract.Contract {
	t.Helper()
	text, err := os.ReadFile("testdata/labels.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !says415 {
		text = []byte(strings.ReplaceAll(string(text), `"415"`, `"409"`))
	}
	d, err := document.Parse("labels.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return contract.New(d.Doc, d.SHA256, generate.Fitting)
}

// TestForeignMediaType: a server that documents 415 is held to it, and nothing may have been done then; one that does
// not may take the body, and may refuse it.
func TestForeignMediaType(t *testing.T) {
	says := labelsAPI(t, true)
	broken := 0
	for _, f := range append(sandbox.Faults(says), sandbox.Fault{}) {
		if !strings.HasPrefix(f.Name, "body-media-type-") && f.Name != "" {
			continue
		}
		target, err := inprocess.New(says, sandbox.Options{Fault: f.Name})
		if err != nil {
			t.Fatal(err)
		}
		found := failing(judgeBy(t, says, target.Target))
		_ = target.Close()
		switch want := "MEDIA-001"; {
		case f.Name == "":
			if len(found) > 0 {
				t.Errorf("without a fault: %q", found)
			}
			continue
		case f.Name == "body-media-type-applied":
			want = "STATE-001"
			fallthrough
		default:
			broken++
			if !slices.Contains(found, want) {
				t.Errorf("%s: %q", f.Name, found)
			}
		}
	}
	if broken < 5 {
		t.Errorf("only %d faults", broken)
	}
}

// TestMediaTypeUnsaid: where the document says nothing of 415, servers differ.
func TestMediaTypeUnsaid(t *testing.T) {
	silent := labelsAPI(t, false)
	for name, front := range map[string]func(http.Handler) http.Handler{
		"refused": func(h http.Handler) http.Handler { return h },
		"taken": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Content-Type") != "" {
					r.Header.Set("Content-Type", "application/json")
				}
				h.ServeHTTP(w, r)
			})
		},
	} {
		target, err := inprocess.New(silent, sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		served := inprocess.Handler(front(target.Server), target.Server.BasePath(), target.File, target.Clock)
		outcomes := map[result.Outcome]int{}
		for _, row := range judgeBy(t, silent, served).Checks {
			if row.ID == "MEDIA-001" {
				outcomes[row.Outcome]++
			}
		}
		_ = target.Close()
		want := map[string]result.Outcome{"refused": result.Pass, "taken": result.Skip}[name]
		if outcomes[want] != 6 || len(outcomes) != 1 {
			t.Errorf("%s: %v", name, outcomes)
		}
	}
}

// failing are the ids of the checks with a row that fails.
func failing(run result.Run) []string {
	var out []string
	for _, row := range run.Checks {
		if row.Outcome == result.Fail {
			out = append(out, row.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
