package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"conformance/internal/contract"
	"conformance/internal/sandbox"
	"conformance/suite"
)

// suggest proposes values for what has been typed.
type suggest = cobra.CompletionFunc

// completions registers, for every command below root, what the shell proposes as values of its flags and arguments. It
// goes by the flags' names: one name means one thing in every command.
func completions(root *cobra.Command) {
	flags := map[string]suggest{
		"profile": words("quick\tone operation per path and situation", "core\tevery MUST", "full\tthe SHOULDs too"),
		"fail-on": words("must\ta broken MUST fails the run", "should\twarnings count too, and the profile is full"),
		"flaky":   words("fail\tcounts as a failure", "warn\tonly warns"),
		"assumed": words("fail\tcounts like the rest", "warn\tonly warns"),
		"only":    globs(""),
		"skip":    globs("="),
		"fault":   faults,

		"config":       files("yaml", "yml"),
		"contract":     files("yaml", "yml", "json"),
		"write-config": files("yaml", "yml"),
		"known":        files("yaml", "yml"),
		"ca-file":      files("pem", "crt", "cer"),
		"reports":      directories,

		"target": words("http://", "https://"),
		"shard":  words("auto\ttakes I and N from the CI's environment"),
		"addr":   words("127.0.0.1:8080", "127.0.0.1:0"),
	}
	for _, cmd := range root.Commands() {
		completions(cmd)
		for name, values := range flags {
			if cmd.Flags().Lookup(name) != nil {
				_ = cmd.RegisterFlagCompletionFunc(name, values) // fails for a flag that is not there, or has values already
			}
		}
		switch cmd.Name() {
		case "explain":
			cmd.ValidArgsFunction = atMost(1, checkIDs)
		case "render":
			cmd.ValidArgsFunction = atMost(1, files("json"))
			_ = cmd.RegisterFlagCompletionFunc("as", words(resultFormats...))
		case "compare":
			cmd.ValidArgsFunction = atMost(2, files("json"))
			_ = cmd.RegisterFlagCompletionFunc("as", words(comparisonFormats...))
		case "init":
			cmd.ValidArgsFunction = atMost(1, files("yaml", "yml", "json"))
			_ = cmd.RegisterFlagCompletionFunc("out", directories)
		case "check":
			cmd.ValidArgsFunction = atMost(1, files("yaml", "yml", "json"))
		}
	}
}

func words(values ...string) suggest {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

func files(extensions ...string) suggest {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return extensions, cobra.ShellCompDirectiveFilterFileExt
	}
}

func directories(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// atMost proposes nothing once a command has all the arguments that it takes.
func atMost(n int, s suggest) suggest {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return s(cmd, args, typed)
	}
}

func checkIDs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var ids []string
	for _, k := range suite.All() {
		ids = append(ids, k.ID+"\t"+k.Title)
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// globs proposes what --only and --skip match: ids, situations and operations, each with what has to follow it.
func globs(follow string) suggest {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		directive := cobra.ShellCompDirectiveNoFileComp
		if follow != "" {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		var values []string
		for _, k := range suite.All() {
			values = append(values, k.ID+follow+"\t"+k.Title)
		}
		c, err := contractOf(cmd)
		if err != nil {
			return values, directive // a wrong contract is for the command to complain of
		}
		for _, id := range c.SituationIDs() {
			values = append(values, string(id)+follow+"\tsituation")
		}
		for _, o := range c.Operations {
			values = append(values, o.ID+follow+"\toperation")
		}
		slices.Sort(values)
		return values, directive
	}
}

func faults(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if c, err := contractOf(cmd); err == nil {
		for _, f := range sandbox.Faults(c) {
			if strings.HasPrefix(f.Name, typed) {
				names = append(names, f.Name+"\t"+f.Description)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// contractOf is the contract that the command line names so far.
func contractOf(cmd *cobra.Command) (*contract.Contract, error) {
	file, _ := cmd.Flags().GetString("contract") // a command without the flag has the embedded one
	return loadContract(file)
}
