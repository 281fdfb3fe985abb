package foreign

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"conformance/internal/cli"
	"conformance/internal/result"
)

var update = flag.Bool("update", false, "write the lists of findings again; confirm each new one by hand")

// TestAlertmanager judges the server as its user would, in each profile. It finds what docs/foreign.md explains and
// nothing else, and the records that were there before stay as they were.
func TestAlertmanager(t *testing.T) {
	needAlertmanager(t)
	for _, k := range []struct {
		name       string
		flags      []string
		rows       int // judged, at least
		mayAdd     bool
		unverified int // rows that are skipped although they were selected
	}{
		{"quick", []string{"--profile", "quick"}, 110, true, 0},
		{"core", nil, 230, true, 3},
		{"full", []string{"--profile", "full"}, 280, true, 7},
		{"no-writes", []string{"--no-writes"}, 55, false, 3},
	} {
		t.Run(k.name, func(t *testing.T) {
			a := startAlertmanager(t)
			before := a.records(t)
			if len(before) != 4 {
				t.Fatalf("the server does not show what is there: %v", before)
			}
			run := a.judge(t, k.flags)
			after := a.records(t)
			for id, record := range before {
				if after[id] != record {
					t.Errorf("%s\nwas %s\nis  %s", id, record, after[id])
				}
			}
			if !k.mayAdd && len(after) != len(before) {
				t.Errorf("there are %d records, and there were %d", len(after), len(before))
			}
			judged, skipped := 0, map[string]int{}
			for _, row := range run.Checks {
				if row.Outcome != result.Skip {
					judged++
				} else {
					skipped[string(row.ReasonCode)]++
				}
			}
			t.Logf("%d requests in %d ms, %d rows judged, skipped: %v", run.Requests, run.DurationMS, judged, skipped)
			delete(skipped, string(result.Deselected))
			unverified := 0
			for _, n := range skipped {
				unverified += n
			}
			if judged < k.rows || unverified != k.unverified {
				t.Errorf("%d rows are judged, want %d; skipped are %v, want %d", judged, k.rows, skipped, k.unverified)
			}
			compare(t, ours+k.name+".txt", findings(run))
		})
	}
}

// judge runs the command line with the vendor's document and what is ours, and reads its results.
func (a alertmanager) judge(t *testing.T, flags []string) result.Run {
	t.Helper()
	reports := t.TempDir()
	args := append([]string{
		"run", "--contract", vendors, "--overlay", ours + "overlay.yaml", "--config", ours + "conformance.yaml",
		"--target", a.url, "--seed", "1", "--reports", reports,
	}, flags...)
	var said strings.Builder
	if code := cli.Run(t.Context(), args, os.LookupEnv, &said, &said); code != result.ExitNonconformant {
		t.Fatalf("exit status %d:\n%s", code, said.String())
	}
	text, err := os.ReadFile(filepath.Join(reports, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var run result.Run
	if err := json.Unmarshal(text, &run); err != nil {
		t.Fatal(err)
	}
	return run
}

// findings are the rows that failed, under what is wrong with the answer.
func findings(run result.Run) string {
	rows := map[string][]string{}
	for _, row := range run.Checks {
		switch row.Outcome {
		case result.Pass, result.Skip:
			continue
		}
		wrong := string(row.Outcome) + ": " + row.Reason
		for _, f := range row.Failures() {
			wrong += f.Message
		}
		rows[wrong] = append(rows[wrong], fmt.Sprintf("  %s %s %s", row.ID, row.Operation, row.Variant))
	}
	var out strings.Builder
	for _, wrong := range slices.Sorted(maps.Keys(rows)) {
		slices.Sort(rows[wrong])
		fmt.Fprintf(&out, "%s\n%s\n", wrong, strings.Join(rows[wrong], "\n"))
	}
	return out.String()
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("other findings than in %s (-want +got):\n%s", file, diff)
	}
}
