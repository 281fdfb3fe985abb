package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// What a release build knows and the module's build information cannot tell where there is no repository at hand: set
// with -ldflags "-X conformance/internal/cli.release=1.2.3 -X conformance/internal/cli.revision=<commit>".
var release, revision string

// build says which program this is. Members are empty where neither the linker nor the build recorded them.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the repository it was built from
	Modified bool   `json:"modified"` // the work tree differed from that revision
	Go       string `json:"go"`
	Platform string `json:"platform"` // GOOS/GOARCH
}

// describeBuild prefers what the linker was given over what the build recorded; info is nil if nothing was.
func describeBuild(info *debug.BuildInfo, release, revision string) build {
	b := build{Version: "dev", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info != nil {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			b.Version = v
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if release != "" {
		b.Version = release
	}
	if revision != "" {
		b.Revision = revision
	}
	return b
}

func thisBuild() build {
	info, _ := debug.ReadBuildInfo()
	return describeBuild(info, release, revision)
}

// version is what reports and the User-Agent say.
func version() string { return thisBuild().Version }

func versionCommand(env environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this build",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if asJSON {
				enc := json.NewEncoder(env.stdout)
				enc.SetIndent("", "  ")
				return enc.Encode(b)
			}
			fmt.Fprintln(env.stdout, b)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func (b build) String() string {
	text := "conformance " + b.Version
	if b.Revision != "" {
		text += ", revision " + b.Revision
	}
	if b.Modified {
		text += ", modified"
	}
	return text + ", " + b.Go + ", " + b.Platform
}
