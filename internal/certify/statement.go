package certify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"conformance/internal/result"
	"conformance/suite"
)

// What in-toto calls the statement and its predicate.
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://in-toto.io/attestation/test-result/v0.1"
)

// statement is an in-toto Statement v1 with a test result. Its members are written in this order.
type statement struct {
	Type          string       `json:"_type"`
	Subject       []descriptor `json:"subject"`
	PredicateType string       `json:"predicateType"`
	Predicate     predicate    `json:"predicate"`
}

// predicate is a test result, https://in-toto.io/attestation/test-result/v0.1. Its tests are the suite's checks, by id.
type predicate struct {
	Result        string       `json:"result"` // PASSED, or WARNED where a SHOULD is not met
	Configuration []descriptor `json:"configuration"`
	PassedTests   []string     `json:"passedTests"`
	WarnedTests   []string     `json:"warnedTests"`
	FailedTests   []string     `json:"failedTests"` // always empty: there is no certificate otherwise
}

// descriptor is an in-toto ResourceDescriptor.
type descriptor struct {
	Name        string       `json:"name"`
	Digest      digest       `json:"digest"`
	MediaType   string       `json:"mediaType,omitempty"`
	Annotations *annotations `json:"annotations,omitempty"`
}

type digest struct {
	SHA256 string `json:"sha256"`
}

// annotations say in the statement what a reader wants to know without opening the results.
type annotations struct {
	DigestOf string    `json:"digestOf,omitempty"` // of the subject: one of the two below
	Title    string    `json:"title,omitempty"`    // of the contract
	Version  string    `json:"version,omitempty"`  // of the contract; of the suite
	Rows     int       `json:"rows,omitempty"`
	Program  string    `json:"program,omitempty"` // that ran it
	Target   string    `json:"target,omitempty"`
	Seed     int64     `json:"seed,omitempty"`
	Started  time.Time `json:"started,omitzero"`
	// checks with rows that rest on what the contract marks as assumed
	Assumed     []string `json:"assumed,omitempty"`
	NotVerified []string `json:"notVerified,omitempty"` // rows that the contract gives no means to verify
}

// What the digest of a subject is of.
const (
	ofProduct = "product"
	ofName    = "name and target" // with a line feed between
)

func sha(data []byte) digest {
	sum := sha256.Sum256(data)
	return digest{hex.EncodeToString(sum[:])}
}

// describe is the subject as the statement has it.
func (s Subject) describe(target string) descriptor {
	d := descriptor{Name: s.Name, Digest: digest{s.Digest}, Annotations: &annotations{DigestOf: ofProduct}}
	if s.Digest == "" {
		d.Digest, d.Annotations.DigestOf = sha([]byte(s.Name+"\n"+target)), ofName
	}
	return d
}

// state is the statement about two runs and the files of their bundle. It depends on nothing else, so that a verifier
// can make it again and compare.
func (r *Reference) state(subject descriptor, runs [2]result.Run, files map[string][]byte) statement {
	passed, warned, open := tests(runs)
	s := statement{
		Type: statementType, Subject: []descriptor{subject}, PredicateType: predicateType,
		Predicate: predicate{
			Result: "PASSED", PassedTests: passed, WarnedTests: warned, FailedTests: []string{},
			Configuration: []descriptor{
				{Name: "contract", Digest: digest{r.Contract.SHA256}, MediaType: "application/openapi+yaml",
					Annotations: &annotations{Title: r.Contract.Title, Version: r.Contract.Version}},
				{Name: "suite", Digest: digest{r.Suite}, Annotations: &annotations{
					Version: suite.Version, Rows: len(r.planned), Assumed: assumed(r.planned), NotVerified: open,
				}},
			},
		},
	}
	if len(warned) > 0 {
		s.Predicate.Result = "WARNED"
	}
	for i, name := range []string{Run1File, Run2File} {
		run := runs[i]
		s.Predicate.Configuration = append(s.Predicate.Configuration, descriptor{
			Name: name, Digest: sha(files[name]), MediaType: "application/json",
			Annotations: &annotations{Program: run.Suite.Version, Target: run.Target, Seed: run.Seed, Started: run.Started},
		})
	}
	s.Predicate.Configuration = append(s.Predicate.Configuration,
		descriptor{Name: ReportFile, Digest: sha(files[ReportFile]), MediaType: "text/html"},
		descriptor{Name: BadgeFile, Digest: sha(files[BadgeFile]), MediaType: "image/svg+xml"})
	return s
}

// Listed is what a certificate names: checks that warned, checks that rest on what the contract assumes, and rows
// that the contract gives no means to verify.
func (r *Reference) Listed(runs [2]result.Run) (warned, assuming, unverified []string) {
	_, warned, unverified = tests(runs)
	return warned, assumed(r.planned), unverified
}

// tests sorts the checks by the worst that a row of theirs came to in either run, and lists the rows that stayed open
// in one.
func tests(runs [2]result.Run) (passed, warned, open []string) {
	worst, unverified := map[string]result.Outcome{}, map[rowName]bool{}
	var order []string
	passed, warned = []string{}, []string{}
	for _, run := range runs {
		for _, row := range run.Checks {
			if row.Outcome == result.Skip {
				if !unverified[nameOf(row)] {
					open = append(open, nameOf(row).String())
				}
				unverified[nameOf(row)] = true
				continue
			}
			if _, known := worst[row.ID]; !known {
				order = append(order, row.ID)
			}
			if worst[row.ID] != result.Warn {
				worst[row.ID] = row.Outcome
			}
		}
	}
	slices.Sort(order)
	slices.Sort(open)
	for _, id := range order {
		if worst[id] == result.Warn {
			warned = append(warned, id)
		} else {
			passed = append(passed, id)
		}
	}
	return passed, warned, open
}

// assumed are the checks with a row that rests on what the contract marks as assumed.
func assumed(rows []result.Check) []string {
	var out []string
	for _, row := range rows {
		if row.Assumed && !slices.Contains(out, row.ID) {
			out = append(out, row.ID)
		}
	}
	slices.Sort(out)
	return out
}

func (s statement) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(s)
	return b.Bytes(), err
}

// decodeStatement reads a statement of the form that encode writes, and no other.
func decodeStatement(data []byte) (statement, error) {
	var s statement
	if err := strictJSON(data); err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, errors.New("is not an in-toto statement of a test result")
	}
	again, err := s.encode()
	switch {
	case err != nil || !bytes.Equal(again, data):
		return s, errors.New("is not written as certify of this version writes it")
	case s.Type != statementType:
		return s, errors.New("_type is " + quoted(s.Type) + ", not " + statementType)
	case s.PredicateType != predicateType:
		return s, errors.New("predicateType is " + quoted(s.PredicateType) + ", not " + predicateType)
	case len(s.Subject) != 1 || s.Subject[0].Annotations == nil:
		return s, errors.New("does not have one subject")
	}
	return s, nil
}

// configured is a descriptor of the statement by its name; the zero one if there is none.
func (s statement) configured(name string) descriptor {
	i := slices.IndexFunc(s.Predicate.Configuration, func(d descriptor) bool { return d.Name == name })
	if i < 0 {
		return descriptor{Annotations: &annotations{}}
	}
	d := s.Predicate.Configuration[i]
	if d.Annotations == nil {
		d.Annotations = &annotations{}
	}
	return d
}
