package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"conformance/internal/contract"
)

const (
	forms    = "../contract/testdata/forms"
	overlays = "../contract/testdata/overlays"
)

// TestOverlaysOfForms: an overlay has the effect on the contract that its author meant.
func TestOverlaysOfForms(t *testing.T) {
	answers := func(a *api, operation string, id contract.SituationID) string {
		s, ok := a.SituationOf(a.Operation(operation), id)
		if !ok || !a.Operation(operation).Secured() && id == contract.MissingKey {
			return "none"
		}
		return fmt.Sprint(s.Layer, " ", s.Answers)
	}
	operation := func(a *api) string { return a.Operations[0].ID }
	for name, k := range map[string]struct {
		form string
		look func(a *api) string
		want [2]string // without the overlay, and with it
	}{
		"array-appended": {"parameter-array", func(a *api) string {
			var names []string
			for _, p := range a.Operations[0].Parameters {
				names = append(names, p.Name)
			}
			return strings.Join(names, " ")
		}, [2]string{"zones", "zones day"}},
		"items-repaired": {"repair-items-list", gapsAt("pair/items"), [2]string{"1", "0"}},
		"judged-again": {"not-judged", func(a *api) string { return a.Operations[0].NotJudged }, [2]string{
			"It opens the doors of a real building.", "",
		}},
		"reference-added": {"id-unknown-source", gapsAt("parameters/0"), [2]string{"1", "0"}},
		"secured-adds-401": {"secured-without-401", func(a *api) string {
			return answers(a, operation(a), contract.MissingKey)
		}, [2]string{"assumed map[401:[] 403:[]]", "stated map[401:[]]"}},
		"security-everywhere": {"key-none", func(a *api) string {
			return answers(a, operation(a), contract.MissingKey)
		}, [2]string{"none", "assumed map[401:[] 403:[]]"}},
		"situation-changed": {"situation-root", func(a *api) string {
			return answers(a, "getKiln", contract.UnknownRecord)
		}, [2]string{"stated map[404:[no_kiln]]", "stated map[404:[no_kiln] 410:[kiln_gone]]"}},
	} {
		t.Run(name, func(t *testing.T) {
			form := filepath.Join(forms, k.form+".yaml")
			for i, with := range [][]string{nil, {filepath.Join(overlays, name+".yaml")}} {
				a, err := loadAPI(environment{}, source{contract: form, overlays: with})
				if err != nil {
					t.Fatal(err)
				}
				if got := k.look(a); got != k.want[i] {
					t.Errorf("with %q: got %q, want %q", with, got, k.want[i])
				}
			}
		})
	}
	_, err := loadAPI(environment{}, source{
		contract: filepath.Join(
			forms,
			"key-header.yaml",
		), overlays: []string{filepath.Join(overlays, "matches-nothing.yaml")},
	})
	if err == nil || !strings.Contains(err.Error(), "matches-nothing.yaml: line 5: action 1") {
		t.Error(err)
	}
}

// gapsAt counts the gaps at a place.
func gapsAt(end string) func(a *api) string {
	return func(a *api) string {
		n := 0
		for _, g := range a.gaps(a.reach()) {
			if strings.HasSuffix(g.Pointer, end) {
				n++
			}
		}
		return fmt.Sprint(n)
	}
}

// TestProposals: what contract check proposes for a gap closes that gap, as it is written, and costs no rows.
func TestProposals(t *testing.T) {
	files, err := filepath.Glob(forms + "/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, file := range files {
		a, err := loadAPI(environment{}, source{contract: file})
		if err != nil {
			continue
		}
		before := a.reach()
		for _, g := range a.gaps(before) {
			if g.Add == "" {
				continue
			}
			tried++
			overlay := filepath.Join(t.TempDir(), "overlay.yaml")
			if err := os.WriteFile(overlay, []byte("overlay: 1.0.0\nactions:\n  "+g.Add+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			b, err := loadAPI(environment{}, source{contract: file, overlays: []string{overlay}})
			if err != nil {
				t.Errorf("%s: %s: %v", file, g.Add, err)
				continue
			}
			after := b.reach()
			if slices.ContainsFunc(
				b.gaps(after),
				func(o gap) bool { return o.Pointer == g.Pointer && o.Message == g.Message },
			) {
				t.Errorf("%s: %s: the gap is still there: %s", file, g.Add, g.Message)
			}
			if after.Rows < before.Rows {
				t.Errorf("%s: %s: %d rows, %d before", file, g.Add, after.Rows, before.Rows)
			}
		}
	}
	if tried < 10 {
		t.Errorf("only %d proposals in %d documents", tried, len(files))
	}
}
