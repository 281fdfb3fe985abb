package suite_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// numbering makes a server give its ids out in another way.
func numbering(next func(*independent) func(table string) int64) func(*independent) {
	return func(s *independent) { s.nextID = next(s) }
}

// scattered spreads 1, 2, 3, … over the positive integers below a bound, without giving one twice.
func scattered(n, bound int64) int64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, n)
	return int64(h.Sum64()>>1)%(bound/1e6)*1e6 + n
}

// legalValues differ in ids and keys.
func legalValues() []legalDialect {
	const whole = "schema: {type: integer, format: int64, minimum: 1}"
	ids := func(name string, next func(*independent) func(table string) int64) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: whole, change: numbering(next)}
	}
	key := func(name string, form func(string) string) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: "A key of one company, `fsm_live_…` or `fsm_test_…`.",
			change: func(s *independent) { s.secret = form }}
	}
	return []legalDialect{
		ids("ids-beyond-53-bits", func(s *independent) func(string) int64 {
			return func(table string) int64 { return 1<<60 + s.next[table] }
		}),
		ids("ids-at-the-end-of-64-bits", func(s *independent) func(string) int64 {
			return func(table string) int64 { return math.MaxInt64 - 1_000_000 + s.next[table] }
		}),
		ids("ids-beyond-32-bits", func(s *independent) func(string) int64 {
			return func(table string) int64 { return 1<<32 + s.next[table] }
		}),
		ids("ids-in-no-order", func(s *independent) func(string) int64 {
			return func(table string) int64 { return scattered(s.next[table], 1<<50) }
		}),
		ids("ids-of-all-tables-in-one-sequence", func(s *independent) func(string) int64 {
			return func(string) int64 {
				s.next["all"]++
				return s.next["all"]
			}
		}),
		ids("ids-in-steps-of-1000", func(s *independent) func(string) int64 {
			return func(table string) int64 { return 1000 * s.next[table] }
		}),
		ids("ids-count-down", func(s *independent) func(string) int64 {
			return func(table string) int64 { return 2_000_000_000 - s.next[table] }
		}),
		{
			name: "ids-count-per-company", source: "openapi.yaml", words: whole,
			change: func(s *independent) {
				s.twin = newIndependent(independentOptions{Limit: s.opt.Limit, Window: s.opt.Window, Now: s.opt.Now,
					Legal: func(twin *independent) { twin.companies = []string{"B"} }})
				s.companies = slices.Repeat([]string{"A"}, 9) // more than the run will make
			},
			front: func(h http.Handler) http.Handler {
				s := h.(*independent)
				s.twin.keyring = s.keyring
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if key := s.keyring[r.Header.Get("X-Api-Key")]; key != nil && key.company == "B" {
						s.twin.ServeHTTP(w, r)
						return
					}
					s.ServeHTTP(w, r)
				})
			},
		},
		key("keys-of-500-characters", func(text string) string { return text + strings.Repeat("0123456789", 46) }),
		key("keys-with-punctuation", func(text string) string { return text[:16] + "+/=.~-" + text[16:] + "==" }),
		key("short-keys", func(text string) string { return text[:17] }),
		key("keys-of-one-long-beginning", func(text string) string {
			return strings.Replace(text, "live_", "test_"+strings.Repeat("a", 60), 1)
		}),
	}
}

// showing changes what a record looks like.
func showing(change func(table string, record *indRecord, view map[string]any)) func(*independent) {
	return func(s *independent) { s.seen = change }
}

// dating writes every time in another form.
func dating(form func(time.Time) string) func(*independent) {
	return func(s *independent) { s.dated = form }
}

// newAssetsHave gives every asset that is created a meter.
func newAssetsHave(s *independent, meter func() *indMeter) {
	create := s.op("createAsset").do
	s.op("createAsset").do = func(c *indCall) (any, *indProblem) {
		seen, p := create(c)
		if p != nil {
			return seen, p
		}
		record := s.tables["asset"][seen.(map[string]any)["asset_id"].(int64)]
		record.meters = []*indMeter{meter()}
		return s.view("asset", record), nil
	}
}

// legalRecords differ in what records of a success hold.
func legalRecords() []legalDialect {
	const dated, nullable = "created_at: {type: string, format: date-time, readOnly: true, nullable: true}",
		"job_description: {type: string, nullable: true}"
	at := func(name, layout string) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: dated, change: dating(func(t time.Time) string {
			return t.In(time.FixedZone("", 19800)).Format(layout)
		})}
	}
	looks := func(name, words string, change func(table string, record *indRecord, view map[string]any)) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: words, change: showing(change)}
	}
	texts := func(change func(name, text string) any) func(string, *indRecord, map[string]any) {
		return func(_ string, _ *indRecord, view map[string]any) {
			for name, value := range view {
				if text, ok := value.(string); ok {
					view[name] = change(name, text)
				}
			}
		}
	}
	return []legalDialect{
		at("times-with-nanoseconds", "2006-01-02T15:04:05.000000000Z07:00"),
		at("times-in-another-zone", "2006-01-02T15:04:05-07:00"),
		looks("times-are-null", dated, func(_ string, _ *indRecord, view map[string]any) {
			if _, stamped := view["created_at"]; stamped {
				view["created_at"], view["updated_at"] = nil, nil
			}
		}),
		looks("times-are-absent", dated, func(_ string, _ *indRecord, view map[string]any) {
			delete(view, "created_at")
			delete(view, "updated_at")
		}),
		looks("empty-texts-become-null", nullable, texts(func(_, text string) any {
			if text == "" {
				return nil
			}
			return text
		})),
		looks("texts-are-trimmed", "job_title: {type: string}", texts(func(_,
			text string) any {
			return strings.TrimSpace(text)
		})),
		looks("emails-in-lower-case", "ignoreCase: true", texts(func(name, text string) any {
			if strings.HasSuffix(name, "email") {
				return strings.ToLower(text)
			}
			return text
		})),
		looks("given-times-in-utc", "scheduled_start: {type: string, format: date-time, nullable: true}",
			texts(func(name, text string) any {
				if moment, err := time.Parse(time.RFC3339, text); err == nil && strings.HasPrefix(name, "scheduled_") {
					return moment.UTC().Format("2006-01-02T15:04:05.000Z")
				}
				return text
			})),
		looks("amounts-with-exponents", "unit_cost: {type: number, nullable: true}",
			func(_ string, _ *indRecord, view map[string]any) {
				if cost, ok := view["unit_cost"].(json.Number); ok && !strings.ContainsAny(cost.String(), "eE") {
					view["unit_cost"] = json.Number(cost.String() + "e0")
				}
			}),
		looks("amounts-with-zeros-behind", "unit_cost: {type: number, nullable: true}",
			func(_ string, _ *indRecord, view map[string]any) {
				cost, ok := view["unit_cost"].(json.Number)
				if ok && strings.Contains(cost.String(), ".") && !strings.ContainsAny(cost.String(), "eE") {
					view["unit_cost"] = json.Number(cost.String() + "00")
				}
			}),
		looks("records-with-more-members", "Job: type: object required: [job_id]",
			func(table string, record *indRecord, view map[string]any) {
				view["version"], view["tags"], view["_links"] = 3, []string{}, map[string]any{"self": "/" + table}
				view["company"], view["archived"], view["parent_id"] = map[string]any{"name": record.company}, false, nil
			}),
		{
			name: "meters-count-per-asset", source: "openapi.yaml", words: "The answer carries the meters of the asset.",
			change: func(s *independent) {
				s.nextID = func(table string) int64 {
					if table == "meter" {
						return 2 - s.next[table]%2 // each of the first assets has two
					}
					return s.next[table]
				}
				newAssetsHave(s, func() *indMeter { return &indMeter{1, "Run time", "hours", "0"} })
			},
		},
		{
			name: "new-assets-have-meters", source: "openapi.yaml", words: "The answer carries the meters of the asset.",
			change: func(s *independent) {
				newAssetsHave(s, func() *indMeter { return &indMeter{s.newID("meter"), "Run time", "hours", "0"} })
			},
		},
		{
			name: "pagination-says-more", source: "openapi.yaml", words: "required: [page, per_page, total, total_pages]",
			change: func(s *independent) {
				s.sent = func(_ *indCall, _ *indProblem, reply *indReply) {
					body, _ := reply.body.(map[string]any)
					if pages, ok := body["pagination"].(map[string]any); ok {
						pages["next"], pages["has_more"], pages["links"] = nil, false, []any{}
					}
				}
			},
		},
	}
}
