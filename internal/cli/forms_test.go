package cli

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestForms: each of the small documents is accepted, rows come of it, and what its first line calls a gap is listed.
func TestForms(t *testing.T) {
	dir := "../contract/testdata/forms"
	files, err := filepath.Glob(dir + "/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			a, err := loadAPI(environment{}, source{contract: file})
			if name == "not-openapi" {
				if err == nil {
					t.Error("accepted")
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
			if _, silent := unsaidGaps[name]; wantsGap(t, file) && len(a.gaps(r)) == 0 != silent {
				t.Errorf("lists %d gaps", len(a.gaps(r)))
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

// unsaidGaps are forms that are passed over in silence so far.
var unsaidGaps = map[string]struct{}{}
