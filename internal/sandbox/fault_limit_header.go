package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"conformance/internal/contract"
)

// limitHeaders: the limiter's headers are missing or wrong.

func (k *catalogue) limitHeaders() {
	limit := k.contract.RateLimit
	if limit == nil {
		return
	}
	var names []string
	for _, name := range []string{limit.Limit, limit.Remaining, limit.Reset} {
		if name != "" {
			names = append(names, name)
		}
	}
	missing := func(when func(*call, *answer) bool) func(*rules) {
		return rendering(when, func(_ *call, a *answer) {
			for _, name := range names {
				a.header.Del(name)
			}
		})
	}
	k.must("limit-headers-missing", "", "", "No answer has the limiter's headers.", missing(everyAnswer))
	k.must("limit-headers-missing", "success", "", "No success has the limiter's headers.", missing(succeeded))
	k.must("limit-headers-missing", "lists", "", "No list has the limiter's headers.", missing(func(c *call, a *answer) bool { return succeeded(c, a) && c.operation.list }))
	k.must("limit-headers-missing", "creates", "", "No create has the limiter's headers.", missing(func(c *call, a *answer) bool { return succeeded(c, a) && c.operation.creates }))
	k.must("limit-headers-missing", "refusals", "", "No refusal has the limiter's headers.", missing(refused()))
	for _, id := range k.situations() {
		if !k.exempt(id) && id != contract.ServerFault {
			k.must("limit-headers-missing", string(id), id, fmt.Sprintf("The refusal of %s has none of the limiter's headers.", id), missing(refused(id)))
		}
	}
	for _, name := range names {
		k.must("limit-header-missing", name, "", "No answer has the header.", rendering(everyAnswer, func(_ *call, a *answer) { a.header.Del(name) }))
		k.must("limit-header-missing", name+".success", "", "No success has the header.", rendering(succeeded, func(_ *call, a *answer) { a.header.Del(name) }))
		k.must("limit-header-missing", name+".flood", contract.Flood, "A limited answer does not have the header.", rendering(refused(contract.Flood), func(_ *call, a *answer) { a.header.Del(name) }))
		k.must("limit-header-text", name, "", "The header is no integer.", rewriting(name, func(_ *call, sound int64) string { return fmt.Sprintf("%d;w=60", sound) }))
		k.must("limit-header-fraction", name, "", "The header has a fraction.", rewriting(name, func(_ *call, sound int64) string { return fmt.Sprintf("%d.5", sound) }))
	}
	k.limitValues()
}

func (k *catalogue) exempt(id contract.SituationID) bool {
	return slices.Contains(k.contract.RateLimit.Exempt, id)
}

// rewriting changes the value of a header that holds an integer, where it is.
func rewriting(name string, how func(c *call, sound int64) string) func(*rules) {
	return rendering(everyAnswer, func(c *call, a *answer) {
		if n, err := strconv.ParseInt(a.header.Get(name), 10, 64); err == nil {
			a.header.Set(name, how(c, n))
		}
	})
}

// limitValues: a header of the limiter has a value that cannot be.
func (k *catalogue) limitValues() {
	limit := k.contract.RateLimit
	set := func(name, header, description string, how func(c *call, sound int64) string) {
		if header != "" {
			k.must(name, "", contract.Flood, description, rewriting(header, how))
		}
	}
	whole := func(n int64) string { return strconv.FormatInt(n, 10) }
	set("limit-zero", limit.Limit, "The limit is told to be 0.", func(*call, int64) string { return "0" })
	set("limit-understated", limit.Limit, "The limit is told to be much lower than it is.", func(_ *call, sound int64) string { return whole(max(1, sound/5)) })
	if limit.Limit != "" {
		k.must("limit-wavers", "", contract.Flood, "The limit that is told changes from answer to answer.", func(b *rules) {
			var n atomic.Int64
			rewriting(limit.Limit, func(_ *call, sound int64) string { return whole(sound + n.Add(1)%7) })(b)
		})
	}
	set("remaining-negative", limit.Remaining, "What remains is told to be negative.", func(_ *call, sound int64) string { return whole(-1 - sound) })
	set("remaining-above-limit", limit.Remaining, "More is told to remain than the limit is.", func(c *call, sound int64) string { return whole(sound + int64(c.options.Limit) + 1) })
	set("remaining-never-falls", limit.Remaining, "What remains is told to be the whole limit, always.", func(c *call, _ int64) string { return whole(int64(c.options.Limit)) })
	k.must("remaining-stuck", "", contract.Flood, "What remains does not fall until nothing does.", rendering(func(_ *call, a *answer) bool {
		return a.status/100 == 2 && a.header.Get(limit.Remaining) != ""
	}, func(c *call, a *answer) { a.header.Set(limit.Remaining, whole(int64(c.options.Limit-1))) }))
	set("remaining-zero", limit.Remaining, "What remains is told to be 0, always.", func(*call, int64) string { return "0" })
	set("reset-milliseconds", limit.Reset, "The reset is told in milliseconds.", func(_ *call, sound int64) string { return whole(1000 * sound) })
	set("reset-relative", limit.Reset, "The reset is told as the seconds that are left.", func(c *call, sound int64) string { return whole(max(0, sound-c.now.Unix())) })
	set("reset-past", limit.Reset, "The reset is told to be an hour ago.", func(c *call, _ int64) string { return whole(c.now.Unix() - 3600) })
	if limit.Reset != "" {
		k.should("reset-far", "", contract.Flood, "The reset is told to be in ten years.", rewriting(limit.Reset, func(c *call, _ int64) string { return whole(c.now.AddDate(10, 0, 0).Unix()) }))
	}
	set("reset-date", limit.Reset, "The reset is told as a date.", func(c *call, _ int64) string { return c.now.UTC().Format("2006-01-02T15:04:05Z") })
}
