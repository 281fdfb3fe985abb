package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"testing"
)

func TestDescribeBuild(t *testing.T) {
	info := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	tests := []struct {
		name              string
		info              *debug.BuildInfo
		release, revision string
		want              build
	}{
		{"nothing is known", nil, "", "", build{Version: "dev"}},
		{"go run", info("(devel)"), "", "", build{Version: "dev"}},
		{"go build in a clone", info("v1.2.3+dirty", debug.BuildSetting{Key: "vcs.revision", Value: "abc"},
			debug.BuildSetting{Key: "vcs.modified", Value: "true"}),
			"", "", build{Version: "v1.2.3+dirty", Revision: "abc", Modified: true}},
		{"a release", info("(devel)"), "1.2.3", "abc", build{Version: "1.2.3", Revision: "abc"}},
		{"a release from a clone", info("v1.2.3", debug.BuildSetting{Key: "vcs.revision", Value: "abc"},
			debug.BuildSetting{Key: "vcs.modified", Value: "false"}),
			"1.2.3", "", build{Version: "1.2.3", Revision: "abc"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := describeBuild(tt.info, tt.release, tt.revision)
			if got.Go == "" || got.Platform == "" {
				t.Errorf("%+v names no Go or no platform", got)
			}
			got.Go, got.Platform = "", ""
			if got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// The linker ignores -X for a variable that is not there: a release would not know its version.
func TestLinkerFlagsNameVariables(t *testing.T) {
	variables := map[string]bool{}
	file, err := parser.ParseFile(token.NewFileSet(), "version.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
			for _, spec := range d.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					variables["conformance/internal/cli."+name.Name] = true
				}
			}
		}
	}
	flag := regexp.MustCompile(`-X (\S+?)=`)
	for _, name := range []string{"Dockerfile", ".goreleaser.yaml", "scripts/action.sh"} {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		set := flag.FindAllStringSubmatch(string(text), -1)
		if len(set) == 0 {
			t.Errorf("%s tells the linker no version", name)
		}
		for _, m := range set {
			if !variables[m[1]] {
				t.Errorf("%s sets %s, which version.go does not declare", name, m[1])
			}
		}
	}
}
