package result

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// Difference is one fact: a place where an answer, or what a request left behind, is not what the contract says.
// Reports decide by its members; every text for people is rendered from them by Failure.
type Difference struct {
	Kind Kind `json:"kind"`
	// Rule names the sentence that was broken, and with it the text that says so.
	Rule Rule `json:"rule,omitempty"`
	// At is the place: "status", the name of a header, a JSON pointer into the answer's body, or an operation and a
	// pointer into what it shows ("getThing/data/title").
	At string `json:"at,omitempty"`
	// Part is the member or parameter of the request that was varied, as Request.FaultAt names it.
	Part string `json:"part,omitempty"`
	// Want lists what would be right: any of them. Empty: the rule says it.
	Want []string `json:"want,omitempty"`
	// Got is what came, as it was sent; empty where nothing did.
	Got string `json:"got,omitempty"`
	// Absent: nothing is at the place.
	Absent bool `json:"absent,omitempty"`
	// Accepted: a request that must be refused succeeded, or took effect although it was refused.
	Accepted bool `json:"accepted,omitempty"`
	// From and To are the statuses of a status change.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Detail is what a parser, a schema or the network says of it.
	Detail string `json:"detail,omitempty"`
	// Fingerprint names the difference in every run in which it shows: by operation, situation, check, variant, kind and
	// place. It holds no values, ids, seeds, times or ports. 16 hexadecimal digits.
	Fingerprint string `json:"fingerprint,omitempty"`
}

// fingerprint is made of what stays the same from run to run.
func (d Difference) fingerprint(c *Check) string {
	key := c.VariantKey
	if key == "" {
		key = FormerVariant(c.ID, c.Variant) // so that a new name makes no new finding
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{
		c.Operation, c.Situation, c.ID, key, string(d.Kind), string(d.Rule), d.Place(), d.Part, d.From, d.To,
	}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// recordStep is a step of a place that names one record or item, not a member: a number or a UUID.
var recordStep = regexp.MustCompile(`^(\d+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`)

// Place is At without its particulars: of a list every item is alike, and the names of headers have no letter case.
func (d Difference) Place() string {
	if d.Kind == KindHeader || d.Kind == KindMediaType {
		return strings.ToLower(d.At)
	}
	steps := strings.Split(d.At, "/")
	for i, step := range steps {
		if recordStep.MatchString(step) {
			steps[i] = "*"
		}
	}
	return strings.Join(steps, "/")
}

// Redacted is the difference with every text passed through f.
func (d Difference) Redacted(f func(string) string) Difference {
	d.Want = slices.Clone(d.Want)
	for i := range d.Want {
		d.Want[i] = f(d.Want[i])
	}
	for _, text := range []*string{&d.At, &d.Part, &d.Got, &d.Detail, &d.From, &d.To} {
		*text = f(*text)
	}
	return d
}

// identify gives the row and each of its differences their fingerprints. The row's is that of its first difference.
func (c *Check) identify() {
	c.Fingerprint = ""
	for i := range c.Differences {
		c.Differences[i].Fingerprint = c.Differences[i].fingerprint(c)
	}
	if len(c.Differences) > 0 {
		c.Fingerprint = c.Differences[0].Fingerprint
	}
}

// Fingerprints are those of the row's differences, each once, sorted.
func (c Check) Fingerprints() []string {
	var out []string
	for _, d := range c.Differences {
		out = append(out, d.Fingerprint)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
