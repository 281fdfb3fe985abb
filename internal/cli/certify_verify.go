package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"conformance/internal/certify"
	"conformance/internal/contract"
)

// verifyFlags are the flags of verify other than the connection for a spot check.
type verifyFlags struct {
	runFlags
	publicKey, maxAge string
	unsigned, asJSON  bool
	spotCheck         int
}

// notVerifiable is what no certificate proves.
const notVerifiable = "that the answers came from the named product: only the signer says so. --spot-check N " +
	"--target URL asks a product again."

func now() time.Time { return time.Now() }

func verifyCommand(env environment) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify DIR --public-key FILE",
		Short: "Verify a certificate that conformance certify made",
		Long: `verify examines the bundle in DIR and prints a line for each property that it must have: ✓ proven, ✗ refuted, – not examined. What can be
computed is computed again: which rows there must be, counts, coverage, verdict, digests. Exit status 0 if everything is proven, 1 if not.

  conformance verify certificate --public-key partner.pub
  conformance verify certificate --public-key partner.pub --spot-check 50 --target URL --config FILE`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.configGiven = cmd.Flags().Changed("config")
			return runVerify(cmd.Context(), env, args[0], f)
		},
	}
	flags := cmd.Flags()
	f.connection(flags)
	flags.StringVar(&f.publicKey, "public-key", "", "the signer's public key, from a source you trust: not from the "+
		"bundle")
	flags.BoolVar(&f.unsigned, "unsigned", false, "skip the signature: proves only that the files agree with each other")
	flags.StringVar(&f.maxAge, "max-age", "90d", "the maximum age of a certificate, as 90d or 36h; 0: any")
	flags.IntVar(&f.spotCheck, "spot-check", 0, "run this many random rows again on --target")
	flags.BoolVar(&f.asJSON, "json", false, "as JSON")
	return cmd
}

func runVerify(ctx context.Context, env environment, dir string, f verifyFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	c, err := loadContract(f.contract, f.overlays...)
	if err != nil {
		return err
	}
	bundle, err := certify.Read(dir)
	if err != nil {
		return usagef("%s: %w; a bundle is what conformance certify --out DIR leaves", dir, err)
	}
	reference, err := certify.NewReference(ctx, c)
	if ctx.Err() != nil {
		return status(exitInterrupted)
	}
	if err != nil {
		return usagef("%w", err)
	}
	found := certify.Verify(ctx, reference, bundle, o)
	if f.spotCheck > 0 {
		property, err := spotCheck(ctx, env, reference, c, bundle, f)
		if err != nil {
			return err
		}
		found = append(found, property)
	}
	var mayBeOpen []string
	if f.unsigned {
		mayBeOpen = []string{"signature"}
	}
	certified := certify.Certified(found, mayBeOpen...)
	if err := f.print(env, found, certified); err != nil {
		return err
	}
	if !certified {
		return status(exitNonconformant)
	}
	return nil
}

func (f *verifyFlags) options() (certify.Options, error) {
	o := certify.Options{Now: now()}
	var err error
	if o.MaxAge, err = parseAge(f.maxAge); err != nil {
		return o, usagef("--max-age: %w", err)
	}
	if f.spotCheck < 0 || f.spotCheck == 0 && f.target != "" {
		return o, usagef("--spot-check N and --target URL belong together; N is at least 1")
	}
	if err := f.bounds(); err != nil {
		return o, err
	}
	switch {
	case f.publicKey == "" && !f.unsigned:
		return o, usagef("--public-key is missing: give the signer's, from a source you trust, or --unsigned, which proves " +
			"less")
	case f.publicKey != "" && f.unsigned:
		return o, usagef("--public-key and --unsigned exclude each other")
	case f.unsigned:
		return o, nil
	}
	data, err := os.ReadFile(f.publicKey)
	if err != nil {
		return o, usagef("--public-key: %w", err)
	}
	if o.Key, err = certify.ParsePublicKey(data); err != nil {
		return o, usagef("--public-key: %s %w", f.publicKey, err)
	}
	return o, nil
}

// parseAge reads 90d, or what Go calls a duration.
func parseAge(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if number, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(number)
		if n > 36500 {
			return 0, fmt.Errorf("%q is more than a century", text)
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a duration: write 90d or 36h", text)
	}
	return d, nil
}

// spotCheck asks the target some of the rows again.
func spotCheck(
	ctx context.Context,
	env environment,
	reference *certify.Reference,
	c *contract.Contract,
	b *certify.Bundle,
	f verifyFlags,
) (certify.Property, error) {
	silentEnv := env
	if f.asJSON {
		silentEnv.stdout = env.stderr
	}
	if f.target == "" { // never the sandbox of one's own
		file, err := loadConfig(env, f.config, f.configGiven)
		if err != nil {
			return certify.Property{}, err
		}
		if file == nil || file.Target == "" {
			return certify.Property{}, usagef("--spot-check needs --target: the product that the certificate claims to be " +
				"about")
		}
	}
	f.profile = "full"
	target, err := findTarget(silentEnv, c, f.runFlags)
	if err != nil {
		return certify.Property{}, err
	}
	defer target.Close()
	plan, err := certify.Sample(c, f.spotCheck)
	if err != nil {
		return certify.Property{}, err
	}
	r, err := judge(ctx, silentEnv, target.Target, plan, f.runFlags)
	if err != nil {
		return certify.Property{}, err
	}
	if ctx.Err() != nil {
		return certify.Property{}, status(exitInterrupted)
	}
	return reference.Compare(b, r), nil
}

func (f *verifyFlags) print(env environment, found []certify.Property, certified bool) error {
	if f.asJSON {
		enc := json.NewEncoder(env.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Certified  bool               `json:"certified"`
			Signed     bool               `json:"signed"` // the signature was examined and holds
			Properties []certify.Property `json:"properties"`
			Unknown    string             `json:"unknown"`
		}{certified, isProven(found, "signature"), found, notVerifiable})
	}
	for _, p := range found {
		fmt.Fprintf(env.stdout, "%s %-18s %s\n", map[certify.State]string{
			certify.Proven: "✓", certify.Refuted: "✗", certify.Open: "–",
		}[p.State], p.Name, p.Text)
	}
	fmt.Fprintf(env.stdout, "? %-18s %s\n\n", "not known", notVerifiable)
	switch {
	case !certified:
		fmt.Fprintln(env.stdout, "NOT CERTIFIED")
	case f.unsigned:
		fmt.Fprintln(env.stdout, "CONSISTENT  but not authenticated: no signature was examined")
	default:
		fmt.Fprintln(env.stdout, "CERTIFIED")
	}
	return nil
}

func isProven(found []certify.Property, name string) bool {
	for _, p := range found {
		if p.Name == name {
			return p.State == certify.Proven
		}
	}
	return false
}
