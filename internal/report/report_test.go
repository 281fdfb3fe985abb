package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"conformance/internal/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// recorded is the hand-made run that the tests render: every outcome, kind and reason code, and a target that answers
// with whatever could break a report.
func recorded(t testing.TB) result.Run {
	t.Helper()
	f, err := os.Open("testdata/run.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	r.Finish()
	return r
}

// passing is what a conformant target leaves: the recorded run's rows, all passed.
func passing(t testing.TB) result.Run {
	t.Helper()
	r := recorded(t)
	for i, c := range r.Checks {
		r.Checks[i] = result.Check{
			ID: c.ID, Operation: c.Operation, Variant: c.Variant, Level: c.Level, Situation: c.Situation, Assumed: c.Assumed,
			Title: c.Title, Source: c.Source, Outcome: result.Pass, DurationMS: c.DurationMS,
		}
	}
	r.Notes, r.Coverage.Unprovoked, r.Coverage.Provoked = nil, nil, r.Coverage.Documented
	r.Finish()
	return r
}

// many is a run against a target that gets everything wrong, each row in its own way.
func many(t testing.TB, rows int) result.Run {
	t.Helper()
	r := recorded(t)
	var failing []result.Check
	for _, c := range r.Checks {
		if c.Outcome == result.Fail {
			failing = append(failing, c)
		}
	}
	r.Checks = nil
	for i := range rows {
		c := failing[i%len(failing)]
		c.ID = c.Clause() + "-" + strings.Repeat("1", 1+i%7)
		c.Operation += strings.Repeat("x", i%31)
		c.Variant = strings.Repeat("v", 1+i%53)
		c.Differences = []result.Difference{{
			Kind: result.KindStatus, Rule: result.MustRefuse, Want: []string{"400"}, Got: strings.Repeat("5", 1+i%97),
		}}
		r.Checks = append(r.Checks, c)
	}
	r.Finish()
	return r
}

func render(t testing.TB, write func(io.Writer, result.Run) error, r result.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// golden compares with testdata/golden/name, or rewrites it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; make update writes it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); if that is meant, make update:\n%s", file, diff)
	}
}

func TestSummaryGolden(t *testing.T) { golden(t, "summary.md", render(t, WriteMarkdown, recorded(t))) }

func TestFormatsAreStable(t *testing.T) {
	r := recorded(t)
	for _, f := range Formats() {
		if !bytes.Equal(render(t, f.Write, r), render(t, f.Write, r)) {
			t.Errorf("%s: the same run renders differently the second time", f.Name)
		}
	}
}

// A run that was interrupted before its first row still leaves every report.
func TestFormatsOfAnEmptyRun(t *testing.T) {
	r := result.Run{Schema: result.Schema}
	r.Finish()
	for _, f := range Formats() {
		if got := render(t, f.Write, r); len(got) == 0 {
			t.Errorf("%s is empty", f.Name)
		}
	}
}

// Control characters may appear in no report: every one of them is read by something that obeys some.
func TestNoControlCharacters(t *testing.T) {
	r := recorded(t)
	formats := append(Formats(), Format{"console", 0o600, func(w io.Writer, r result.Run) error {
		return WriteConsole(w, r, ConsoleOptions{})
	}})
	for _, f := range formats {
		for i, c := range string(render(t, f.Write, r)) {
			if hidden(c) && f.Name != "results.json" && f.Name != "exchanges.har" {
				t.Errorf("%s: character %U at byte %d", f.Name, c, i)
			} else if c < 0x20 && c != '\n' && c != '\t' {
				t.Errorf("%s: control character %U at byte %d", f.Name, c, i)
			}
		}
	}
}

func TestWriteDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	r := recorded(t)
	for range 2 { // the second run replaces what the first left
		if err := WriteDir(dir, r); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(Formats()) {
		t.Errorf("%d files, want %d and no temporary ones: %v", len(entries), len(Formats()), entries)
	}
	for _, f := range Formats() {
		got, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil || !bytes.Equal(got, render(t, f.Write, r)) {
			t.Errorf("%s: not what its renderer writes (%v)", f.Name, err)
		}
	}
}

func TestWriteDirSaysWhatIsInTheWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := WriteDir(file, recorded(t))
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "--reports") {
		t.Errorf("error %v, want one that names %s and --reports", err, file)
	}
}

// TestWriteDirGoesOn: a report that cannot be written is named, and keeps no other from being written.
func TestWriteDirGoesOn(t *testing.T) {
	formats := Formats()
	for _, blocked := range formats {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, blocked.Name), 0o700); err != nil {
			t.Fatal(err)
		}
		err := WriteDir(dir, recorded(t))
		if err == nil || !strings.Contains(err.Error(), "reports: "+filepath.Join(dir, blocked.Name)) {
			t.Errorf("error %v, want one that names %s", err, blocked.Name)
		}
		for _, f := range formats {
			info, err := os.Stat(filepath.Join(dir, f.Name))
			if f.Name != blocked.Name && (err != nil || info.Size() == 0) {
				t.Errorf("%s kept %s from being written: %v", blocked.Name, f.Name, err)
			}
		}
		if left, _ := os.ReadDir(dir); len(left) != len(formats) {
			t.Errorf("%s left temporary files: %v", blocked.Name, left)
		}
	}
}

// failingWriter refuses after n bytes, as a full disk does.
type failingWriter struct{ n int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestRenderersReportWriteErrors(t *testing.T) {
	r := recorded(t)
	formats := append(Formats(), Format{"console", 0o600, func(w io.Writer, r result.Run) error {
		return WriteConsole(w, r, ConsoleOptions{})
	}})
	for _, f := range formats {
		for _, n := range []int{0, 50, 2000} {
			if err := f.Write(&failingWriter{n}, r); err == nil {
				t.Errorf("%s: no error when only %d bytes can be written", f.Name, n)
			}
		}
	}
}
