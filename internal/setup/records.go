package setup

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"conformance/internal/contract"
)

// Record is ids for the parameter of a read, that a list answered with.
type Record struct {
	Operation, Parameter string
	Values               []any  // texts and json.Numbers
	From                 string // path of the list
}

// mostValues is how many ids a fixture is given.
const mostValues = 3

// secretName is what a parameter is called whose values are secrets.
var secretName = regexp.MustCompile(`(?i)token|key|secret|password|session|code`)

// records takes ids for reads from the lists that answered.
func (l *looker) records() {
	for _, o := range l.Contract.Operations {
		list := contract.CollectionOf(l.Contract, o)
		if list == nil || o.NotJudged != "" {
			continue
		}
		name := o.Identifiers()[0].Name
		if secretName.MatchString(name + o.Path.URL) {
			continue
		}
		for _, a := range l.asked {
			if a.of != list || a.base != l.base || !a.Accepted() {
				continue
			}
			if values := l.usable(contract.IDsIn(a.json, name)); len(values) > 0 {
				l.seen.Records = append(l.seen.Records, Record{o.ID, name, values, list.Path.URL})
				break
			}
		}
	}
}

// usable are the first ids that a configuration can hold as they are, and that are no secret.
func (l *looker) usable(ids []any) []any {
	var out []any
	for _, id := range ids {
		if text, ok := id.(string); ok && (strings.Contains(text, "${") || len(text) > 200 ||
			l.Client.Redactor().String(text) != text) {
			continue
		}
		if number, ok := id.(json.Number); ok && strings.ContainsAny(number.String(), ".eE") {
			continue
		}
		if !slices.Contains(out, id) && len(out) < mostValues {
			out = append(out, id)
		}
	}
	return out
}

// limitHeader is what servers call the headers that announce limits.
var limitHeader = regexp.MustCompile(`(?i)^(x-)?rate-?limit(-(limit|remaining|reset|policy))?$|^x-rate-?limit-|^retry-after$`)

// limits notes the headers by which the target announces limits.
func (l *looker) limits() {
	for _, a := range l.asked {
		for name := range a.Header {
			if a.base == l.base && limitHeader.MatchString(name) && !slices.Contains(l.seen.Limits, name) {
				l.seen.Limits = append(l.seen.Limits, name)
			}
		}
	}
	slices.Sort(l.seen.Limits)
}
