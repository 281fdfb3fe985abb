package result

import "strings"

// renamed lists the variants that once had other names. A row is known by its check, its operation and its variant, in
// certificates, comparisons and fingerprints; so a name changes only with a line here. An asterisk stands for any text.
var renamed = []struct{ checks, before, now string }{
	{"ACCEPT-001", "edges *", "boundary values *"},
	{"ACCEPT-002 FOUND-003", "* alone", "* only"},
	{"AUTH-002 VALID-004", "cut", "truncated"},
	{"AUTH-002", "with a word before it", "with the prefix Bearer"},
	{"AUTH-002", "words of programs", "reserved words"},
	{"AUTH-002", "beside a good one elsewhere", "valid key in another place"},
	{"AUTH-006 SCOPE-006", "bad *", "invalid *"},
	{"ERROR-003", "names of programs", "reserved names"},
	{"ERROR-003", "path with a bad escape", "path with an invalid escape"},
	{"FOUND-001", "*: text behind it", "*: trailing text"},
	{"FOUND-004", "under another", "extra first segment"},
	{"FOUND-004", "extra segment", "extra last segment"},
	{"FOUND-004 STATUS-003", "a word of programs", "reserved word"},
	{"FOUND-008", "*: a blank before it", "*: leading space"},
	{"RATE-003", "remaining falls", "remaining decreases"},
	{"RATE-003", "reset is a time to come", "reset is in the future"},
	{"STATUS-003", "a character short", "last character missing"},
	{"STATUS-003", "another word", "unknown word"},
	{"VALID-004", "a comma too many", "trailing comma"},
	{"VALID-004", "form", "HTML form"},
	{"VALID-011", "text behind the body", "text after the JSON document"},
	{"VALID-011", "*: blanks around it", "*: surrounding spaces"},
	{"VALID-011", "*: a line end behind it", "*: trailing newline"},
	{"VALID-011", "*: a time behind it", "*: date with time"},
	{"VALID-011", "*: a date alone", "*: date without time"},
	{"VALID-011", "*: without its zeros", "*: without leading zeros"},
	{"VALID-011", "*: a blank in it", "*: space inside"},
	{"VALID-011", "*: words around it", "*: text around it"},
	{"VALID-011", "*: nothing", "*: empty"},
	{"", "*: enum: another word", "*: enum: unknown word"},
	{"", "*: enum: a word of programs", "*: enum: reserved word"},
	{"", "*: enum: a character short", "*: enum: last character missing"},
	{"", "*: minimum: below zero", "*: minimum: negative"},
	{"", "*: pattern: one character more", "*: pattern: extra last character"},
	{"", "*: pattern: one character before", "*: pattern: extra first character"},
	{"", "*: pattern: a character short", "*: pattern: last character missing"},
	{"", "*: pattern: without its first character", "*: pattern: first character missing"},
	{"", "*: pattern: its last character 20 times more", "*: pattern: last character 20 more times"},
	{"", "*: pattern: shorter than can be", "*: pattern: too short"},
	{"", "*: pattern: longer than can be", "*: pattern: too long"},
	{"", "*: pattern: a second line", "*: pattern: extra line"},
	{"", "*: pattern: a blank within", "*: pattern: space inside"},
	{"", "*: pattern: without its punctuation", "*: pattern: punctuation removed"},
	{"", "*: pattern: zeros for its digits", "*: pattern: digits replaced by zeros"},
	{"", "*: pattern: punctuation", "*: pattern: only punctuation"},
}

// CurrentVariant is the name that a variant of the check has today.
func CurrentVariant(check, variant string) string {
	for _, r := range renamed {
		if text, ok := replaced(variant, r.before, r.now); ok && concerns(r.checks, check) {
			return text
		}
	}
	return variant
}

// FormerVariant is the name that a variant of the check had first.
func FormerVariant(check, variant string) string {
	for _, r := range renamed {
		if text, ok := replaced(variant, r.now, r.before); ok && concerns(r.checks, check) {
			return text
		}
	}
	return variant
}

func concerns(checks, check string) bool {
	return checks == "" || strings.Contains(" "+checks+" ", " "+check+" ")
}

// replaced is a text that matches one pattern, written as the other one.
func replaced(text, from, to string) (string, bool) {
	prefix, suffix, wild := strings.Cut(from, "*")
	if !wild {
		return to, text == from
	}
	if len(text) <= len(prefix)+len(suffix) || !strings.HasPrefix(text, prefix) || !strings.HasSuffix(text, suffix) {
		return "", false
	}
	return strings.Replace(to, "*", text[len(prefix):len(text)-len(suffix)], 1), true
}
