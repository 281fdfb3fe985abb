package cli

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// gapsOfForms is where each document whose first line expects a gap lists it: the end of a JSON pointer.
var gapsOfForms = map[string]string{
	"body-nested-reference":            "/crew/x-reference",
	"body-xml-only":                    "/post/requestBody",
	"id-unknown-source":                "/get/parameters/0",
	"key-mutual-tls":                   "#/components/securitySchemes/cert",
	"path-invisible-character":         "#/paths/~1ro\u200butes~1{n}",
	"path-own-servers":                 "/get/servers",
	"repair-duplicate-operation-id":    "/post/operationId",
	"repair-endless-allof":             "#/components/schemas/Loop",
	"repair-identical-paths":           "#/paths/~1things~1{b}",
	"repair-info-missing":              "#/info",
	"repair-items-list":                "/pair/items",
	"repair-no-description":            "/responses/201",
	"repair-parameter-no-schema":       "/parameters/0",
	"repair-path-parameter-absent":     "/parameters/0",
	"repair-path-parameter-undeclared": "#/paths/~1things~1{thingId}/get",
	"repair-pattern":                   "/name/pattern",
	"repair-ref-dangling":              "/properties/size",
	"repair-ref-misplaced":             "/post/tags",
	"repair-ref-network":               "/properties/geo",
	"repair-ref-outside":               "/properties/geo",
	"repair-ref-wrong-kind":            "/parameters/0",
	"repair-required-boolean":          "/name/required",
	"repair-unknown-members":           "#/author",
	"repair-version-empty":             "#/info/version",
	"situation-unknown-name":           "#/x-situations/too-hot",
	"version-3.1-approximated":         "/schema/if",
	"version-3.1-webhooks":             "#/webhooks",
}

// TestForms: each of the small documents is accepted, rows come of it, and what its first line calls a gap is listed at
// its place.
func TestForms(t *testing.T) {
	files, err := filepath.Glob(forms + "/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			a, err := loadAPI(environment{}, source{contract: file})
			if name == "not-openapi" {
				if err == nil || !strings.Contains(err.Error(), "AsyncAPI") {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r := a.reach()
			if r.Rows == 0 {
				t.Error("no rows")
			}
			place, expected := gapsOfForms[name]
			if expected != wantsGap(t, file) {
				t.Errorf("a gap is listed here: %t; its first line expects one: %t", expected, !expected)
			}
			gaps := a.gaps(r)
			if expected && !slices.ContainsFunc(gaps, func(g gap) bool { return strings.HasSuffix(g.Pointer, place) }) {
				t.Errorf("no gap at %s: %+v", place, gaps)
			}
		})
	}
}

// wantsGap says that a document's first line expects a gap and no rows of what it is about.
func wantsGap(t *testing.T, file string) bool {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	line, _ := bufio.NewReader(f).ReadString('\n')
	return strings.Contains(line, "gap:") && !strings.Contains(line, "judged:")
}
