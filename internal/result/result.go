// Package result owns what a run found: rows, failures, exchanges, counts, and the rule that turns them into a verdict.
// It is pure data and arithmetic; it knows neither HTTP nor the contract nor how anything is rendered. The JSON form of
// Run is results.json.
package result

import (
	"bytes"
	"encoding/json"
	"time"
)

// Schema identifies the shape of results.json. It changes only when a reader of the old shape would be misled.
const Schema = "conformance/results/v1"

// Level says how much a check weighs, in the words of RFC 2119.
type Level string

// The two levels. A failed Should is a warning unless --fail-on says otherwise.
const (
	Must   Level = "must"
	Should Level = "should"
)

// Outcome is what became of one row.
type Outcome string

// Outcomes. Error means that the answer could not be obtained or the suite itself broke: it says nothing about the
// contract.
const (
	Pass  Outcome = "pass"
	Fail  Outcome = "fail"
	Flaky Outcome = "flaky" // it failed, and a second try differed
	Warn  Outcome = "warn"
	Error Outcome = "error"
	Skip  Outcome = "skip"
)

// ReasonCode says, for machines, why a row was skipped.
type ReasonCode string

// Reason codes. Only Deselected, NotVerifiable, NotApplicable and Gap leave a verdict conformant.
const (
	Deselected    ReasonCode = "deselected"
	NotVerifiable ReasonCode = "not_verifiable"
	// NotApplicable: the row ended without judging anything, because nothing came that it is about.
	NotApplicable ReasonCode = "not_applicable"
	Credential    ReasonCode = "credential"
	Fixture       ReasonCode = "fixture"
	Consent       ReasonCode = "consent" // the configuration does not say that the write may succeed
	Control       ReasonCode = "control"
	Gap           ReasonCode = "gap" // the contract leaves unsaid what the row needs
)

// Record is something that the run made.
type Record struct {
	Operation   string   `json:"operation"`      // that made it
	IDs         []string `json:"ids,omitempty"`  // from its answer
	Mark        string   `json:"mark,omitempty"` // the text in it by which it is recognised
	Read        string   `json:"read,omitempty"` // the request that shows it, as "GET /jobs?id=17"
	OtherTenant bool     `json:"other_tenant,omitempty"`
	Lost        bool     `json:"lost,omitempty"` // no answer said whether it was made
}

// Kind says which part of an answer broke the contract.
type Kind string

// Kinds of failure.
const (
	KindStatus    Kind = "status"
	KindCode      Kind = "code"
	KindEnvelope  Kind = "envelope"
	KindMediaType Kind = "media_type"
	KindHeader    Kind = "header"
	KindLeak      Kind = "leak"
	KindState     Kind = "state"
	KindTransport Kind = "transport"
)

// Verdict is what the whole run says about the target.
type Verdict string

// Verdicts.
const (
	Conformant    Verdict = "conformant"
	Nonconformant Verdict = "nonconformant"
	Inconclusive  Verdict = "inconclusive"
)

// Header is one header line as it was sent or received, redacted.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Request is a sent request, redacted.
type Request struct {
	Method  string   `json:"method"`
	URL     string   `json:"url"`
	Headers []Header `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`
	// Fault says in a few words how the request differs from a valid one; empty for a valid request.
	Fault string `json:"fault,omitempty"`
	// FaultAt names what Fault speaks about: "method", "path", "body", "query:NAME", "header:NAME", "path:NAME" or a JSON
	// pointer into the body.
	FaultAt []string `json:"fault_at,omitempty"`
}

// Response is an answer, redacted; Body is an excerpt where Truncated is set. Coding names the content codings that
// were undone for it.
type Response struct {
	Status     int      `json:"status"`
	Proto      string   `json:"proto,omitempty"`
	Headers    []Header `json:"headers,omitempty"`
	Body       string   `json:"body,omitempty"`
	Truncated  bool     `json:"truncated,omitempty"`
	Coding     string   `json:"coding,omitempty"`
	DurationMS float64  `json:"duration_ms"`
}

// Exchange is one request with its answer. Response is nil where none came; Error then says why.
type Exchange struct {
	Request  Request   `json:"request"`
	Response *Response `json:"response,omitempty"`
	Error    string    `json:"error,omitempty"`
	// Curl repeats the request in a POSIX shell; the key is a $VARIABLE.
	Curl string `json:"curl"`
	// Second: it belongs to the second try of a row that failed at first.
	Second  bool      `json:"second,omitempty"`
	Started time.Time `json:"started"`
}

// Check is one row: a check on an operation in one variant. (ID, Operation, Variant) is unique in a run.
type Check struct {
	ID        string `json:"id"`
	Operation string `json:"operation"` // operationId, or the path key where no operation applies
	Variant   string `json:"variant"`   // empty where the check has only one
	// VariantKey is what of the variant goes into fingerprints: field and keyword, a scope, a pair of statuses; empty:
	// Variant itself.
	VariantKey string `json:"variant_key,omitempty"`
	Level      Level  `json:"level"`
	Situation  string `json:"situation"`
	// Layer says how the contract speaks of the situation: stated, ranged (4XX, default) or assumed.
	Layer      string     `json:"layer,omitempty"`
	Assumed    bool       `json:"assumed"`
	Title      string     `json:"title"`
	Source     string     `json:"source"` // where the requirement is written, in words
	SourceURL  string     `json:"source_url,omitempty"`
	Outcome    Outcome    `json:"outcome"`
	Reason     string     `json:"reason,omitempty"`
	ReasonCode ReasonCode `json:"reason_code,omitempty"`
	// Change is the status change that the row tried.
	Change      *Change      `json:"change,omitempty"`
	Fingerprint string       `json:"fingerprint,omitempty"` // of the first difference
	Differences []Difference `json:"differences,omitempty"`
	Exchanges   []Exchange   `json:"exchanges,omitempty"`
	DurationMS  float64      `json:"duration_ms"`
	// Known is set on a failure that is known: it counts as a warning and fails no run.
	Known *Known `json:"known,omitempty"`
}

// Change is a status change, and whether the contract allows it.
type Change struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Legal bool   `json:"legal"`
}

// plainCheck is Check without its methods.
type plainCheck Check

// MarshalJSON adds the differences in words, as "failures".
func (c Check) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // whoever encodes the whole decides
	err := enc.Encode(struct {
		plainCheck
		Failures []Failure `json:"failures,omitempty"`
	}{plainCheck(c), c.Failures()})
	return b.Bytes(), err
}

// UnmarshalJSON reads a row. Of one that an earlier version wrote, which has failures alone, these become its
// differences.
func (c *Check) UnmarshalJSON(data []byte) error {
	var read struct {
		plainCheck
		Failures []Failure `json:"failures"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	*c = Check(read.plainCheck)
	if len(c.Differences) > 0 {
		return nil
	}
	for _, f := range read.Failures {
		c.Differences = append(c.Differences, Difference{
			Kind: f.Kind, Want: []string{f.Expected}, Got: f.Actual, Detail: f.Message,
		})
	}
	c.identify()
	return nil
}

// Known says why a failure is accepted, and until when.
type Known struct {
	Reason  string `json:"reason"`
	Ticket  string `json:"ticket,omitempty"`
	Expires string `json:"expires"` // the last day on which it holds, YYYY-MM-DD
}

// Pair is an operation and a situation that it documents.
type Pair struct {
	Operation string `json:"operation"`
	Situation string `json:"situation"`
}

// Coverage counts the documented (operation, situation) pairs and those for which a refusal was provoked and judged.
type Coverage struct {
	Documented int    `json:"documented"`
	Provoked   int    `json:"provoked"`
	Unprovoked []Pair `json:"unprovoked"`
}

// Counts counts the rows by outcome.
type Counts struct {
	Pass  int `json:"pass"`
	Fail  int `json:"fail"`
	Flaky int `json:"flaky"`
	Warn  int `json:"warn"`
	Error int `json:"error"`
	Skip  int `json:"skip"`
}

// Flood is one rate limit that was deliberately exhausted, as it went over time.
type Flood struct {
	Tier      string `json:"tier"`      // the limit's tier, as the contract names it
	Operation string `json:"operation"` // operationId that was called
	Limit     int    `json:"limit"`     // requests that the tier's window allows, as announced; 0: not announced
	Sent      int    `json:"sent"`
	// First429 is the position of the first refused request, counted from 1; 0: none was refused.
	First429 int     `json:"first_429"`
	RateRPS  float64 `json:"rate_rps"` // requests per second that were achieved
	// RecoveryMS is how long after the first refusal a request was accepted again; 0: not observed.
	RecoveryMS int64         `json:"recovery_ms"`
	Samples    []FloodSample `json:"samples"` // ordered by AtMS; may be thinned out
}

// FloodSample is one answer of a flood. Status is 0 where none came; Remaining is nil where the answer announced no
// quota.
type FloodSample struct {
	AtMS      float64 `json:"at_ms"` // since the flood's start
	Status    int     `json:"status"`
	Remaining *int    `json:"remaining,omitempty"`
}

// Suite names the suite that ran.
type Suite struct {
	Version string `json:"version"`
}

// Contract names the document that answers were judged by.
type Contract struct {
	Title   string `json:"title"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"` // of the document's bytes, hex
}

// File is a file that went into the contract.
type File struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"` // of its bytes, hex
	Overlay bool   `json:"overlay,omitempty"`
}

// Run is everything one run found; its JSON is results.json, from which every other report renders.
type Run struct {
	Schema   string   `json:"schema"`
	Suite    Suite    `json:"suite"`
	Contract Contract `json:"contract"`
	// Files are the vendor's and the overlays, in the order in which they were read, where the contract is not the
	// embedded one.
	Files []File `json:"files,omitempty"`
	// Gaps is how much is missing or broken in the contract: the run is about the rest.
	Gaps   int    `json:"gaps,omitempty"`
	Target string `json:"target"`
	// Sandbox says that the target was the suite's own sandbox: nothing is known of any API then.
	Sandbox        bool      `json:"sandbox,omitempty"`
	Profile        string    `json:"profile"`
	Seed           int64     `json:"seed"`
	Started        time.Time `json:"started"`
	DurationMS     int64     `json:"duration_ms"`
	Requests       int       `json:"requests"`
	RecordsCreated int       `json:"records_created"`
	RecordsDeleted int       `json:"records_deleted,omitempty"`
	RecordsLeft    []Record  `json:"records_left,omitempty"` // what the run made and did not delete
	// Limited counts the requests outside of floods that were answered 429 and repeated after the wait.
	Limited int `json:"limited,omitempty"`
	// FlakyAs says how flaky rows count where the run was told so: as failures (Fail) or as warnings (Warn).
	FlakyAs  Outcome `json:"flaky_as,omitempty"`
	Verdict  Verdict `json:"verdict"`
	Complete bool    `json:"complete"`
	// Shard is "2/5" where the run is the second of five parts, which conformance merge puts together; empty for a whole
	// one.
	Shard string `json:"shard,omitempty"`
	// Notes are what the run has to say besides its rows, a line each: what preflight found wrong and how to fix it.
	Notes    []string `json:"notes,omitempty"`
	Counts   Counts   `json:"counts"`
	Coverage Coverage `json:"coverage"`
	Floods   []Flood  `json:"floods,omitempty"`
	// Texts are the requirements in full, by check ID, of the checks that did not pass everywhere.
	Texts  map[string]string `json:"texts,omitempty"`
	Checks []Check           `json:"checks"`
}
