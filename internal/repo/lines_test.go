package repo

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestLinesFitTheScreen: no line of Go code has more than 120 columns, a tab being one, and no file more than 350
// lines. A raw string is as long as what it holds.
func TestLinesFitTheScreen(t *testing.T) {
	const columns, lines = 120, 350
	read := 0
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read++
		raw, err := rawLines(path, text)
		if err != nil {
			return err
		}
		all := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(all) > lines {
			t.Errorf("%s has %d lines: split it by subject at %d", path, len(all), lines)
		}
		for i, line := range all {
			if n := utf8.RuneCountInString(line); n > columns && !raw[i+1] {
				t.Errorf("%s:%d has %d columns: break it at %d", path, i+1, n, columns)
			}
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Fatalf("%d files read: %v", read, err)
	}
}

// rawLines are the lines that hold a part of a raw string.
func rawLines(path string, text []byte) (map[int]bool, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	raw := map[int]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(lit.Value, "`") {
			for line := files.Position(lit.Pos()).Line; line <= files.Position(lit.End()).Line; line++ {
				raw[line] = true
			}
		}
		return true
	})
	return raw, nil
}
