package repo

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// rareWords are never right here: for each there is a word that every engineer knows.
var rareWords = regexp.MustCompile(
	`(?i)\b(mend(s|ed|ing)?|anew|heed(s|ed|ing)?|furnish(es|ed|ing)?|unsound(ly|ness)?)\b`,
)

// TestPlainWords: code, comments and documents use words that every engineer knows. The changelog keeps what it said.
func TestPlainWords(t *testing.T) {
	list, err := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others",
		"--exclude-standard").Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	read := 0
	for _, file := range strings.Split(string(list), "\x00") {
		switch filepath.Ext(file) {
		case ".go", ".md", ".txtar", ".html", ".js", ".sh", ".yaml", ".yml":
		default:
			continue
		}
		if file == "CHANGELOG.md" || file == "internal/repo/words_test.go" || strings.HasPrefix(file, "reports/sample/") {
			continue
		}
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue // deleted and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		read++
		for _, at := range rareWords.FindAllIndex(text, -1) {
			t.Errorf("%s:%d: write a plainer word than %q: fix, again, follow, prepare, faulty", file,
				1+bytes.Count(text[:at[0]], []byte("\n")),
				text[at[0]:at[1]])
		}
	}
	if read < 100 {
		t.Errorf("only %d files were read", read)
	}
}
