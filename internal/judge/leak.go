package judge

import (
	"conformance/internal/probe"
	"conformance/internal/result"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// leaks are marks of a server's inside that have no place in an answer. Each is anchored to a shape that no message for
// people has: a path of the API, "select a status" or "must be < 255" match none.
var leaks = []struct {
	name    string
	hints   []string // one of them is in every match: looking for them first costs a tenth
	pattern *regexp.Regexp
}{
	{"a Python stack trace", []string{
		"Traceback", ".py", "Error", "invalid literal for", "'NoneType'",
	}, regexp.MustCompile(`Traceback \(most recent call last\)|File "[^"\n]+\.py", line \d+|` +
		`\b(Key|Value|Attribute|Index|Name|ZeroDivision|UnicodeDecode|JSONDecode|Integrity|Operational|Programming)Error\b[:(]|\binvalid literal for int\(\)|'NoneType' object`)},
	{"a Java stack trace", []string{
		".java:", ".kt:", ".scala:", "Exception",
	},
		regexp.MustCompile(
			`\bat [\w$.]+\([\w$]+\.(java|kt|scala):\d+\)|\b(java|javax|org\.springframework|org\.hibernate)\.[\w.]+Exception\b|` +
				`\b(NullPointer|IllegalArgument|IllegalState|NumberFormat|ClassCast|\w*IndexOutOfBounds|NullReference|ArgumentNull|SQL)Exception\b`,
		)},
	{
		"a Go stack trace", []string{"goroutine ", "panic: ", "runtime/debug", "nil pointer", "dial tcp "},
		regexp.MustCompile(
			`goroutine \d+ \[|panic: runtime error|\bruntime/debug\.Stack|\bnil pointer dereference\b|\bdial tcp [\d.\[]`,
		),
	},
	{
		"a JavaScript stack trace",
		[]string{"js:", "ts:", "TypeError", "ReferenceError", "Cannot read propert", "ECONNREFUSED"},
		regexp.MustCompile(
			`\bat [^\n]{0,200}[/\\][\w.@/\\-]+\.[cm]?[jt]s:\d+:\d+|\b(TypeError|ReferenceError): \w|\bCannot read propert(y|ies) of (undefined|null)|\bECONNREFUSED\b`,
		),
	},
	{
		"a .NET stack trace", []string{":line ", "System."},
		regexp.MustCompile(`\bat [\w.<>]+\([^)]*\) in [^\n]+:line \d+|\bSystem\.[\w.]+Exception\b`),
	},
	{
		"a PHP error", []string{" on line ", ".php"},
		regexp.MustCompile(
			`(Fatal error|Warning|Notice|Stack trace):[^\n]{0,300}\bon line \d+|#\d+ [^\n]+\.php\(\d+\)|\.php on line \d+`,
		),
	},
	{"a Ruby stack trace", []string{".rb:"}, regexp.MustCompile("[\\w/.-]+\\.rb:\\d+:in [`']")},
	{"an SQL error", []string{
		"SQL", "ORA-", "PG::", "psycopg", "sqlite3.", "constraint", "ER_", "sql: ", "pq: ", "syntax error", "no such ",
		"does not exist", "Duplicate entry", "E11000", "PDOException",
	},
		regexp.MustCompile(
			`SQLSTATE\b|\bORA-\d{5}\b|\bPG::\w+|\bpsycopg2?\.|\bsqlite3\.\w*Error|SQLITE_[A-Z]+|You have an error in your SQL syntax|` +
				`\b(UNIQUE|NOT NULL|FOREIGN KEY|CHECK) constraint failed|\bsyntax error at or near\b|\bnear ".{0,40}": syntax error|\bno such (table|column): \w|\b(relation|column) \\?"[\w.]+\\?" (of relation .*)?does not exist|` +
				`\bDuplicate entry '.*' for key\b|\bsql: no rows in result set|\bpq: \w|\bE11000 duplicate key\b|\bPDOException\b|duplicate key value violates unique constraint|violates (foreign key|not-null|check) constraint|\bER_[A-Z_]{6,}\b`,
		)},
	{
		"an SQL statement", []string{"SELECT", "INSERT", "DELETE", "UPDATE"},
		regexp.MustCompile(`\b(SELECT [\w*".,\s]{1,200} FROM|INSERT INTO|DELETE FROM|UPDATE [\w".]+ SET) [\w"` + "`" +
			`.(]+[^\n]{0,80}(WHERE|VALUES|LIMIT|=|;|\()`),
	},
	{
		"a source file and line",
		[]string{
			".go:", ".py:", ".rb:", ".java:", ".kt:", ".cs:", ".php:", ".js:", ".ts:", ".rs:", ".cpp:", ".c:", ".ex:", ".scala:",
		},
		regexp.MustCompile(
			`\b[\w-]+\.(go|py|rb|java|kt|cs|php|js|ts|rs|cpp|c|ex|scala):\d+\b|\bat [\w./\\-]+\.(go|py|rb|java|kt|cs|php|js|ts|rs):\d+`,
		),
	},
	{
		"a path on the server", []string{"/home/", "/usr/", "/var/", "/opt/", "/srv/", "/root/", `:\`},
		regexp.MustCompile(
			`(^|[\s"'(=])(/(home|usr/(local|lib|src)|var/(www|lib|app)|opt|srv|root)/[\w.-]+/[\w./-]+|[A-Z]:\\(?:[\w.-]+\\){2,})`,
		),
	},
}

// leak names what a text reveals of the server's internals, with the place; "" if nothing.
func leak(text string) (name, excerpt string) {
	for _, l := range leaks {
		if l.hints != nil && !slices.ContainsFunc(l.hints, func(hint string) bool { return strings.Contains(text, hint) }) {
			continue
		}
		if at := l.pattern.FindStringIndex(text); at != nil {
			return l.name, text[at[0]:min(at[1], at[0]+120)]
		}
	}
	return "", ""
}

// leaks looks for the server's inside and for the key that was sent, in the body and in every header.
func (j *judgement) leaks() {
	var all strings.Builder
	if body, err := Decode(j.answer.Body); err == nil {
		all.WriteString(strings.Join(Strings(body), "\n")) // as they read without JSON's escapes
	} else {
		all.Write(j.answer.Body)
	}
	for _, name := range slices.Sorted(maps.Keys(j.answer.Header)) {
		all.WriteString("\n" + name + ": " + strings.Join(j.answer.Header[name], ", "))
	}
	text := all.String()
	if name, excerpt := leak(text); name != "" {
		j.add(result.Difference{Kind: result.KindLeak, Rule: result.NoInternals, At: name, Got: excerpt})
	}
	for _, secret := range sentSecrets(j.answer.Request) {
		if len(secret) >= 16 && strings.Contains(text, secret) {
			j.add(result.Difference{Kind: result.KindLeak, Rule: result.NoKeyInAnswer, Got: "the key that was sent"})
		}
	}
}

func sentSecrets(r *probe.Request) []string {
	if r == nil {
		return nil
	}
	return append([]string{r.Misplaced}, r.Credential.Secrets()...)
}
