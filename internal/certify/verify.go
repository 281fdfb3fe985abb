package certify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"conformance/internal/report"
	"conformance/internal/result"
	"conformance/suite"
)

// State is what became of a property.
type State string

// States. Open means that it could not be examined, or was not to be.
const (
	Proven  State = "proven"
	Refuted State = "refuted"
	Open    State = "open"
)

// Property is something that must hold of a bundle.
type Property struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	Text  string `json:"text"` // what was found, or why it does not hold
}

// Options say what a bundle is held against.
type Options struct {
	Key    *PublicKey    // nil: the signature is not examined
	MaxAge time.Duration // 0: any
	Now    time.Time
}

// maxClockSkew is how far the clocks of two machines may differ.
const maxClockSkew = 5 * time.Minute

// verification is one under way. What cannot be read leaves its part empty, and what depends on it open.
type verification struct {
	reference *Reference
	bundle    *Bundle
	options   Options
	found     []Property
	statement *statement
	runs      [2]*result.Run
}

// Verify examines a bundle. It trusts nothing that it can compute, and says of each property what it found.
func Verify(ctx context.Context, r *Reference, b *Bundle, o Options) []Property {
	v := &verification{reference: r, bundle: b, options: o}
	for i, name := range []string{Run1File, Run2File} {
		v.read(i, name)
	}
	v.examine(ctx)
	return v.found
}

func (v *verification) examine(ctx context.Context) {
	v.files()
	v.signature(ctx)
	if v.statement != nil {
		v.digests()
		v.subject()
		v.contract()
		v.suite()
	}
	v.rows()
	if v.runs[0] != nil && v.runs[1] != nil {
		v.seeds()
		v.times()
		v.age()
		v.tests()
	}
}

// Certified says that every property was proven, but for those that may be open.
func Certified(found []Property, mayBeOpen ...string) bool {
	return len(found) > 0 && !slices.ContainsFunc(found, func(p Property) bool {
		return p.State == Refuted || p.State == Open && !slices.Contains(mayBeOpen, p.Name)
	})
}

func (v *verification) note(name string, s State, format string, args ...any) {
	v.found = append(v.found, Property{name, s, fmt.Sprintf(format, args...)})
}

// conclude notes the property as proven, or as refuted by what is wrong: the first of it, and how much more.
func (v *verification) conclude(name string, wrong []string, format string, args ...any) {
	switch len(wrong) {
	case 0:
		v.note(name, Proven, format, args...)
	case 1:
		v.note(name, Refuted, "%s", wrong[0])
	default:
		v.note(name, Refuted, "%s; and %d more", wrong[0], len(wrong)-1)
	}
}

func (v *verification) files() {
	if len(v.bundle.Unexpected) > 0 {
		v.note("files", Refuted, "the directory holds files that no signature covers: %s",
			quoted(strings.Join(v.bundle.Unexpected, ", ")))
		return
	}
	v.note("files", Proven, "%d files and nothing else", len(limits))
}

// signature opens the envelope. The statement is read even if its signature is wrong: more may be.
func (v *verification) signature(ctx context.Context) {
	envelope, payload, err := openEnvelope(v.bundle.Files[StatementFile])
	if err != nil {
		v.note("signature", Refuted, "%s %v", StatementFile, err)
		return
	}
	v.signed(ctx, envelope)
	s, err := decodeStatement(payload)
	if err != nil {
		v.note("statement", Refuted, "the statement %v", err)
		return
	}
	v.statement = &s
	if former := v.reference.former(); s.configured("suite").Digest.SHA256 == former.Suite {
		v.reference = former
	}
	v.note("statement", Proven, "an in-toto statement of a test result: %s", s.Predicate.Result)
}

func (v *verification) signed(ctx context.Context, e *dsse.Envelope) {
	if v.options.Key == nil {
		why := "no public key was given"
		if len(e.Signatures) == 0 {
			why = "the bundle is not signed"
		}
		v.note("signature", Open, "%s: the rest proves only that the files agree with each other; anyone who held them can "+
			"have written all of them", why)
		return
	}
	if err := signedBy(ctx, e, v.options.Key); err != nil {
		v.note("signature", Refuted, "%v", err)
		return
	}
	v.note("signature", Proven, "ed25519, by the key %s", v.options.Key.ID())
}

// read reads one of the results. They must be what WriteJSON makes of them: no member has then two meanings, and none
// is unknown.
func (v *verification) read(i int, name string) {
	data := v.bundle.Files[name]
	run, err := readResults(data)
	if err != nil {
		v.note(name, Refuted, "%v", err)
		return
	}
	v.setRun(i, name, run)
}

// setRun notes a run that was read already.
func (v *verification) setRun(i int, name string, run result.Run) {
	v.runs[i] = &run
	v.conclude(name, v.reference.scope(run), "the full profile on %s", quoted(run.Target))
}

func readResults(data []byte) (result.Run, error) {
	if err := strictJSON(data); err != nil {
		return result.Run{}, err
	}
	run, err := report.Read(bytes.NewReader(data))
	if err != nil {
		return result.Run{}, err
	}
	var again bytes.Buffer
	if err := report.WriteJSON(&again, run); err != nil || !bytes.Equal(again.Bytes(), data) {
		return result.Run{}, errors.New("is not written as conformance of this version writes it: a member is missing, " +
			"unknown or out of place")
	}
	return run, nil
}

// digests holds the files against the statement.
func (v *verification) digests() {
	var wrong []string
	for _, f := range limits {
		if f.name == StatementFile {
			continue
		}
		if v.statement.configured(f.name).Digest != sha(v.bundle.Files[f.name]) {
			wrong = append(wrong, f.name+" is not the file that the statement names: its digest differs")
		}
	}
	v.conclude("digests", wrong, "every file is the one that the statement names")
}

func (v *verification) subject() {
	s := v.statement.Subject[0]
	given := Subject{Name: s.Name}
	var wrong []string
	text := "the digest stands for the name and the target, not for the product's bytes"
	switch s.Annotations.DigestOf {
	case ofProduct:
		given.Digest, text = s.Digest.SHA256, "the digest sha256:"+s.Digest.SHA256+" is the signer's claim: compare it "+
			"with the product's"
		if given.Digest == "" {
			wrong = append(wrong, "the subject has no digest")
		}
	case ofName:
		if v.runs[1] != nil && s.Digest != given.describe(v.runs[1].Target).Digest {
			wrong = append(wrong, "the digest is not that of the subject's name and target")
		}
	default:
		wrong = append(wrong, "the subject's digest is of an unknown kind: "+quoted(s.Annotations.DigestOf))
	}
	if err := given.Check(); err != nil {
		wrong = append(wrong, err.Error())
	}
	v.conclude("subject", wrong, "%s; %s", quoted(s.Name), text)
}

func (v *verification) contract() {
	want := v.reference.Contract
	named := v.statement.configured("contract")
	var wrong []string
	if named.Digest.SHA256 != want.SHA256 || named.Annotations.Title != want.Title ||
		named.Annotations.Version != want.Version {
		wrong = append(wrong, fmt.Sprintf("the statement names the contract %s %s, sha256 %s; the one given is %s %s, "+
			"sha256 %s",
			quoted(named.Annotations.Title), quoted(named.Annotations.Version), quoted(named.Digest.SHA256), want.Title,
			want.Version, want.SHA256))
	}
	for i, run := range v.runs {
		if run != nil && run.Contract != want {
			wrong = append(wrong, fmt.Sprintf("run %d was judged by the contract with sha256 %s, not by %s", i+1,
				quoted(run.Contract.SHA256), want.SHA256))
		}
	}
	v.conclude("contract", wrong, "%s %s, sha256 %s", want.Title, want.Version, want.SHA256)
}

func (v *verification) suite() {
	named := v.statement.configured("suite")
	var wrong []string
	switch version := named.Annotations.Version; {
	case version != suite.Version:
		wrong = append(wrong, fmt.Sprintf("made with version %s of the suite, this program has version %s: verify it with "+
			"a program of that version",
			quoted(version), suite.Version))
	case named.Digest.SHA256 != v.reference.Suite:
		wrong = append(wrong, fmt.Sprintf("version %s of the suite planned other rows (%s) than this program plans for "+
			"this contract (%s): verify it with the program that made it, %s",
			version, quoted(named.Digest.SHA256), v.reference.Suite,
			quoted(v.statement.configured(Run2File).Annotations.Program)))
	}
	v.conclude("suite", wrong, "version %s, %d rows planned for this contract", suite.Version, len(v.reference.planned))
}
