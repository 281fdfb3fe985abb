package cli

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"conformance/internal/check"
	"conformance/suite"
)

var update = flag.Bool("update", false, "write docs/documents.md again")

// TestDocuments loads public documents as their vendors write them, says how much of each can be judged, and holds that
// against a count by a program that shares no code with this one. docs/documents.md has the table.
func TestDocuments(t *testing.T) {
	files := vendorsDocuments(t)
	counted := countPairs(t, files)
	table := []string{
		"| document | operations | of these judged | rows stated | ranged | assumed | gaps open | repaired | " +
			"approximated | lost | pairs with rows | CPU s | MB |", "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
	}
	cost := func(vendorsDocument) string { return "– | –" } // it takes a minute, and only the table shows it
	if *update {
		program := built(t)
		cost = func(d vendorsDocument) string {
			cpu, memory := checked(t, program, d.path, d.root)
			return fmt.Sprintf("%d | %d", int(math.Ceil(cpu)), (memory+49)/50*50)
		}
	}
	missing, all, without := map[string]int{}, 0, 0
	for _, f := range files {
		a, err := loadAPI(environment{}, source{contract: f.path, root: f.root})
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		r := a.reach()
		classes := map[string]int{}
		for _, g := range a.gaps(r) {
			classes[g.Class]++
		}
		have := situationsOf(a)
		n, lacking := 0, 0
		for _, p := range counted[f.path] {
			n++
			if !have[p] {
				lacking++
				missing[p.situation]++
			}
		}
		all, without = all+n, without+lacking
		share := "–"
		if n > 0 {
			share = fmt.Sprintf("%d of %d", n-lacking, n)
		}
		table = append(
			table,
			fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %s | %s |", f.name, r.Operations,
				r.Judged, r.Layers["stated"], r.Layers["ranged"], r.Layers["assumed"], classes["open"], classes["repaired"],
				classes["approximated"], classes["lost"], share, cost(f)),
		)
	}
	if all > 0 {
		table = append(table, "", fmt.Sprintf("Of %d pairs of operation and situation, %d have rows. The others, by "+
			"situation:", all, all-without), "")
		for _, id := range slices.SortedFunc(maps.Keys(missing), func(a, b string) int {
			return cmp.Or(cmp.Compare(missing[b], missing[a]), cmp.Compare(a, b))
		}) {
			table = append(table, fmt.Sprintf("- %s: %d", id, missing[id]))
		}
	}
	if all > 0 && float64(all-without)/float64(all) < leastShare {
		t.Errorf("%d of %d pairs have rows, fewer than before", all-without, all)
	}
	if *update {
		writeTable(t, strings.Join(table, "\n"))
	}
	t.Log("\n" + strings.Join(table, "\n"))
}

// leastShare of the pairs had rows when this was last looked at.
const leastShare = 0.95

type vendorsDocument struct{ name, path, root string }

func vendorsDocuments(t *testing.T) []vendorsDocument {
	t.Helper()
	dir := os.Getenv("CONFORMANCE_DOCUMENTS")
	if dir == "" {
		t.Skip("$CONFORMANCE_DOCUMENTS names no folder of vendors' documents")
	}
	var out []vendorsDocument
	for _, pattern := range []string{
		dir + "/*.yaml", dir + "/*.json", dir + "/camara-qod/code/API_definitions/quality-on-demand.yaml",
		dir + "/lichess/doc/specs/lichess-api.yaml", "../../.documents/[a-z]*.*",
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			d := vendorsDocument{name: filepath.Base(file), path: file}
			if strings.Contains(file, "camara-qod") {
				d.root = dir + "/camara-qod"
			}
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b vendorsDocument) int { return strings.Compare(a.name, b.name) })
	return out
}

// statedPair is an operation, by method and path, or a path alone, and a situation.
type statedPair struct{ method, path, situation string }

// situationsOf are the pairs that have rows.
func situationsOf(a *api) map[statedPair]bool {
	out := map[statedPair]bool{}
	for _, k := range check.Cases(a.Contract, suite.All()) {
		for _, v := range k.Variants {
			p := statedPair{path: k.Subject.Path.Key, situation: k.Row(a.Contract, v).Situation}
			if k.Subject.Operation != nil {
				p.method = k.Subject.Operation.Method
			}
			if p.situation == "invalid-id" { // the count calls both an invalid parameter
				p.situation = "invalid-parameter"
			}
			if p.situation == "unknown-path" {
				p.path = ""
			}
			out[p] = true
		}
	}
	return out
}

// countPairs asks the program; nil where it cannot run.
func countPairs(t *testing.T, files []vendorsDocument) map[string][]statedPair {
	t.Helper()
	if err := exec.Command("python3", "-c", "import yaml").Run(); err != nil { // #nosec G204 -- nothing foreign in it
		t.Log("python3 with PyYAML is not there: the pairs are not counted")
		return nil
	}
	args := []string{"../../scripts/count-pairs.py"}
	for _, f := range files {
		args = append(args, f.path)
	}
	text, err := exec.Command("python3", args...).Output() // #nosec G204 -- the project's own script
	if err != nil {
		t.Fatal(err)
	}
	var counted struct {
		Documents []struct {
			File       string
			Operations []struct {
				Method, Path string
				Pairs        map[string]string
			}
			Paths []struct {
				Path  string
				Pairs map[string]string
			}
			Pairs map[string]string
		}
	}
	if err := json.Unmarshal(text, &counted); err != nil {
		t.Fatal(err)
	}
	out := map[string][]statedPair{}
	for _, d := range counted.Documents {
		add := func(method, path string, pairs map[string]string) {
			for situation, layer := range pairs {
				if layer != "unreachable" {
					out[d.File] = append(out[d.File], statedPair{strings.ToUpper(method), path, situation})
				}
			}
		}
		for _, o := range d.Operations {
			add(o.Method, o.Path, o.Pairs)
		}
		for _, p := range d.Paths {
			add("", p.Path, p.Pairs)
		}
		add("", "", d.Pairs)
	}
	return out
}

const tableBegins, tableEnds = "<!-- table -->", "<!-- end -->"

func writeTable(t *testing.T, table string) {
	t.Helper()
	const file = "../../docs/documents.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !ok || !ends {
		t.Fatal("docs/documents.md has no place for the table")
	}
	out := before + tableBegins + "\n" + table + "\n" + tableEnds + after
	if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLargeDocument: the largest of the documents is loaded and planned within bounds of time and memory.
func TestLargeDocument(t *testing.T) {
	const file = "../../.documents/github.json"
	if _, err := os.Stat(file); err != nil {
		t.Skip("scripts/setup-documents.sh has not been run")
	}
	cpu, memory := checked(t, built(t), file, "")
	t.Logf("%.1f s, %d MB", cpu, memory)
	if cpu > 8 || memory > 300 {
		t.Errorf("takes %.1f s of CPU and %d MB, more than 8 s and 300 MB", cpu, memory)
	}
}

func built(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "conformance")
	if out, err := exec.Command("go", "build", "-o", program, "conformance/cmd/conformance").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// checked runs contract check on a file and returns the CPU time that it took, in seconds, and its memory at most,
// in MB.
func checked(t *testing.T, program, file, root string) (cpu float64, memory int) {
	t.Helper()
	args := []string{program, "contract", "check", file}
	if root != "" {
		args = append(args, "--root", root)
	}
	out, err := exec.Command("measure", args...).Output() // #nosec G204 -- its own program
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := fmt.Sscan(string(out), &cpu, &memory); err != nil {
		t.Fatal(err)
	}
	return cpu, memory
}
