package generate

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"conformance/internal/reserved"
)

// number makes a number: one, or what is nearest to a bound.
func number(f *openapi3.Schema, at spot) (any, error) {
	step := 1.0
	if f.MultipleOf != nil && *f.MultipleOf > 0 {
		step = *f.MultipleOf
	}
	low, high := math.Inf(-1), math.Inf(1)
	for _, bound := range []*float64{f.Min, f.ExclusiveMin.Value} {
		if bound != nil {
			low = max(low, *bound)
		}
	}
	for _, bound := range []*float64{f.Max, f.ExclusiveMax.Value} {
		if bound != nil {
			high = min(high, *bound)
		}
	}
	starts := []float64{1, step, 0, low, math.Ceil(low/step) * step, high, math.Floor(high/step) * step, (low + high) / 2}
	for i, start := range starts {
		for _, by := range []float64{0, step, -step} {
			v := start + by + float64(at.vary)*step
			if i >= 5 {
				v = start - by - float64(at.vary)*step
			}
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			if n := Plain(json.Number(Text(v))); Accepts(f, n) {
				return n, nil
			}
		}
	}
	return nil, at.unmade("no number keeps to its bounds")
}

// sample makes the texts of a format, different ones for different numbers.
type sample func(n int) string

func numbered(format string) sample { return func(n int) string { return fmt.Sprintf(format, n) } }

func day(layout string) sample {
	return func(n int) string { return time.Date(2026, 1, 2+n, 3, 4, 5+n, 0, time.UTC).Format(layout) }
}

// samples are by format. Their addresses are reserved (RFC 2606, RFC 5737, RFC 3849, 555-01xx).
var samples = map[string]sample{
	"date": day(time.DateOnly), "date-time": day(time.RFC3339), "datetime": day(time.RFC3339),
	"time": day("15:04:05Z07:00"), "partial-time": day(time.TimeOnly),
	"duration": func(n int) string { return fmt.Sprintf("PT%dM", n+1) },
	"email":    numbered("conformance%d@example.com"), "idn-email": numbered("conformance%d@example.com"),
	"uuid": numbered("6f1c2a4e-9b7d-4c3a-8e5f-%012d"), "guid": numbered("6f1c2a4e-9b7d-4c3a-8e5f-%012d"),
	"uri": numbered("https://example.com/conformance/%d"), "url": numbered("https://example.com/conformance/%d"),
	"iri":           numbered("https://example.com/conformance/%d"),
	"uri-reference": numbered("/conformance/%d"), "iri-reference": numbered("/conformance/%d"),
	"uri-template": numbered("/conformance/%d/{id}"),
	"hostname":     numbered("conformance%d.example.com"), "idn-hostname": numbered("conformance%d.example.com"),
	"ipv4":         func(n int) string { return fmt.Sprintf("192.0.2.%d", n%254+1) },
	"ip":           func(n int) string { return fmt.Sprintf("192.0.2.%d", n%254+1) },
	"ipv6":         func(n int) string { return fmt.Sprintf("2001:db8::%x", n%0xffff+1) },
	"cidr":         func(n int) string { return fmt.Sprintf("192.0.2.%d/32", n%254+1) },
	"mac":          func(n int) string { return fmt.Sprintf("02:00:00:00:00:%02x", n%256) },
	"byte":         func(n int) string { return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "text%02d", n)) },
	"json-pointer": numbered("/conformance/%d"), "relative-json-pointer": numbered("%d"), "regex": numbered("^text%d$"),
	"phone": func(n int) string { return fmt.Sprintf("+120255501%02d", n%100) },
	"int32": numbered("%d"), "int64": numbered("%d"), "uint64": numbered("%d"), "integer": numbered("%d"),
	"double": numbered("%d.5"), "float": numbered("%d.5"), "decimal": numbered("%d.5"), "number": numbered("%d"),
}

// formatNames are the sample to take for a text without a format, by what its member's name ends with.
var formatNames = []struct {
	name   *regexp.Regexp
	format string
}{
	{regexp.MustCompile(`(?i)e-?mail(_?address)?$`), "email"},
	{regexp.MustCompile(`(?i)(ur[il]|href|link|webhook|callback)$`), "url"},
	{regexp.MustCompile(`(?i)(phone|mobile|fax|msisdn)(_?number)?$`), "phone"},
}

// text makes a text of the format, of the name or of the pattern, as long as the schema asks for.
func text(f *openapi3.Schema, at spot) (string, error) {
	least, most := int(min(f.MinLength, maxText+1)), maxText
	if f.MaxLength != nil {
		most = int(min(*f.MaxLength, maxText))
	}
	if least > maxText {
		return "", at.unmade("it needs %d characters, which is more than a test sends", f.MinLength)
	}
	var tries []string
	if s := samples[f.Format]; s != nil {
		tries = append(tries, s(at.vary))
	}
	for _, n := range formatNames {
		if f.Format == "" && n.name.MatchString(at.name) {
			tries = append(tries, samples[n.format](at.vary))
		}
	}
	if f.Pattern != "" {
		for format := range strings.FieldsSeq("email url uuid phone date date-time time ipv4 mac hostname") {
			tries = append(tries, samples[format](at.vary))
		}
		tries = append(tries, matching(f.Pattern, least, most, at.vary))
	} else {
		tries = append(tries, stretched(word(at.vary), least, most), stretched("other"+word(at.vary), least, most))
	}
	if f.Format == "byte" || f.Format == "base64" || f.Format == "base64url" {
		tries = append(tries, strings.Repeat("A", (least+3)/4*4))
	}
	for _, v := range tries {
		if Accepts(f, v) && (reserved.Text(at.name, f.Format, v) == v) {
			return v, nil
		}
	}
	return "", at.unmade("%s", whyNoText(f, slices.ContainsFunc(tries, func(v string) bool { return Accepts(f, v) })))
}

func whyNoText(f *openapi3.Schema, unreserved bool) string {
	var about []string
	if f.Pattern != "" {
		if _, err := regexp.Compile(f.Pattern); err != nil {
			return fmt.Sprintf("its pattern is not a regular expression of RE2: %s", f.Pattern)
		}
		about = append(about, "the pattern "+f.Pattern)
	}
	if f.Format != "" {
		about = append(about, "the format "+f.Format)
	}
	if f.MinLength > 0 {
		about = append(about, fmt.Sprintf("minLength %d", f.MinLength))
	}
	if f.MaxLength != nil {
		about = append(about, fmt.Sprintf("maxLength %d", *f.MaxLength))
	}
	if f.Not != nil {
		about = append(about, "not")
	}
	what := cmp.Or(strings.Join(about, ", "), "its schema")
	if unreserved {
		return "it asks for an address that may be somebody's, by " + what
	}
	return "no text is known that keeps to " + what
}

func word(vary int) string {
	if vary == 0 {
		return "text"
	}
	return "text" + strconv.Itoa(vary)
}

// stretched is a text of a length between both bounds; its end, where it may differ from others, is kept.
func stretched(s string, least, most int) string {
	if n := utf8.RuneCountInString(s); n < least {
		return strings.Repeat("x", least-n) + s
	} else if n > most {
		return s[n-most:]
	}
	return s
}
