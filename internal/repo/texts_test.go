package repo

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"conformance/suite"
)

const textsFile = "docs/texts.md"

const textsHead = `# Every text that a user sees

Made by ` + "`make update`" + ` from the program, so that its messages can be read in one sitting. ` + "`…`" + ` stands for what is filled in.
Rules for them: [CONTRIBUTING.md](../CONTRIBUTING.md#house-rules).
`

// TestTextsDocument keeps docs/texts.md what the code says: the checks by id, then every text of more than one word by
// package. A text that changes shows there, beside its neighbours.
func TestTextsDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString(textsHead)
	b.WriteString("\n## Checks\n\n")
	ofChecks := map[string]bool{}
	for _, k := range suite.All() {
		fmt.Fprintf(&b, "- %s **%s.** %s\n", k.ID, k.Title, k.Clause)
		ofChecks[k.Title], ofChecks[k.Clause] = true, true
	}
	texts := textsByPackage(t)
	for _, dir := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(&b, "\n## %s\n\n~~~\n", filepath.ToSlash(dir))
		for _, text := range slices.Sorted(maps.Keys(texts[dir])) {
			if !ofChecks[text] {
				b.WriteString(strings.ReplaceAll(text, "\n", "\n    ") + "\n")
			}
		}
		b.WriteString("~~~\n")
	}
	if *update {
		if err := os.WriteFile(textsFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(textsFile)
	if err != nil {
		t.Fatalf("%v; make update writes it", err)
	}
	if string(have) == b.String() {
		return
	}
	old, now := strings.Split(string(have), "\n"), strings.Split(b.String(), "\n")
	for _, line := range now {
		if !slices.Contains(old, line) {
			t.Errorf("%s lacks %q: run make update, and read what git diff shows of it", textsFile, line)
		}
	}
	for _, line := range old {
		if !slices.Contains(now, line) {
			t.Errorf("%s has %q, which no code says: run make update", textsFile, line)
		}
	}
	if !t.Failed() {
		t.Errorf("%s has its lines in another order: run make update", textsFile)
	}
}

// noText says that nothing in a file is for users: a tool of the developers, or names of before.
func noText(path string) bool {
	return strings.HasPrefix(path, "internal/bench") || strings.HasPrefix(path, "internal/realserver") ||
		path == "internal/result/renamed.go"
}

// textsByPackage collects the texts of the program.
func textsByPackage(t *testing.T) map[string]map[string]bool {
	t.Helper()
	out := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || noText(path) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		for _, text := range textsOf(file) {
			if out[dir] == nil {
				out[dir] = map[string]bool{}
			}
			out[dir][text] = true
		}
		return nil
	})
	if err != nil || len(out) < 10 {
		t.Fatalf("texts of %d packages: %v", len(out), err)
	}
	return out
}

// textsOf are the string literals of more than one word, patterns aside. Those that are added to each other are one
// text.
func textsOf(file *ast.File) []string {
	var out []string
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			return n.Tag == nil
		case ast.Expr:
			text, ok := joined(n, func(part ast.Expr) { ast.Inspect(part, visit) })
			if ok {
				out = append(out, text)
			}
			return !ok
		}
		return true
	}
	ast.Inspect(file, visit)
	return slices.DeleteFunc(out, func(text string) bool {
		pattern := strings.Contains(text, `\b`) || strings.Contains(text, `\d`) || strings.Contains(text, `[^`)
		return pattern || len(strings.Fields(strings.ReplaceAll(text, "…", " "))) < 2
	})
}

// joined is a literal, or a sum with a literal in it, as one text; other visits what stands between the literals.
func joined(e ast.Expr, other func(ast.Expr)) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		if e.Op != token.ADD || !hasText(e) {
			return "", false
		}
		for _, side := range []ast.Expr{e.X, e.Y} {
			part, isText := joined(side, other)
			if !isText {
				other(side)
				part = "…"
			}
			text += part
		}
		return text, true
	}
	return "", false
}

// hasText says that one of the summands is a literal.
func hasText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (hasText(e.X) || hasText(e.Y))
	}
	return false
}
