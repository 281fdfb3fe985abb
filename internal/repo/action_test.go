package repo

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// stub takes the place of the binary: it notes its arguments and exits with the given status.
const stub = `#!/bin/sh
if [ "$1" = version ]; then echo a stub; exit; fi
printf '%s\n' "$@" >"$NOTES"
exit "$ENDS"
`

// step runs a subcommand of scripts/action.sh as a workflow would, and returns its exit status and what it printed.
func step(t *testing.T, subcommand string, env ...string) (status int, output string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stub is a shell script")
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not on PATH")
	}
	cmd := exec.Command(bash, "scripts/action.sh", subcommand)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "RUNNER_OS=Linux", "RUNNER_ARCH=X64"}, env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func installed(t *testing.T) (runnerTemp string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "conformance-bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "conformance-bin", "conformance"), []byte(stub), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestActionHandsInputsOver(t *testing.T) {
	dir := installed(t)
	notes, outputs, evil := filepath.Join(dir, "notes"), filepath.Join(dir, "outputs"), filepath.Join(dir, "evil")
	env := []string{
		"RUNNER_TEMP=" + dir, "GITHUB_OUTPUT=" + outputs, "NOTES=" + notes, "ENDS=1",
		"INPUT_TARGET=http://a.test/$(touch " + evil + ")", "INPUT_CONFIG=my config.yaml", "INPUT_CONTRACT=",
		"INPUT_PROFILE=quick",
		"INPUT_REPORTS=reports", "INPUT_ARGS=--only=missing-*\r\n--skip=RATE-*=a reason; touch " + evil + "\n\n--seed=1",
	}
	status, out := step(t, "run", env...)
	if status != 0 {
		t.Fatalf("exit status %d: the reports would not be uploaded\n%s", status, out)
	}
	want := "run\n--target=http://a.test/$(touch " + evil +
		")\n--config=my config.yaml\n--profile=quick\n--reports=reports\n" +
		"--only=missing-*\n--skip=RATE-*=a reason; touch " + evil + "\n--seed=1\n"
	if got := content(t, notes); got != want {
		t.Errorf("arguments\n%s\nwant\n%s", got, want)
	}
	if got := content(t, outputs); got != "exit-status=1\n" {
		t.Errorf("outputs %q", got)
	}
	if _, err := os.Stat(evil); err == nil {
		t.Error("an input was run as a command")
	}
}

// An input that is empty is an unset variable of somebody's: it must mean neither another target nor the sandbox.
func TestActionJudgesTheSandboxOnlyWhenAsked(t *testing.T) {
	tests := []struct {
		name, target, sandbox, config string
		status                        int
		want                          string // arguments, or what is said
	}{
		{"a target", "http://a.test/api", "false", "", 0, "run\n--target=http://a.test/api\n"},
		{"the configuration's", "from-config", "false", "", 0, "run\n--config=conformance.yaml\n"},
		{"that of a configuration", "from-config", "", "my.yaml", 0, "run\n--config=my.yaml\n"},
		{"an unset variable", "", "false", "", 2, "the input target is empty"},
		{"blanks", " ", "false", "", 2, "the input target is empty"},
		{"an unset variable and a configuration", "", "", "my.yaml", 2, "the input target is empty"},
		{"the sandbox", "from-config", "true", "", 0, "run\n--sandbox\n"},
		{"the sandbox and an unset variable", "", "true", "", 0, "run\n--sandbox\n"},
		{"both", "http://a.test/api", "true", "", 2, "exclude each other"},
		{"neither true nor false", "http://a.test/api", "yes", "", 2, "neither true nor false"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := installed(t)
			notes := filepath.Join(dir, "notes")
			status, out := step(t, "run", "RUNNER_TEMP="+dir, "GITHUB_OUTPUT="+filepath.Join(dir, "outputs"), "NOTES="+notes,
				"ENDS=0",
				"INPUT_TARGET="+tt.target, "INPUT_SANDBOX="+tt.sandbox, "INPUT_CONFIG="+tt.config)
			if status != tt.status {
				t.Fatalf("exit status %d, want %d\n%s", status, tt.status, out)
			}
			if status == 0 {
				out = content(t, notes)
			}
			if !strings.Contains(out, tt.want) {
				t.Errorf("%q lacks %q", out, tt.want)
			}
		})
	}
}

func TestActionEndsAsTheRunEnded(t *testing.T) {
	tests := []struct {
		fail, ended string
		want        int
	}{
		{"true", "0", 0}, {"true", "1", 1}, {"true", "3", 3}, {"false", "1", 0}, {"", "1", 1}, {"true", "", 3},
		{"maybe", "0", 2},
	}
	for _, tt := range tests {
		if got, out := step(t, "judge", "RUNNER_TEMP=/nowhere", "INPUT_FAIL="+tt.fail,
			"EXIT_STATUS="+tt.ended); got != tt.want {
			t.Errorf("fail %q of a run that ended with %q: %d, want %d\n%s", tt.fail, tt.ended, got, tt.want, out)
		}
	}
}

func TestActionVerifiesWhatItDownloads(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not on PATH")
	}
	server := t.TempDir()
	release := filepath.Join(server, "OWNER", "conformance", "releases", "download", "v1.2.3")
	const archive = "conformance_1.2.3_linux_amd64.tar.gz" // as .goreleaser.yaml names it
	sum := publish(t, filepath.Join(release, archive))
	tests := []struct {
		name, version, checksums, problem string
	}{
		{"as published", "v1.2.3", sum + "  " + archive, ""},
		{"without the v", "1.2.3", sum + "  " + archive, ""},
		{"another sum", "v1.2.3", strings.Repeat("0", 64) + "  " + archive, "is not what checksums.txt of v1.2.3 says"},
		{"no sum", "v1.2.3", sum + "  conformance_1.2.3_linux_arm64.tar.gz", "does not name"},
		{"no such release", "v9.9.9", sum + "  " + archive, "cannot be downloaded"},
		{"no release at all", "../../evil", sum + "  " + archive, "is not the name of a release"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(release, "checksums.txt"), []byte(tt.checksums+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			temp := t.TempDir()
			status, out := step(t, "install", "RUNNER_TEMP="+temp, "GITHUB_SERVER_URL=file://"+server,
				"ACTION_REPOSITORY=OWNER/conformance",
				"GITHUB_REPOSITORY=someone/else", "INPUT_VERSION="+tt.version)
			_, err := os.Stat(filepath.Join(temp, "conformance-bin", "conformance"))
			if tt.problem == "" && (status != 0 || err != nil || !strings.Contains(out, "a stub")) {
				t.Errorf("exit status %d, %v\n%s", status, err, out)
			}
			if tt.problem != "" && (status == 0 || err == nil || !strings.Contains(out, tt.problem)) {
				t.Errorf("exit status %d, unpacked %t\n%s", status, err == nil, out)
			}
		})
	}
}

// publish writes an archive that holds the stub, and returns its checksum.
func publish(t *testing.T, file string) (sum string) {
	t.Helper()
	var packed strings.Builder
	zipped := gzip.NewWriter(&packed)
	tarred := tar.NewWriter(zipped)
	if err := tarred.WriteHeader(&tar.Header{Name: "conformance", Mode: 0o755, Size: int64(len(stub))}); err != nil {
		t.Fatal(err)
	}
	if _, err := tarred.Write([]byte(stub)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tarred.Close(), zipped.Close(), os.MkdirAll(filepath.Dir(file), 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(packed.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(packed.String())))
}

func content(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
