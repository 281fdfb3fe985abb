package certify

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"conformance/internal/result"
)

func TestRoundTrip(t *testing.T) {
	key := pair(t)
	b := bundle(t, key, product, nil)
	dir := filepath.Join(t.TempDir(), "new", "certificate")
	if err := b.Write(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(limits) {
		t.Fatalf("%d files: %v", len(entries), err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode() != 0o644 {
			t.Errorf("%s has mode %v: %v", e.Name(), info.Mode(), err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 1 {
		t.Errorf("beside the bundle lies %v", left)
	}
	read, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := verify(t, read, key)
	for _, p := range found {
		if p.State != Proven {
			t.Errorf("%s is %s: %s", p.Name, p.State, p.Text)
		}
	}
	if len(found) != 18 || !Certified(found) {
		t.Errorf("%d properties: %+v", len(found), found)
	}
	if err := b.Write(dir); err == nil || !strings.Contains(err.Error(), "holds "+Run1File+" already") {
		t.Errorf("a bundle was overwritten: %v", err)
	}
}

// A directory may hold the public key already; a bundle comes into it whole.
func TestWriteBesideAKey(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, KeyFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	key := pair(t)
	if err := bundle(t, key, product, nil).Write(dir); err != nil {
		t.Fatal(err)
	}
	read, err := Read(dir)
	if err != nil || len(read.Unexpected) > 0 || !Certified(verify(t, read, key)) {
		t.Errorf("strange %q, %v", read.Unexpected, err)
	}
}

func TestNoSecretInABundle(t *testing.T) {
	b := bundle(t, pair(t), product, nil)
	keys := clean(t).keys
	for name, data := range b.Files {
		for _, k := range keys {
			if k.Secret == "" || bytes.Contains(data, []byte(k.Secret)) {
				t.Errorf("%s holds the key %q", name, k.Secret)
			}
		}
	}
}

// Nothing is read but regular files of these names, and other files are reported.
func TestReadIsBounded(t *testing.T) {
	key := pair(t)
	write := func(t *testing.T) string {
		dir := filepath.Join(t.TempDir(), "b")
		if err := bundle(t, key, product, nil).Write(dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	t.Run("a link", func(t *testing.T) {
		dir := write(t)
		at := filepath.Join(dir, ReportFile)
		if err := os.Rename(at, filepath.Join(dir, "..", "elsewhere")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../elsewhere", at); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%v", err)
		}
	})
	t.Run("too large", func(t *testing.T) {
		dir := write(t)
		if err := os.Truncate(filepath.Join(dir, BadgeFile), 1<<20); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "badge.svg is larger than 64 KiB") {
			t.Errorf("%v", err)
		}
	})
	t.Run("missing", func(t *testing.T) {
		dir := write(t)
		if err := os.Remove(filepath.Join(dir, Run2File)); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err == nil {
			t.Error("a bundle without its second run was read")
		}
	})
	t.Run("more", func(t *testing.T) {
		dir := write(t)
		if err := os.WriteFile(filepath.Join(dir, "notes.html"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		if p := property(t, verify(t, b, key), "files"); p.State != Refuted || !strings.Contains(p.Text, "notes.html") {
			t.Errorf("%+v", p)
		}
	})
}

// A warning does not cost the certificate, and it is reported everywhere.
func TestWarnings(t *testing.T) {
	key := pair(t)
	b := bundle(t, key, product, func(runs *[2]result.Run) {
		i := slices.IndexFunc(runs[1].Checks, func(c result.Check) bool { return c.Level == result.Should })
		runs[1].Checks[i].Outcome = result.Warn
		runs[1].Checks[i].Differences = []result.Difference{
			{Kind: result.KindHeader, Rule: result.HeaderThere, At: "Allow", Absent: true},
		}
		runs[1].Finish()
	})
	found := verify(t, b, key)
	if !Certified(found) || !strings.HasPrefix(property(t, found, "tests").Text, "WARNED: ") {
		t.Errorf("%+v", found)
	}
	if !bytes.Contains(b.Files[BadgeFile], []byte("conformant, 1 warned")) {
		t.Errorf("badge: %s", b.Files[BadgeFile])
	}
}

func TestBadge(t *testing.T) {
	e := clean(t)
	svg := e.reference.badge(Subject{Name: `<Product> & "Co"`}, e.runs[1], 0, false)
	dec := xml.NewDecoder(bytes.NewReader(svg))
	texts := ""
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			texts += string(text)
		}
	}
	if !strings.Contains(texts, `<Product> & "Co": error side of `+e.reference.Contract.Title) ||
		!strings.Contains(texts, "conformant (unsigned)") {
		t.Errorf("texts %q", texts)
	}
	if !bytes.Contains(svg, []byte(`role="img" aria-labelledby="title"`)) {
		t.Error("the badge has no accessible title")
	}
}

func TestSubject(t *testing.T) {
	for _, s := range []Subject{
		{}, {Name: " \t"}, {Name: strings.Repeat("x", longest+1)}, {Name: "a\nb"}, {Name: "a\u202eb"}, {Name: "\xff"},
		{Name: "p", Digest: "ABC"},
	} {
		if s.Check() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
	for _, s := range []Subject{product, {Name: "Gerät 2", Digest: strings.Repeat("0a", 32)}} {
		if err := s.Check(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
