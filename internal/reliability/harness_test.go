package reliability

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"conformance"
	"conformance/internal/cli"
	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/report"
	"conformance/internal/result"
	"conformance/internal/sandbox"
)

var embedded = sync.OnceValue(func() *contract.Contract {
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		panic(err)
	}
	return c
})

// soakRequested says that the long tests are asked for.
func soakRequested() bool { return os.Getenv("CONFORMANCE_SOAK") == "all" }

// sampleRequested says that the fixed sample of an exam is asked for: .ci/run harm does, go test ./... does not.
func sampleRequested() bool { return os.Getenv("CONFORMANCE_EXAM") == "sample" || thoroughRequested() }

// thoroughRequested says that what takes a minute or more is asked for: .ci/run thorough does, go test ./... does not.
func thoroughRequested() bool { return os.Getenv("CONFORMANCE_EXAM") == "all" || soakRequested() }

// iterations is few, or many when the long tests are asked for.
func iterations(few, many int) int {
	if soakRequested() {
		return many
	}
	return few
}

// ended is what a run leaves.
type ended struct {
	status         int
	stdout, stderr string
	took           time.Duration
	reports        string
	run            result.Run
}

// terminalText is everything that is printed.
func (e *ended) terminalText() string { return e.stdout + e.stderr }

// rows are those with the outcome.
func (e *ended) rows(o result.Outcome) []result.Check {
	var out []result.Check
	for _, row := range e.run.Checks {
		if row.Outcome == o {
			out = append(out, row)
		}
	}
	return out
}

// notesAndRows are the run's notes and the rows that did not pass.
func (e *ended) notesAndRows() string {
	var b strings.Builder
	b.WriteString(string(e.run.Verdict) + " " + strings.ToUpper(string(e.run.Verdict)) + "\n" + strings.Join(e.run.Notes,
		"\n") + "\n" + e.stderr)
	for _, row := range e.run.Checks {
		if row.Outcome == result.Pass || row.ReasonCode == result.Deselected {
			continue
		}
		b.WriteString("\n" + string(row.Outcome) + " " + row.ID + " " + row.Operation + ": " + row.Reason)
		for _, f := range row.Failures() {
			b.WriteString(" | " + f.Message)
		}
	}
	return b.String()
}

// runCommand is `conformance run` with these flags, in this process.
func runCommand(t *testing.T, ctx context.Context, flags ...string) *ended {
	t.Helper()
	e := &ended{reports: filepath.Join(t.TempDir(), "reports")}
	var stdout, stderr bytes.Buffer
	started := time.Now()
	e.status = cli.Run(ctx, append([]string{"run", "--reports", e.reports}, flags...), emptyEnvironment, &stdout, &stderr)
	e.took, e.stdout, e.stderr = time.Since(started), stdout.String(), stderr.String()
	e.read(t)
	return e
}

// emptyEnvironment is an environment without variables.
func emptyEnvironment(string) (string, bool) { return "", false }

// read reads the reports, if a run has written any, and insists that they are whole and valid.
func (e *ended) read(t *testing.T) {
	t.Helper()
	file, err := os.Open(filepath.Join(e.reports, "results.json"))
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if e.run, err = report.Read(file); err != nil {
		t.Errorf("results.json: %v", err)
	}
	valid(t, e.reports)
	if _, suspicious := e.find("the suite broke"); suspicious {
		t.Errorf("a check panicked: %s", e.notesAndRows())
	}
}

func (e *ended) find(reason string) (result.Check, bool) {
	for _, row := range e.run.Checks {
		if strings.Contains(row.Reason, reason) {
			return row, true
		}
	}
	return result.Check{}, false
}

var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	return jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "reports", "results.schema.json"))
})

// valid says that every report is there and is what its readers expect.
func valid(t *testing.T, dir string) {
	t.Helper()
	s, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Formats() {
		data, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Error(err)
			continue
		}
		switch filepath.Ext(f.Name) {
		case ".json":
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
			if err == nil {
				err = s.Validate(v)
			}
			if err != nil {
				t.Errorf("%s breaks its schema: %v", f.Name, err)
			}
		case ".har":
			if !json.Valid(data) {
				t.Errorf("%s is not JSON", f.Name)
			}
		case ".xml":
			dec := xml.NewDecoder(bytes.NewReader(data))
			for {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Errorf("%s is not XML: %v", f.Name, err)
					break
				}
			}
		default:
			if len(data) == 0 {
				t.Errorf("%s is empty", f.Name)
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("files that nobody asked for are left: %v", left)
	}
}

// newSandbox is a sandbox whose limits no run meets.
func newSandbox(t *testing.T, o sandbox.Options) *sandbox.Server {
	t.Helper()
	if o.Limit == 0 {
		o.Limit, o.Window = 1_000_000, time.Second
	}
	s, err := sandbox.New(embedded(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// configure writes a configuration and returns its flag.
func configure(t *testing.T, f *config.File) string {
	t.Helper()
	data, err := yaml.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, "conformance.yaml", data)
}

func written(t *testing.T, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

var (
	building sync.Mutex
	built    string // directory of the binary
)

// binary builds the real program, once.
func binary(t *testing.T) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	if built == "" {
		//nolint:usetesting // kept for all tests of the package; TestMain takes it away
		dir, err := os.MkdirTemp("", "conformance-*")
		if err != nil {
			t.Fatal(err)
		}
		built = dir
		cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "conformance"),
			"conformance/cmd/conformance")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return filepath.Join(built, "conformance")
}
