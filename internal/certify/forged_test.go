package certify

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"conformance/internal/result"
)

// forgeries are single changes of what a bundle says. Three people may have made them: one without a key, one with
// another key, and the signer. Against the first two the signature helps; against the last only what can be computed
// again, and where that finds nothing, want is empty: the signer's word is all there is.
var forgeries = []struct {
	name   string
	change func(*[2]result.Run)
	want   string // the property that refutes it even if the signer made it
	text   string
}{
	{
		"a row's outcome", func(r *[2]result.Run) { r[0].Checks[7].Outcome = result.Fail }, "counts",
		"run 1: the counts are reported as",
	},
	{
		"a row's outcome, counted", func(r *[2]result.Run) { r[0].Checks[7].Outcome = result.Fail; r[0].Finish() }, "verdict",
		"run 1: the rows give nonconformant: 1 of them fail",
	},
	{"a failing row hidden by the verdict", func(r *[2]result.Run) {
		r[0].Checks[7].Outcome = result.Fail
		r[0].Finish()
		r[0].Verdict = result.Conformant
	}, "verdict", `run 1: the verdict is reported as "conformant" (complete: true); the rows give nonconformant`},
	{
		"a row removed", func(r *[2]result.Run) { r[1].Checks = slices.Delete(r[1].Checks, 5, 6); r[1].Finish() }, "rows",
		"run 2: a row that the suite plans is missing",
	},
	{
		"a row added", func(r *[2]result.Run) { r[1].Checks = append(r[1].Checks, row(r, "another")); r[1].Finish() }, "rows",
		"run 2: a row that the suite does not plan",
	},
	{"a row twice", func(r *[2]result.Run) {
		r[1].Checks = slices.Insert(r[1].Checks, 1, r[1].Checks[0])
		r[1].Counts.Pass++
	}, "rows", "run 2: a row that occurs twice"},
	{
		"a row in another place", func(r *[2]result.Run) { c := r[1].Checks; c[0], c[1] = c[1], c[0] }, "counts",
		"run 2: the rows are not in their order",
	},
	{"a row's level", func(r *[2]result.Run) { r[0].Checks[7].Level = result.Should }, "rows", "run 1: a row whose level"},
	{
		"a row's situation", func(r *[2]result.Run) { r[0].Checks[7].Situation = "other" }, "rows",
		"run 1: a row whose level, situation",
	},
	{"a row's title", func(r *[2]result.Run) { r[0].Checks[7].Title = "other" }, "rows", "run 1: a row whose"},
	{
		"a row's link", func(r *[2]result.Run) { r[0].Checks[7].SourceURL = "https://evil.example/" }, "rows",
		"run 1: a row whose",
	},
	{"a row's source", func(r *[2]result.Run) { r[0].Checks[7].Source = "other" }, "rows", "run 1: a row whose"},
	{
		"a row assumed", func(r *[2]result.Run) { r[0].Checks[7].Assumed = !r[0].Checks[7].Assumed }, "rows",
		"run 1: a row whose",
	},
	{
		"a must that warns", func(r *[2]result.Run) { must(r).Outcome = result.Warn; r[0].Finish() }, "judged",
		"is a MUST that only warns",
	},
	{
		"an outcome that there is not", func(r *[2]result.Run) { r[0].Checks[7].Outcome = "passed" }, "judged",
		`has the outcome "passed"`,
	},
	{
		"a pass with a failure",
		func(r *[2]result.Run) { r[0].Checks[7].Differences = []result.Difference{{Kind: "status"}} }, "judged",
		"passes and has a failure",
	},
	{"a row deselected", skip(result.Deselected), "judged", `was skipped ("deselected")`},
	{"a row without its credential", skip(result.Credential), "judged", `was skipped ("credential")`},
	{"a row not applicable", skip(result.NotApplicable), "judged", "was not verified, although a correct server of the " +
		"contract allows it"},
	{"a row not verified", skip(result.NotVerifiable), "judged", "was not verified, although a correct server of the " +
		"contract allows it"},
	{"a row without a reason", skip(""), "judged", `was skipped ("")`},
	{
		"a row that broke", func(r *[2]result.Run) { r[0].Checks[7].Outcome = result.Error; r[0].Finish() }, "judged",
		"could not be judged",
	},
	{
		"a known failure", func(r *[2]result.Run) { r[0].Checks[7].Known = &result.Known{Reason: "later"} }, "judged",
		"is a known failure",
	},
	{"the counts", func(r *[2]result.Run) { r[0].Counts.Skip++ }, "counts", "run 1: the counts are reported as"},
	{"complete", func(r *[2]result.Run) { r[0].Complete = false }, "verdict", "complete: false"},
	{"the coverage", func(r *[2]result.Run) { r[0].Coverage.Provoked-- }, "coverage", "run 1: coverage is reported as"},
	{"a pair unprovoked", func(r *[2]result.Run) {
		c := &r[0].Checks[7]
		r[0].Coverage.Unprovoked = append(r[0].Coverage.Unprovoked,
			result.Pair{Operation: c.Operation, Situation: c.Situation})
		r[0].Coverage.Provoked--
	}, "coverage", "never provoked, although"},
	{
		"the contract's digest", func(r *[2]result.Run) { r[0].Contract.SHA256 = strings.Repeat("0", 64) }, "contract",
		"run 1 was judged by the contract with sha256",
	},
	{
		"the contract's title", func(r *[2]result.Run) { r[1].Contract.Title = "Another API" }, "contract",
		"run 2 was judged by",
	},
	{"the profile", func(r *[2]result.Run) { r[1].Profile = "core" }, Run2File, `the profile is "core"`},
	{"a part of a run", func(r *[2]result.Run) { r[1].Shard = "1/2" }, Run2File, `the part "1/2"`},
	{
		"an insecure run", func(r *[2]result.Run) { r[0].Notes = []string{"--insecure: the certificate was not checked"} },
		Run1File, "a flag that a certificate does not allow",
	},
	{"the same seed", func(r *[2]result.Run) { r[0].Seed = r[1].Seed }, "seeds", "both runs have the seed 2"},
	{
		"the target of one", func(r *[2]result.Run) { r[0].Target = "http://other.test" }, "seeds",
		"the runs have different targets",
	},
	{"run 2 before run 1", func(r *[2]result.Run) { r[1].Started = begun.Add(-time.Hour) }, "times", "run 2 began before"},
	{
		"a run in the future", func(r *[2]result.Run) { r[1].Started = verified.Add(time.Hour) }, "times",
		"run 2 ended in the future",
	},
	{"no time at all", func(r *[2]result.Run) { r[1].DurationMS = -1 }, "times", "run 2 is reported to have taken -1 ms"},
	{"an old run", func(r *[2]result.Run) {
		for i := range r {
			r[i].Started = r[i].Started.AddDate(-1, 0, 0)
		}
	}, "age", "certified 366 days ago"},
	{"no requests", func(r *[2]result.Run) { r[0].Requests = 12 }, "times", "with 12 requests"},
	{"another schema", func(r *[2]result.Run) { r[0].Schema = "conformance/results/v9" }, Run1File, "this version reads"},
	{"another seed", func(r *[2]result.Run) { r[0].Seed = 4711 }, "", ""},
	{"an earlier time", func(r *[2]result.Run) { r[0].Started = r[0].Started.Add(-time.Second) }, "", ""},
	{"the program", func(r *[2]result.Run) { r[0].Suite.Version = "9.9.9" }, "", ""},
	{"how long a row took", func(r *[2]result.Run) { r[0].Checks[7].DurationMS++ }, "", ""},
}

func row(r *[2]result.Run, variant string) result.Check {
	c := r[1].Checks[0]
	c.Variant = variant
	return c
}

func must(r *[2]result.Run) *result.Check {
	i := slices.IndexFunc(r[0].Checks, func(c result.Check) bool { return c.Level == result.Must })
	r[0].Checks[i].Differences = []result.Difference{{Kind: result.KindStatus}}
	return &r[0].Checks[i]
}

func skip(code result.ReasonCode) func(*[2]result.Run) {
	return func(r *[2]result.Run) {
		r[0].Checks[7].Outcome, r[0].Checks[7].ReasonCode, r[0].Checks[7].Reason = result.Skip, code, "why not"
		r[0].Finish()
	}
}

func TestForgeries(t *testing.T) {
	key, other := pair(t), pair(t)
	honest := bundle(t, key, product, nil)
	for i, c := range forgeries {
		t.Run(c.name, func(t *testing.T) {
			signed, runs := forge(t, honest, key, c.change)
			v := &verification{
				reference: clean(t).reference, bundle: signed,
				options: Options{Key: &key.PublicKey, Now: verified, MaxAge: 90 * 24 * time.Hour},
			}
			v.setRun(0, Run1File, runs[0])
			v.setRun(1, Run2File, runs[1])
			v.examine(t.Context())
			found := v.found
			if i%8 == 0 && !testing.Short() || c.want == Run1File { // the whole way, by way of the files
				signed = bundle(t, key, product, c.change)
				found = verify(t, signed, key)
			}
			switch p := property(t, found, c.want); {
			case c.want == "" && !Certified(found):
				t.Errorf("the signer's word is refused: %+v", found)
			case c.want != "" && (p.State != Refuted || !strings.Contains(p.Text, c.text) || Certified(found)):
				t.Errorf("made by the signer: %s is %s: %s", p.Name, p.State, p.Text)
			}

			placed := honest.with(Run1File, signed.Files[Run1File]).with(Run2File, signed.Files[Run2File])
			if p := property(t, verifyQuickly(t, placed, key), "digests"); p.State != Refuted ||
				!strings.Contains(p.Text, "is not the file that the statement names") {
				t.Errorf("put into an honest bundle: %+v", p)
			}
			if p := property(t, verifyQuickly(t, signed.sealedBy(t, other), key), "signature"); p.State != Refuted ||
				!strings.Contains(p.Text, "signed with the key") {
				t.Errorf("made with another key: %+v", p)
			}
			unsigned := signed.sealedBy(t, nil)
			if p := property(t, verifyQuickly(t, unsigned, key), "signature"); p.State != Refuted ||
				!strings.Contains(p.Text, "the bundle is not signed") {
				t.Errorf("made without a key: %+v", p)
			}
			if p := property(t, verifyQuickly(t, unsigned, nil), "signature"); p.State != Open ||
				!strings.Contains(p.Text, "can have written all of them") {
				t.Errorf("unsigned, and said to prove something: %+v", p)
			}
		})
	}
}

// forge makes a bundle of changed runs. Short bytes stand for their files: they are what is named by digest, and
// nothing else.
func forge(t *testing.T, honest *Bundle, key *PrivateKey, change func(*[2]result.Run)) (*Bundle, [2]result.Run) {
	runs := clean(t).copies()
	change(&runs)
	b := honest.with(Run1File, []byte("run 1")).with(Run2File, []byte("run 2"))
	statement, err := clean(t).reference.state(product.describe(runs[1].Target), runs, b.Files).encode()
	if err != nil {
		t.Fatal(err)
	}
	return b.stating(t, statement, key), runs
}

// An unsigned bundle is looked at like any other, and certifies nothing unless the reader says that he goes without a
// signature.
func TestUnsigned(t *testing.T) {
	found := verify(t, bundle(t, nil, product, nil), nil)
	if Certified(found) || !Certified(found, "signature") {
		t.Errorf("%+v", found)
	}
	forged := verify(t, bundle(t, nil, product, forgeries[0].change), nil)
	if Certified(forged, "signature") {
		t.Errorf("%+v", forged)
	}
}

// with is the bundle with one file replaced.
func (b *Bundle) with(name string, data []byte) *Bundle {
	out := &Bundle{Files: maps.Clone(b.Files)}
	out.Files[name] = data
	return out
}

// sealedBy is the bundle with the same statement and another signature, or none.
func (b *Bundle) sealedBy(t *testing.T, key *PrivateKey) *Bundle {
	_, payload, err := openEnvelope(b.Files[StatementFile])
	if err != nil {
		t.Fatal(err)
	}
	return b.stating(t, payload, key)
}

// stating is the bundle with another statement.
func (b *Bundle) stating(t *testing.T, payload []byte, key *PrivateKey) *Bundle {
	file, err := seal(t.Context(), payload, key)
	if err != nil {
		t.Fatal(err)
	}
	return b.with(StatementFile, file)
}
