// Package certify owns what a certificate is: two complete runs with different seeds, put down in a bundle of files,
// and a signed statement about them. It says what a run lacks for a certificate, makes the bundle, and verifies one
// without trusting a word of it: everything that can be computed again is. It knows neither flags nor how a target is
// reached.
package certify

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"conformance/internal/result"
)

// The files of a bundle. Their names are fixed: nothing in a bundle says where to read or to write.
const (
	Run1File      = "run-1.results.json"
	Run2File      = "run-2.results.json"
	ReportFile    = "report.html"
	BadgeFile     = "badge.svg"
	StatementFile = "statement.dsse.json"
)

// KeyFile may be next to a bundle: the public key that people have reviewed. Its presence proves nothing.
const KeyFile = "public-key.pem"

// limits are the files of a bundle with the most bytes that each may have. The statement is last: with it a bundle is
// whole.
var limits = []struct {
	name string
	size int64
}{{Run1File, 64 << 20}, {Run2File, 64 << 20}, {ReportFile, 64 << 20}, {BadgeFile, 64 << 10}, {StatementFile, 4 << 20}}

// Subject is the product that a certificate is about.
type Subject struct {
	Name string
	// Digest is the sha256 of the product's artifact, in hex; empty: none was given, and the name and target replace it.
	Digest string
}

// longest is how many bytes a subject's name may have.
const longest = 200

// Check says what is wrong with a subject.
func (s Subject) Check() error {
	switch {
	case strings.TrimSpace(s.Name) == "":
		return fmt.Errorf("the subject has no name; write \"Product 1.2 by Partner\"")
	case len(s.Name) > longest:
		return fmt.Errorf("the subject's name has %d bytes; %d is the most", len(s.Name), longest)
	case !utf8.ValidString(s.Name) || strings.ContainsFunc(s.Name, func(r rune) bool { return !strconv.IsPrint(r) }):
		return fmt.Errorf("the subject's name %q has characters that cannot be printed", s.Name)
	case s.Digest != "" && !isDigest(s.Digest):
		return fmt.Errorf("the subject's digest must be sha256: and 64 hexadecimal digits in lower case")
	}
	return nil
}

func isDigest(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// rowName is what names a row in a run.
type rowName struct{ id, operation, variant string }

func nameOf(c result.Check) rowName { return rowName{c.ID, c.Operation, c.Variant} }

func (n rowName) String() string {
	return strings.TrimSpace(n.id + " " + n.operation + " " + n.variant)
}

// quoted shows a text of unknown origin on one line, and no more of it than a reader wants.
func quoted(s string) string {
	const most = 120
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}
