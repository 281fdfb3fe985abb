package suite_test

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	indDigits    = regexp.MustCompile(`^[0-9]+$`)
	indInteger   = regexp.MustCompile(`^-?[0-9]+$`)
	indLocalPart = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	indDomain    = regexp.MustCompile(
		`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`,
	)
	indMoment = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-](\d{2}):(\d{2}))$`)
)

// indEmail takes a dot-atom before the at sign and a host name behind it. Whether the host name needs a dot
// is undefined: one dialect asks for it.
func indEmail(s *independent, text string) bool {
	local, domain, found := strings.Cut(text, "@")
	if !found || !indLocalPart.MatchString(local) || !indDomain.MatchString(domain) {
		return false
	}
	return s.other() || strings.Contains(domain, ".")
}

// indDate takes a day that the calendar has, as RFC 3339 writes it.
func indDate(_ *independent, text string) bool {
	_, err := time.Parse("2006-01-02", text)
	return err == nil
}

// indDateTime takes every date-time of RFC 3339, which includes small letters and a leap second.
func indDateTime(s *independent, text string) bool {
	parts := indMoment.FindStringSubmatch(text)
	if parts == nil || !indDate(s, parts[1]) {
		return false
	}
	within := func(digits string, most int) bool {
		n, _ := strconv.Atoi(digits)
		return n <= most
	}
	leap := parts[4] == "60" && parts[3] == "59"
	return within(parts[2], 23) && within(parts[3], 59) && (leap || within(parts[4], 59)) &&
		within(parts[7], 23) && within(parts[8], 59)
}

// checkField judges one value and gives back what is kept of it.
func (s *independent) checkField(f *indField, value any) (any, *indProblem) {
	if f.coerce != nil {
		value = f.coerce(value)
	}
	if value == nil {
		if f.nullable {
			return nil, nil
		}
		return nil, indRefuse("invalid-field", f.name, f.name+" must not be null.")
	}
	switch v := value.(type) {
	case string:
		if f.kind == "text" {
			return v, s.checkText(f, v)
		}
	case json.Number:
		if f.status {
			return nil, indRefuse("number-status", f.name, f.name+" must be a status.")
		}
		if f.kind == "whole" || f.kind == "number" {
			return s.checkNumber(f, v)
		}
	case bool:
		if f.kind == "flag" {
			return v, nil
		}
	}
	kind := map[string]string{"text": "a string", "whole": "an integer", "number": "a number", "flag": "a boolean"}[f.kind]
	return nil, indRefuse("invalid-field", f.name, f.name+" must be "+kind+".")
}

// checkText judges a string: a status, an enum, a length in characters, a pattern, a format.
func (s *independent) checkText(f *indField, text string) *indProblem {
	length := int64(utf8.RuneCountInString(text))
	if f.inBytes {
		length = int64(len(text))
	}
	blank := f.required && strings.TrimSpace(text) == ""
	bad := func(what string) *indProblem { return indRefuse("invalid-field", f.name, f.name+" "+what+".") }
	switch {
	case f.status && !indIn(f.enum, text):
		return indRefuse("unknown-status", f.name, f.name+" must be one of "+strings.Join(f.enum, ", ")+".")
	case f.enum != nil && !indIn(f.enum, text) && text != "":
		return bad("must be one of " + strings.Join(f.enum, ", "))
	case f.required && text == "" && (f.low > 0 || !f.bounded):
		return indRefuse("empty-text", f.name, f.name+" must not be empty.")
	case f.enum != nil && !indIn(f.enum, text):
		return bad("must not be empty")
	case f.bounded && (length < f.low || f.high > 0 && length > f.high):
		return bad("must have " + strconv.FormatInt(f.low, 10) + " to " + strconv.FormatInt(f.high, 10) + " characters")
	case f.pattern != nil && !f.pattern.MatchString(text), f.format != nil && !f.format(s, text):
		return bad("is not well formed")
	case blank && s.other():
		return bad("must not be blank") // whitespace only is undefined
	}
	return nil
}

// indIn avoids a nil list being read as an empty enum.
func indIn(list []string, text string) bool {
	for _, one := range list {
		if one == text {
			return true
		}
	}
	return false
}

// checkNumber judges a number. An integer beyond 64 bits keeps its digits and counts as the largest one.
func (s *independent) checkNumber(f *indField, n json.Number) (any, *indProblem) {
	bad := func(what string) (any, *indProblem) {
		return nil, indRefuse("invalid-field", f.name, f.name+" "+what+".")
	}
	if f.kind == "number" {
		if f.bounded && indNegative(n) {
			return bad("must not be negative")
		}
		return n, nil
	}
	size, kept, whole := indIntegerOf(n, !s.other())
	switch {
	case !whole:
		return bad("must be an integer")
	case f.nonzero && size == 0:
		return bad("must not be 0")
	case f.bounded && size < f.low && f.meter:
		return nil, indRefuse("low-meter", f.name, f.name+" names no meter of this asset.")
	case f.bounded && size < f.low && f.table != "":
		return nil, indRefuse("low-reference", f.name, f.name+" must be at least 1.")
	case f.bounded && size < f.low:
		return bad("must be at least " + strconv.FormatInt(f.low, 10))
	case f.high > 0 && size > f.high:
		return bad("must be at most " + strconv.FormatInt(f.high, 10))
	}
	return kept, nil
}

// indIntegerOf reads an integer. Whether 5.0 is one the brief does not say: JSON Schema says yes, many
// servers say no, so the dialects differ (lenient takes it).
func indIntegerOf(n json.Number, lenient bool) (int64, json.Number, bool) {
	text := n.String()
	if indInteger.MatchString(text) {
		size, err := strconv.ParseInt(text, 10, 64)
		if err != nil && text[0] == '-' {
			size = math.MinInt64
		} else if err != nil {
			size = math.MaxInt64
		}
		return size, n, true
	}
	size, err := strconv.ParseFloat(text, 64)
	if !lenient || err != nil || size != math.Trunc(size) || math.Abs(size) > 1<<53 {
		return 0, n, false
	}
	return int64(size), json.Number(strconv.FormatInt(int64(size), 10)), true
}

// indNegative looks at the digits, since a number may be too large or too small for a float.
func indNegative(n json.Number) bool {
	mantissa, _, _ := strings.Cut(strings.ToLower(n.String()), "e")
	return strings.HasPrefix(mantissa, "-") && strings.ContainsAny(mantissa, "123456789")
}

// indInt reads a kept integer; a field that was not sent counts as 0.
func indInt(value any) int64 {
	n, ok := value.(json.Number)
	if !ok {
		return 0
	}
	size, _, _ := indIntegerOf(n, true)
	return size
}
