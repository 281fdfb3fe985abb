package cli

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/sandbox"
)

func serveCommand(env environment) *cobra.Command {
	var addr, contractFile, writeConfig, fault string
	var listFaults bool
	var overlays []string
	var limit int
	var window, delay time.Duration
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the contract: every error for real, for client developers",
		Long: `serve runs the sandbox: a stateful server of the contract with two companies, their records and keys. It answers every mistake as
the contract says. --write-config FILE leaves a configuration with its address and keys, ready for conformance run --config FILE.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := serveBounds(limit, window, delay); err != nil {
				return err
			}
			c, err := loadContract(contractFile, overlays...)
			if err != nil {
				return err
			}
			if listFaults {
				return printFaults(env, c)
			}
			l, file, err := ownSandbox(c, sandbox.Options{Limit: limit, Window: window, Fault: fault, Delay: delay}, addr)
			if err != nil {
				return err
			}
			defer l.Close()
			if l.Everywhere() {
				fmt.Fprintln(env.stderr, "warning:", everywhere(addr))
			}
			if writeConfig != "" {
				if err := saveConfig(writeConfig, file); err != nil {
					return err
				}
			}
			fmt.Fprintf(env.stdout, "%s %s on %s, %d requests per %s, key and tier\n", c.Title, c.Version, l.URL(), limit,
				window)
			if writeConfig != "" {
				fmt.Fprintf(env.stdout, "keys and fixtures: %s\n", writeConfig)
			} else {
				fmt.Fprintf(env.stdout, "a key with every scope: %s\n", file.Credentials.Of(credential.Full)[0])
			}
			<-cmd.Context().Done()
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&addr, "addr", "127.0.0.1:8080", "address to listen on; port 0 takes a free one")
	flags.StringVar(&contractFile, "contract", "", "OpenAPI document to serve (default: the embedded one)")
	flags.StringArrayVar(&overlays, "overlay", nil, "OpenAPI overlay to apply to the document (repeatable, in order)")
	flags.IntVar(&limit, "limit", 1000, "requests that a key has in a window, per tier")
	flags.DurationVar(&window, "window", 10*time.Second, "rolling window of the limit")
	flags.DurationVar(&delay, "delay", 0, "delay every answer by this much, like a distant server")
	flags.StringVar(&writeConfig, "write-config", "", "write a conformance.yaml with the address and all keys to this "+
		"file")
	flags.StringVar(&fault, "fault", "", "have this one fault")
	flags.BoolVar(&listFaults, "list-faults", false, "list the faults that the sandbox can have")
	return cmd
}

func printFaults(env environment, c *contract.Contract) error {
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	for _, f := range sandbox.Faults(c) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Name, f.Level, f.Situation, f.Description)
	}
	return w.Flush()
}

// ownSandbox starts a sandbox and describes it as a configuration would.
func ownSandbox(c *contract.Contract, o sandbox.Options, addr string) (*sandbox.Listener, *config.File, error) {
	s, err := sandbox.New(c, o)
	if err != nil {
		return nil, nil, usagef("the contract cannot be served: %w", err)
	}
	l, err := sandbox.Start(addr, s)
	if err != nil {
		return nil, nil, usagef("%w", err)
	}
	file := sandbox.Configuration(s)
	file.Target = l.URL()
	return l, file, nil
}

// saveConfig writes the file for its owner alone: it holds keys.
func saveConfig(file string, f *config.File) error {
	data, err := yaml.Marshal(f)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return usagef("--write-config: %w", err)
	}
	return nil
}
