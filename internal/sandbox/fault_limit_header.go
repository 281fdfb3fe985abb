package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"conformance/internal/contract"
)

// limitHeaderFaults: the limiter's headers are missing or wrong.
func limitHeaderFaults(m *model) []Fault {
	limit := m.contract.RateLimit
	if limit == nil {
		return nil
	}
	var names []string
	for _, name := range []string{limit.Limit, limit.Remaining, limit.Reset} {
		if name != "" {
			names = append(names, name)
		}
	}
	missing := func(when func(*call, *answer) bool) func(*rules) {
		return changeResponse(when, func(_ *call, a *answer) {
			for _, name := range names {
				a.header.Del(name)
			}
		})
	}
	faults := []Fault{
		must("limit-headers-missing", "", "", "No answer has the limiter's headers.", missing(everyAnswer)),
		must("limit-headers-missing", "success", "", "No success has the limiter's headers.", missing(succeeded)),
		must("limit-headers-missing", "lists", "", "No list has the limiter's headers.",
			missing(func(c *call, a *answer) bool { return succeeded(c, a) && c.operation.list })),
		must("limit-headers-missing", "creates", "", "No create has the limiter's headers.",
			missing(func(c *call, a *answer) bool { return succeeded(c, a) && c.operation.creates })),
		must("limit-headers-missing", "refusals", "", "No refusal has the limiter's headers.", missing(refused())),
	}
	for _, id := range m.situations() {
		if !slices.Contains(limit.Exempt, id) && id != contract.ServerFault {
			faults = append(faults,
				must("limit-headers-missing", string(id), id,
					fmt.Sprintf("The refusal of %s has none of the limiter's headers.", id),
					missing(refused(id))))
		}
	}
	for _, name := range names {
		faults = append(faults,
			must("limit-header-missing", name, "", "No answer has the header.",
				changeResponse(everyAnswer, func(_ *call, a *answer) { a.header.Del(name) })),
			must("limit-header-missing", name+".success", "", "No success has the header.",
				changeResponse(succeeded, func(_ *call, a *answer) { a.header.Del(name) })),
			must("limit-header-missing", name+".flood", contract.Flood, "A limited answer does not have the header.",
				changeResponse(refused(contract.Flood), func(_ *call, a *answer) { a.header.Del(name) })),
			must("limit-header-text", name, "", "The header is no integer.",
				changeHeader(name, func(_ *call, correct int64) string { return fmt.Sprintf("%d;w=60", correct) })),
			must("limit-header-fraction", name, "", "The header has a fraction.",
				changeHeader(name, func(_ *call, correct int64) string { return fmt.Sprintf("%d.5", correct) })),
		)
	}
	return append(faults, limitValueFaults(m)...)
}

// changeHeader changes the value of a header that holds an integer, where it is.
func changeHeader(name string, how func(c *call, correct int64) string) func(*rules) {
	return changeResponse(everyAnswer, func(c *call, a *answer) {
		if n, err := strconv.ParseInt(a.header.Get(name), 10, 64); err == nil {
			a.header.Set(name, how(c, n))
		}
	})
}

// limitValueFaults: a header of the limiter has a value that cannot be.
func limitValueFaults(m *model) []Fault {
	limit := m.contract.RateLimit
	var faults []Fault
	if limit.Limit != "" {
		faults = append(faults, limitFieldFaults(limit.Limit)...)
	}
	if limit.Remaining != "" {
		faults = append(faults, remainingFieldFaults(limit.Remaining)...)
	}
	if limit.Reset != "" {
		faults = append(faults, resetFieldFaults(limit.Reset)...)
	}
	return faults
}

func limitFieldFaults(header string) []Fault {
	return []Fault{
		wrongValue("limit-zero", header, "The announced limit is 0.", func(*call, int64) int64 { return 0 }),
		wrongValue("limit-understated", header, "The announced limit is much lower than the real one.",
			func(_ *call, correct int64) int64 { return max(1, correct/5) }),
		must("limit-wavers", "", contract.Flood, "The announced limit changes from answer to answer.", func(b *rules) {
			var n atomic.Int64
			changeHeader(header, func(_ *call, correct int64) string { return decimal(correct + n.Add(1)%7) })(b)
		}),
	}
}

func remainingFieldFaults(header string) []Fault {
	return []Fault{
		wrongValue("remaining-negative", header, "The remaining count is negative.",
			func(_ *call, correct int64) int64 { return -1 - correct }),
		wrongValue("remaining-above-limit", header, "The remaining count is higher than the limit.",
			func(c *call, correct int64) int64 { return correct + int64(c.options.Limit) + 1 }),
		wrongValue("remaining-never-falls", header, "The remaining count is always the whole limit.",
			func(c *call, _ int64) int64 { return int64(c.options.Limit) }),
		must("remaining-stuck", "", contract.Flood, "The remaining count does not decrease until it is 0.",
			changeResponse(func(_ *call, a *answer) bool {
				return a.status/100 == 2 && a.header.Get(header) != ""
			}, func(c *call, a *answer) { a.header.Set(header, decimal(int64(c.options.Limit-1))) })),
		wrongValue("remaining-zero", header, "The remaining count is always 0.", func(*call, int64) int64 { return 0 }),
	}
}

func resetFieldFaults(header string) []Fault {
	return []Fault{
		wrongValue("reset-milliseconds", header, "The reset is announced in milliseconds.",
			func(_ *call, correct int64) int64 { return 1000 * correct }),
		wrongValue("reset-relative", header, "The reset is announced as the seconds that are left.",
			func(c *call, correct int64) int64 { return max(0, correct-c.now.Unix()) }),
		wrongValue("reset-past", header, "The announced reset was an hour ago.",
			func(c *call, _ int64) int64 { return c.now.Unix() - 3600 }),
		should("reset-far", "", contract.Flood, "The announced reset is in ten years.",
			changeHeader(header, func(c *call, _ int64) string { return decimal(c.now.AddDate(10, 0, 0).Unix()) })),
		must("reset-date", "", contract.Flood, "The reset is announced as a date.",
			changeHeader(header, func(c *call, _ int64) string { return c.now.UTC().Format("2006-01-02T15:04:05Z") })),
	}
}

// wrongValue is a fault of a header that still holds an integer.
func wrongValue(name, header, description string, how func(c *call, correct int64) int64) Fault {
	return must(name, "", contract.Flood, description,
		changeHeader(header, func(c *call, correct int64) string { return decimal(how(c, correct)) }))
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
