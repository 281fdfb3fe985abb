package repo

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"conformance/internal/cli"
	"conformance/internal/report"
)

// snippet is a fenced block of a document that people copy.
type snippet struct {
	where, language, text string
}

var fence = regexp.MustCompile("(?ms)^ *```([a-z]+)\n(.*?)^ *```$")

func snippets(t *testing.T) []snippet {
	t.Helper()
	var all []snippet
	for _, file := range []string{"README.md", "docs/pipelines.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
			all = append(all, snippet{file, m[1], m[2]})
		}
	}
	return all
}

// workflow makes a whole workflow of a snippet for GitHub; ok is false for a snippet of anything else.
func (s snippet) workflow() (text string, ok bool) {
	if s.language != "yaml" || strings.HasPrefix(s.text, "# .gitlab-ci.yml") {
		return "", false
	}
	if regexp.MustCompile(`(?m)^jobs:`).MatchString(s.text) {
		return s.text, true
	}
	if regexp.MustCompile(`(?m)^- .*(uses|run):`).MatchString(s.text) {
		steps := regexp.MustCompile(`(?m)^`).ReplaceAllString(strings.TrimRight(s.text, "\n"), "      ")
		return "on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n" + steps + "\n", true
	}
	return "", false
}

func TestWorkflowsPassActionlint(t *testing.T) {
	actionlint, err := exec.LookPath("actionlint")
	if err != nil {
		t.Skip("actionlint is not on PATH: go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12")
	}
	run := func(t *testing.T, args ...string) {
		t.Helper()
		if out, err := exec.Command(actionlint, args...).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	t.Run("this repository's", func(t *testing.T) {
		files, err := filepath.Glob(".github/workflows/*.yml")
		if err != nil || len(files) < 3 {
			t.Fatalf("workflows %q, %v", files, err)
		}
		run(t, append([]string{"-config-file", ".github/actionlint.yaml"}, files...)...)
	})
	found := 0
	for _, s := range snippets(t) {
		if text, ok := s.workflow(); ok {
			found++
			t.Run(s.where, func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "workflow.yml")
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				run(t, file)
			})
		}
	}
	if found < 2 {
		t.Errorf("only %d snippets for GitHub were found", found)
	}
}

func TestGitLabSnippetUploadsJUnit(t *testing.T) {
	for _, s := range snippets(t) {
		if !strings.HasPrefix(s.text, "# .gitlab-ci.yml") {
			continue
		}
		var jobs map[string]struct {
			Image     string
			Script    []string
			Artifacts struct {
				When    string
				Reports struct{ JUnit string }
			}
		}
		if err := yaml.Unmarshal([]byte(s.text), &jobs); err != nil {
			t.Fatalf("%s: %v", s.where, err)
		}
		for name, job := range jobs {
			if job.Image == "" || len(job.Script) == 0 || job.Artifacts.When != "always" ||
				job.Artifacts.Reports.JUnit != "reports/junit.xml" {
				t.Errorf("%s: job %s: %+v", s.where, name, job)
			}
		}
		return
	}
	t.Error("there is no snippet for GitLab")
}

// An action gets what its own file declares; actionlint cannot know that of an action that is not public.
func TestSnippetsUseWhatTheActionDeclares(t *testing.T) {
	var action struct{ Inputs, Outputs map[string]any }
	var reusable struct {
		On struct {
			WorkflowCall struct{ Inputs, Secrets, Outputs map[string]any } `yaml:"workflow_call"`
		}
	}
	parse(t, "action.yml", &action)
	parse(t, ".github/workflows/conformance.yml", &reusable)
	type step struct {
		ID, Uses string
		With     map[string]any
		Secrets  map[string]any
		Steps    []step
	}
	used := 0
	check := func(where string, s step) {
		call := reusable.On.WorkflowCall
		switch {
		case strings.HasPrefix(s.Uses, "OWNER/conformance/.github/workflows/conformance.yml@"):
			used++
			declared(t, where+": input", s.With, call.Inputs)
			declared(t, where+": secret", s.Secrets, call.Secrets)
		case strings.HasPrefix(s.Uses, "OWNER/conformance@"):
			used++
			declared(t, where+": input", s.With, action.Inputs)
		case strings.HasPrefix(s.Uses, "OWNER/"):
			t.Errorf("%s uses %s, which is not here", where, s.Uses)
		}
	}
	for _, s := range snippets(t) {
		text, ok := s.workflow()
		if !ok {
			continue
		}
		var w struct{ Jobs map[string]step }
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatalf("%s: %v", s.where, err)
		}
		for _, job := range w.Jobs {
			check(s.where, job)
			for _, st := range job.Steps {
				check(s.where, st)
			}
		}
		for _, m := range regexp.MustCompile(`(?:steps|needs)\.conformance\.outputs\.([a-z-]+)`).FindAllStringSubmatch(text,
			-1) {
			declared(t, s.where+": output", map[string]any{m[1]: nil}, action.Outputs)
		}
	}
	if used < 2 {
		t.Errorf("only %d uses of the action and the workflow were found", used)
	}
}

// A snippet for a pipeline says what it judges: by a target, a configuration or --sandbox.
func TestPipelinesNameWhatTheyJudge(t *testing.T) {
	runs := 0
	for _, s := range snippets(t) {
		for _, m := range command.FindAllStringSubmatch(strings.ReplaceAll(s.text, "\\\n", " "), -1) {
			if m[1] != "run" || s.where == "README.md" && strings.HasPrefix(s.text, "go run") { // trying it out
				continue
			}
			runs++
			if !regexp.MustCompile(`--(target|config|sandbox)\b`).MatchString(m[2]) {
				t.Errorf("%s: a run names neither --target, --config nor --sandbox: %s", s.where, m[0])
			}
		}
	}
	if runs < 4 {
		t.Errorf("only %d runs were found", runs)
	}
	for _, file := range []string{"action.yml", ".github/workflows/conformance.yml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "sandbox: ${{ inputs.sandbox }}") &&
			!strings.Contains(string(text), "INPUT_SANDBOX: ${{ inputs.sandbox }}") {
			t.Errorf("%s does not hand the input sandbox on", file)
		}
	}
}

func declared(t *testing.T, what string, used, known map[string]any) {
	t.Helper()
	for name := range used {
		if _, ok := known[name]; !ok {
			t.Errorf("%s %s is not declared", what, name)
		}
	}
}

func parse(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// A value in a script is a script: what comes from outside reaches a shell only through its environment.
func TestNoExpressionInsideAScript(t *testing.T) {
	files, _ := filepath.Glob(".github/workflows/*.yml")
	for _, file := range append(files, "action.yml") {
		var root yaml.Node
		parse(t, file, &root)
		scripts(&root, func(script *yaml.Node) {
			if strings.Contains(script.Value, "${{") {
				t.Errorf("%s:%d: an expression inside a script; pass it through env", file, script.Line)
			}
		})
	}
}

func scripts(n *yaml.Node, f func(*yaml.Node)) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "run" && child.Kind == yaml.ScalarNode {
			f(child)
		}
		scripts(child, f)
	}
}

var (
	// command is a call of the binary, of `go run` or of the image, with its subcommand and the rest of its line.
	command  = regexp.MustCompile(`(?:^|[\s/"])conformance(?::[0-9.]+)? (run|[a-z]+)\b([^\n;|]*)`)
	flagWord = regexp.MustCompile(`(?:^|\s)--([a-z][a-z-]*)`)
	reported = regexp.MustCompile(`\breports/([a-z]+\.[a-z]+)\b`)
	argument = regexp.MustCompile(`(?m)^\s+--([a-z-]+)=`)
)

func TestSnippetsUseFlagsAndFilesThatExist(t *testing.T) {
	var written []string
	for _, f := range report.Formats() {
		written = append(written, f.Name)
	}
	help := map[string]string{}
	flags := map[string]int{}
	check := func(s snippet, sub, flag string) {
		flags[sub]++
		if !strings.Contains(help[sub], "--"+flag+" ") {
			t.Errorf("%s: conformance %s has no flag --%s", s.where, sub, flag)
		}
	}
	for _, s := range snippets(t) {
		text := strings.ReplaceAll(s.text, "\\\n", " ")
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			sub := m[1]
			if _, ok := help[sub]; !ok {
				var out, problem bytes.Buffer
				none := func(string) (string, bool) { return "", false }
				if status := cli.Run(context.Background(), []string{sub, "--help"}, none, &out, &problem); status != 0 ||
					!strings.Contains(out.String(), "conformance "+sub) {
					t.Errorf("%s: there is no command conformance %s: %s", s.where, sub, problem.String())
				}
				help[sub] = out.String()
			}
			for _, f := range flagWord.FindAllStringSubmatch(m[2], -1) {
				check(s, sub, f[1])
			}
		}
		if _, ok := s.workflow(); ok { // the lines of the input args
			for _, f := range argument.FindAllStringSubmatch(text, -1) {
				check(s, "run", f[1])
			}
		}
		if s.where == "docs/pipelines.md" {
			for _, m := range reported.FindAllStringSubmatch(s.text, -1) {
				if !slices.Contains(written, m[1]) {
					t.Errorf("%s: a run writes no reports/%s", s.where, m[1])
				}
			}
		}
	}
	if flags["run"] < 8 || flags["compare"] == 0 || flags["render"] == 0 {
		t.Errorf("flags that were found: %v", flags)
	}
}
