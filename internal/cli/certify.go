package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"conformance/internal/certify"
	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/internal/report"
	"conformance/internal/result"
	"conformance/internal/runner"
)

// certifyFlags are the flags of certify other than the connection to its target.
type certifyFlags struct {
	runFlags
	subject, subjectDigest, signingKey, out string
}

func certifyCommand(env environment) *cobra.Command {
	var f certifyFlags
	cmd := &cobra.Command{
		Use:   "certify --subject NAME --out DIR",
		Short: "Run everything twice and write a signed certificate",
		Long: `certify runs the full profile twice, with different seeds and nothing left out, and writes a bundle of both results, a report, a badge and
a signed statement. It needs every credential and fixture. If anything is missing it writes no bundle and lists what to fix, in order.
With --sandbox it certifies the embedded sandbox: a way to see what a bundle looks like.

  conformance keygen --out partner
  conformance certify --target URL --config FILE --subject "Product 1.2 by Partner" --signing-key partner.key --out certificate
  conformance verify certificate --public-key partner.pub`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.given(cmd.Flags())
			return runCertify(cmd.Context(), env, f)
		},
	}
	flags := cmd.Flags()
	f.connection(flags)
	flags.StringVar(&f.subject, "subject", "", "the product under test: \"Product 1.2 by Partner\"")
	flags.StringVar(&f.subjectDigest, "subject-digest", "", "sha256:HEX of the product's artifact (default: of its name "+
		"and target)")
	flags.StringVar(&f.signingKey, "signing-key", "", "private key of conformance keygen (default: the bundle is not "+
		"signed, and says so)")
	flags.StringVar(&f.out, "out", "", "directory for the bundle; nothing in it is overwritten")
	return cmd
}

func runCertify(ctx context.Context, env environment, f certifyFlags) error {
	subject, key, err := f.read(env)
	if err != nil {
		return err
	}
	if err := f.aim(); err != nil {
		return err
	}
	if err := f.aimed(); err != nil {
		return err
	}
	f.strict = true // a certificate is about the whole of an API
	api, err := f.api(env)
	if err != nil {
		return err
	}
	c := api.Contract
	reference, err := certify.NewReference(ctx, c)
	if ctx.Err() != nil {
		return status(exitInterrupted)
	}
	if err != nil {
		return usagef("%w", err)
	}
	f.profile, f.failOn, f.assumed = "full", "must", "fail"
	target, err := findTarget(env, c, f.runFlags)
	if err != nil {
		return err
	}
	defer target.Close()
	runs, err := certifyTwice(ctx, env, reference, c, target.Target, f)
	if err != nil {
		return err
	}
	bundle, err := reference.Make(ctx, subject, runs, key)
	if err != nil {
		return err
	}
	if err := verifyBundle(ctx, reference, bundle, target.Target, key); err != nil {
		return err
	}
	if err := bundle.Write(f.out); err != nil {
		return fmt.Errorf("--out: %w", err) // it was free before the runs
	}
	signed := "signed with the key " + keyID(key)
	if key == nil {
		signed = "NOT SIGNED: it proves nothing to others; --signing-key FILE signs it"
	}
	warned, assumed, unverified := reference.Listed(runs)
	w := env.stdout
	fmt.Fprintf(w, "\nCERTIFIED  %s: %d rows, twice%s\n", subject.Name, len(runs[1].Checks), report.OfSandbox(runs[1]))
	if len(warned) > 0 {
		fmt.Fprintf(w, "warned     %s: a SHOULD is not met\n", strings.Join(warned, " "))
	}
	if len(assumed) > 0 {
		fmt.Fprintf(w, "assumed    %s rest on what the contract marks as assumed\n", strings.Join(assumed, " "))
	}
	if len(unverified) > 0 {
		fmt.Fprintf(w, "open       %d rows that the contract gives no means to verify; the statement lists them\n",
			len(unverified))
	}
	fmt.Fprintf(w, "bundle     %s, %s\n", filepath.Clean(f.out), signed)
	return nil
}

// read checks everything that can be wrong before anything is sent.
func (f *certifyFlags) read(env environment) (certify.Subject, *certify.PrivateKey, error) {
	digest, prefixed := strings.CutPrefix(f.subjectDigest, "sha256:")
	s := certify.Subject{Name: f.subject, Digest: digest}
	if f.subjectDigest != "" && (!prefixed || digest == "") {
		return s, nil, usagef("--subject-digest: write sha256: and 64 hexadecimal digits")
	}
	if err := s.Check(); err != nil {
		return s, nil, usagef("--subject: %w", err)
	}
	if f.out == "" {
		return s, nil, usagef("--out is missing: the directory for the bundle")
	}
	if err := f.bounds(); err != nil {
		return s, nil, err
	}
	if err := certify.Free(f.out); err != nil {
		return s, nil, usagef("--out: %w", err)
	}
	if f.signingKey == "" {
		return s, nil, nil
	}
	data, err := os.ReadFile(f.signingKey)
	if err != nil {
		return s, nil, usagef("--signing-key: %w", err)
	}
	if info, err := os.Stat(f.signingKey); err == nil && info.Mode().Perm()&0o077 != 0 {
		fmt.Fprintf(env.stderr, "--signing-key: %s can be read by others (%s): chmod 600 it\n", f.signingKey,
			info.Mode().Perm())
	}
	key, err := certify.ParsePrivateKey(data)
	if err != nil {
		return s, nil, usagef("--signing-key: %s %w", f.signingKey, err)
	}
	return s, key, nil
}

// certifyTwice returns two runs that lack nothing, or says what the first one that lacks something does. A second run
// is not begun then: it would find the same.
func certifyTwice(
	ctx context.Context,
	env environment,
	reference *certify.Reference,
	c *contract.Contract,
	t runner.Target,
	f certifyFlags,
) ([2]result.Run, error) {
	var runs [2]result.Run
	first := rand.Int64N(1_000_000)
	for i, seed := range []int64{first, (first + 1 + rand.Int64N(999_999)) % 1_000_000} {
		f.seed = seed
		fmt.Fprintf(env.stderr, "Run %d of 2, seed %d. ", i+1, seed)
		r, err := judge(ctx, env, t, certify.FullPlan(c), f.runFlags)
		if err != nil {
			return runs, err
		}
		if ctx.Err() != nil {
			return runs, status(exitInterrupted)
		}
		r.Finish()
		if missing := reference.Missing(r); len(missing) > 0 {
			printMissing(env, f, r, i+1, missing)
			if r.Verdict == result.Nonconformant {
				return runs, status(exitNonconformant)
			}
			return runs, status(exitInconclusive)
		}
		runs[i] = r
	}
	return runs, nil
}

// printMissing says why there is no certificate, and what to do first.
func printMissing(env environment, f certifyFlags, r result.Run, number int, missing []certify.Gap) {
	fmt.Fprintf(env.stdout, "\nNO CERTIFICATE  run %d of 2 is %s. Missing, in the order in which to fix it:\n\n", number,
		r.Verdict)
	for i, gap := range missing {
		fmt.Fprintf(env.stdout, "%3d. %s\n", i+1, gap)
	}
	fmt.Fprintf(env.stdout, "\nnext  conformance run --profile full --seed %d%s shows every exchange.\n", r.Seed,
		f.sameTargetFlags())
}

// sameTargetFlags are the flags that name the same target.
func (f *certifyFlags) sameTargetFlags() string {
	out := ""
	if f.sandbox {
		out += " --sandbox"
	}
	for _, flag := range []struct{ name, value string }{{"target", f.target}, {"contract", f.contract}} {
		if flag.value != "" {
			out += fmt.Sprintf(" --%s %s", flag.name, flag.value)
		}
	}
	if f.configGiven {
		out += " --config " + f.config
	}
	return out
}

// verifyBundle verifies the bundle before anyone gets it, and makes sure that no secret is in it.
func verifyBundle(ctx context.Context, reference *certify.Reference, b *certify.Bundle, t runner.Target,
	key *certify.PrivateKey,
) error {
	o := certify.Options{Now: now()}
	var mayBeOpen []string
	if key == nil {
		mayBeOpen = []string{"signature"}
	} else {
		o.Key = &key.PublicKey
	}
	found := certify.Verify(ctx, reference, b, o)
	if !certify.Certified(found, mayBeOpen...) {
		for _, p := range found {
			if p.State == certify.Refuted {
				return fmt.Errorf("no certificate: %s: %s", p.Name, p.Text)
			}
		}
	}
	redact := probe.NewRedactor(t.File.Credentials)
	for name, data := range b.Files {
		if text := string(data); redact.String(text) != text {
			return usagef("no certificate: %s would hold a credential; use keys whose text occurs nowhere else in the results",
				name)
		}
	}
	return nil
}

func keyID(key *certify.PrivateKey) string {
	if key == nil {
		return ""
	}
	return key.ID()
}

func keygenCommand(env environment) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "keygen --out NAME",
		Short: "Make a pair of keys to sign certificates with",
		Long: `keygen writes NAME.key, the private key, for its owner alone, and NAME.pub, the public key. It never overwrites either. The key's id is the
sha256 of the public key: send it to those who verify on another way than the file.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if out == "" {
				return usagef("--out is missing: NAME makes NAME.key and NAME.pub")
			}
			private, public, err := certify.NewKey()
			if err != nil {
				return err
			}
			for _, file := range []string{out + ".key", out + ".pub"} {
				if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
					return usagef("--out: %s is there already; choose another name: a key is never overwritten", file)
				}
			}
			if err := create(out+".key", private, 0o600); err != nil {
				return usagef("--out: %w", err)
			}
			if err := create(out+".pub", public, 0o644); err != nil {
				return usagef("--out: %w", errors.Join(err, os.Remove(out+".key")))
			}
			key, err := certify.ParsePublicKey(public)
			if err != nil {
				return err
			}
			fmt.Fprintf(env.stdout, "%s.key  keep it secret\n%s.pub  give it to those who verify\nkey id  %s\n", out, out,
				key.ID())
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "NAME of the two files, without .key and .pub")
	return cmd
}

// create makes a file that was not there.
func create(name string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
