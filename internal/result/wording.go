package result

import (
	"cmp"
	"strings"
)

// Rule is a sentence that a difference breaks. The words for it are here and nowhere else.
type Rule string

// Failure is a difference in words, for people. Expected and Actual are short.
type Failure struct {
	Kind     Kind   `json:"kind"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	Message  string `json:"message"`
}

// The rules. What an answer may break:
const (
	MustRefuse     Rule = "must-refuse"      // a bad request is refused as the situation says
	MustAccept     Rule = "must-accept"      // a good request is accepted
	Succeeds       Rule = "succeeds"         // an operation can be made to succeed
	NoServerError  Rule = "no-server-error"  // no input is answered by a 5xx
	KnownSuccess   Rule = "known-success"    // a success has a documented status
	RightMediaType Rule = "media-type"       // a body has the documented media type
	OneDocument    Rule = "one-document"     // a body is exactly one JSON document
	OneObject      Rule = "one-object"       // and a JSON object
	Bounded        Rule = "bounded"          // a body has a length that can be read
	FollowsSchema  Rule = "schema"           // a member is as its schema says
	FlagIsFalse    Rule = "flag"             // the envelope's flag is false
	CodeIsText     Rule = "code-is-text"     // the machine code stands where it belongs
	CodeOfCase     Rule = "code"             // it is the one of the situation
	CodeDocumented Rule = "code-documented"  // and documented for the status
	MessageIsText  Rule = "message-is-text"  // the message is a text
	MessageSays    Rule = "message-says"     // that is not empty
	MessageAdds    Rule = "message-adds"     // does not repeat the code
	MessagePlain   Rule = "message-plain"    // and holds no HTML
	StatusAgrees   Rule = "status-agrees"    // the status that a problem names is that of its answer
	MessageNames   Rule = "message-names"    // it names what is wrong
	HeaderThere    Rule = "header-there"     // a documented header is there
	HeaderValue    Rule = "header-value"     // and has a legal value
	HeaderOnce     Rule = "header-once"      // and one value, where it has one by definition
	MemberOnce     Rule = "member-once"      // an object has each member once
	HeaderNotThere Rule = "header-not-there" // a header that has no place there is absent
	AllowComplete  Rule = "allow-complete"   // Allow names every method that is served
	AllowTrue      Rule = "allow-true"       // and no other
	NoInternals    Rule = "tells-nothing"    // nothing of the server's inside shows
	NoKeyInAnswer  Rule = "keeps-key"        // the key that was sent does not come back
	Answers        Rule = "answers"          // every request is answered
	AnswersInTime  Rule = "answers-in-time"  // and a plain one while it is waited for
)

// Survives is the rule that no request ends the connection in place of an answer, again and again.
const Survives Rule = "survives"

// What a request may leave behind, or an answer show of others:
const (
	NothingChanged Rule = "nothing-changed" // a refused request changes nothing
	NothingCreated Rule = "nothing-made"    // and makes no record
	ValueReleased  Rule = "nothing-kept"    // nor keeps a value that must be free
	ScopeRequired  Rule = "guarded"         // the operation asks for its scope
	OneSucceeds    Rule = "one-wins"        // of identical creations at once exactly one is accepted
	OneChanges     Rule = "one-changes"     // of status changes at once that exclude each other at most one is
	StartsAt       Rule = "starts-at"       // a new record has the initial status
	OwnRecords     Rule = "own-records"     // an answer shows only this company's records
	SameAsUnknown  Rule = "like-unknown"    // another company's record is answered like an unknown one
)

// What a limiter may get wrong:
const (
	Limits         Rule = "limits"          // more requests than the limit are refused
	FloodAnswered  Rule = "flood-answered"  // by 429, nothing else
	LimitConstant  Rule = "limit-constant"  // the limit stays the same
	RemainingRange Rule = "remaining-range" // remaining requests lie between none and the limit
	RemainingFalls Rule = "remaining-falls" // and grow fewer
	RemainingTrue  Rule = "remaining-true"  // as many are served as are announced
	ResetIsTime    Rule = "reset-is-time"   // the reset is a Unix time in seconds
	ResetAhead     Rule = "reset-ahead"     // that has not passed
	ResetNear      Rule = "reset-near"      // and comes within a month
	WaitAgrees     Rule = "wait-agrees"     // header and body announce the same wait
)

// StillKnown is the rule of a list of known failures: what it names still fails.
const StillKnown Rule = "still-known"

// wording is how a rule reads: what is right where Want is empty, and the sentence about what is wrong. {at}, {want},
// {got} and {detail} stand for the difference's members. Without a sentence expected and actual say it all.
type wording struct{ expected, sentence string }

var wordings = map[Rule]wording{
	MustRefuse:     {"", "the answer is {got}; the request must be refused with {want}"},
	MustAccept:     {"2xx", "the request is valid by the contract but was refused with {got}"},
	Succeeds:       {"", "the plain request is answered {got}; {want} is documented, and {detail}"},
	NoServerError:  {"anything but 5xx", "the server failed ({got})"},
	KnownSuccess:   {"", "a success is answered {got}, which is not documented; {want} is"},
	RightMediaType: {"", "the Content-Type is {got}, not {want}"},
	OneDocument:    {"one JSON document", "the body is not one JSON document: {detail}"},
	OneObject:      {"one JSON object", "the body is JSON, but not an object"},
	Bounded:        {"one JSON object", "the body is longer than {detail}; only that much of it was read"},
	FollowsSchema:  {"", "{at} breaks the documented schema: {want}"},
	FlagIsFalse:    {"false", "{at} of the refusal is {got}, not the boolean false"},
	CodeIsText:     {"", "{at} of the refusal is {got}; the machine code belongs there"},
	CodeOfCase:     {"", "the code is \"{got}\"; it must be {want}"},
	CodeDocumented: {"", "the code \"{got}\" is not documented for the operation and status"},
	MessageIsText:  {"a text for people", "{at} of the refusal is {got}, not a text for people"},
	MessageSays:    {"a text for people", "{at} of the refusal is empty"},
	MessageAdds:    {"a text for people", "{at} of the refusal only repeats the code"},
	StatusAgrees:   {"{want}, the status of the answer (RFC 9457, 3.1.2)", "{at} is {got}"},
	MessagePlain:   {"plain text", "{at} of the refusal holds HTML"},
	MessageNames: {"the field's name in most messages", "the message names what is wrong in {got} refusals; not " +
		"{detail}"},
	HeaderThere: {"the header {at}", "the header {at} is absent"},
	HeaderValue: {"{at}: {detail}", "the header {at} is {got}: {detail}"},
	HeaderOnce: {"one value of {at}", "the header {at} stands on several lines that differ: {got}; some clients " +
		"read the first, some the last"},
	MemberOnce: {"each member once", "an object has the member {got} twice; some clients read the first, some the " +
		"last"},
	HeaderNotThere: {"no header {at}", "the header {at} is {got}; it has no place in this answer"},
	AllowComplete:  {"", "Allow lacks {detail}, which the path serves"},
	AllowTrue:      {"", "Allow names {detail}, which the path does not serve"},
	NoInternals:    {"no internal details of the server", "the answer shows {at}: {got}"},
	NoKeyInAnswer:  {"no key in the answer", "the answer repeats the key that was sent"},
	Answers:        {"an answer", "no answer: {detail}"},
	AnswersInTime:  {"an answer", "no answer: {detail}"},
	Survives: {"an answer",
		"no answer, {want} times in a row ({detail}), while the same request without the fault succeeds before and after"},

	NothingChanged: {"nothing changed", "the request was refused but took effect: {at} became {got}"},
	NothingCreated: {"no record {want}", "the request was refused but left a record: {at} shows {want}"},
	ValueReleased: {"the value is free", "the create was refused but keeps its {at}: a valid create with it is " +
		"answered {got}"},
	ScopeRequired: {"an operation that asks for {want}", "either the operation does not ask for {want}, or the key's " +
		"scopes are not what the configuration says"},
	OneSucceeds: {"1 accepted", "{got} of {detail} identical creations at once were accepted; exactly one must be"},
	OneChanges: {"one of the two", "of a record in {detail} the changes to {got} were both accepted when they were sent " +
		"at once; neither may follow the other"},
	StartsAt:      {"", "a new record has the status {got}, not {want}"},
	OwnRecords:    {"only this company's records", "{at} shows {got}, which belongs to another company"},
	SameAsUnknown: {"", "another company's record is answered {got}, an unknown one {want}"},

	Limits: {"429 after {want} requests", "{detail}: within one window more requests were served than the limit " +
		"of {want}"},
	FloodAnswered:  {"2xx or 429", "a request of the flood was answered {got}"},
	LimitConstant:  {"", "the limit changed during the flood from {want} to {got}"},
	RemainingRange: {"", "the remaining requests are announced as {got}; the limit allows {want}"},
	RemainingFalls: {"", "{detail}"},
	RemainingTrue: {"about {want} served", "the first answer announced {want} remaining requests, and only {got} were " +
		"served before the first 429"},
	ResetIsTime: {"Unix seconds", "the reset {got} is not a Unix time in seconds"},
	ResetAhead:  {"not before {want}", "the reset {got} is before the answer's Date"},
	ResetNear:   {"within a month", "the window is announced to end at {got}: no client waits that long"},
	WaitAgrees:  {"{at}: {want}", "the header says {got} seconds, the body {want}"},

	StillKnown: {"a failure that is known: {want}", "the failure is listed as known and does not happen any more: take " +
		"the entry out of the list"},
}

// Failure renders the difference for people.
func (d Difference) Failure() Failure {
	w := wordings[d.Rule]
	f := Failure{Kind: d.Kind, Expected: strings.Join(d.Want, " or "), Actual: d.Got}
	if d.Absent {
		f.Actual = "absent"
	}
	fill := strings.NewReplacer("{at}", cmp.Or(d.At, "the body"), "{want}", f.Expected,
		"{got}", quotedIfEmpty(f.Actual), "{detail}", d.Detail)
	f.Message = fill.Replace(w.sentence)
	if w.sentence == "" {
		f.Message = d.Detail
	}
	if w.expected != "" {
		f.Expected = fill.Replace(w.expected)
	}
	if d.Rule == NothingChanged && len(d.Want) > 0 {
		f.Expected, f.Actual = d.At+": "+strings.Join(d.Want, " or "), d.At+": "+f.Actual
	}
	if d.Rule == MustRefuse && d.Accepted {
		f.Message = fill.Replace("the request was accepted ({got}); it must be refused with {want}")
	}
	if f.Actual == "" {
		f.Actual = d.Detail
	}
	return f
}

// quotedIfEmpty keeps an empty text readable inside a sentence.
func quotedIfEmpty(text string) string {
	if text == "" {
		return `""`
	}
	return text
}

// Failures are the row's differences in words.
func (c Check) Failures() []Failure {
	out := make([]Failure, 0, len(c.Differences))
	for _, d := range c.Differences {
		out = append(out, d.Failure())
	}
	return out
}
