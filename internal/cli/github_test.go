package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"conformance/internal/report"
	"conformance/internal/result"
)

func finished() result.Run {
	r := result.Run{Target: "http://127.0.0.1:1", Checks: []result.Check{
		{
			ID:        "AUTH-001",
			Operation: "getOne",
			Level:     result.Must,
			Outcome:   result.Fail,
			Title:     "refused",
			Differences: []result.Difference{
				{
					Kind: result.KindStatus,
					Rule: result.MustRefuse,
					Want: []string{"401"},
					Got: "200\n::error::of the target's own " +
						"making",
				},
			},
		},
		{ID: "AUTH-002", Operation: "getOne", Level: result.Must, Outcome: result.Pass, Title: "refused too"},
	}}
	r.Finish()
	return r
}

func environmentOf(stdout *bytes.Buffer, variables map[string]string) environment {
	return environment{
		func(name string) (string, bool) { v, ok := variables[name]; return v, ok }, stdout, &bytes.Buffer{},
	}
}

func TestGitHubIsToldWhatItAsksFor(t *testing.T) {
	dir := t.TempDir()
	summary, outputs := filepath.Join(dir, "summary"), filepath.Join(dir, "outputs")
	if err := os.WriteFile(summary, []byte("what an earlier step wrote\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	env := environmentOf(&stdout, map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary, "GITHUB_OUTPUT": outputs,
	})
	if err := github(env, finished()); err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	want.WriteString("what an earlier step wrote\n")
	if err := report.WriteMarkdown(&want, finished()); err != nil {
		t.Fatal(err)
	}
	if got := read(t, summary); got != want.String() {
		t.Errorf("summary\n%s\nwant\n%s", got, want.String())
	}
	if got, want := read(t, outputs), "verdict=nonconformant\npassed=1\nfailed=1\nwarned=0\n"; got != want {
		t.Errorf("outputs %q, want %q", got, want)
	}
	lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "::error title=AUTH-001 getOne::") {
		t.Errorf("annotations %q", lines)
	}
}

func TestNothingIsToldElsewhere(t *testing.T) {
	var stdout bytes.Buffer
	for _, variables := range []map[string]string{
		nil, {"GITHUB_ACTIONS": "false", "GITHUB_STEP_SUMMARY": "", "GITHUB_OUTPUT": ""},
	} {
		if err := github(environmentOf(&stdout, variables), finished()); err != nil || stdout.Len() > 0 {
			t.Errorf("%v: %v, %q", variables, err, stdout.String())
		}
	}
}

func TestOneThingThatFailsKeepsNothingElseBack(t *testing.T) {
	dir := t.TempDir()
	var stdout bytes.Buffer
	outputs := filepath.Join(dir, "outputs")
	env := environmentOf(&stdout, map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": filepath.Join(dir, "absent", "summary"), "GITHUB_OUTPUT": outputs,
	})
	err := github(env, finished())
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "$GITHUB_STEP_SUMMARY") {
		t.Errorf("error %v", err)
	}
	if read(t, outputs) == "" || stdout.Len() == 0 {
		t.Error("outputs or annotations are missing")
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
