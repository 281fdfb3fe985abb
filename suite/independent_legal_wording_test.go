package suite_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// named is the id that a refused request names at the place that is wrong.
func named(c *indCall, p *indProblem) string {
	if value, sent := c.body[p.field]; sent {
		return fmt.Sprint(value)
	}
	return c.get(p.field)
}

// grouped writes a whole number with a separator between its thousands.
func grouped(number, separator string) string {
	for i := len(number) - 3; i > 0; i -= 3 {
		number = number[:i] + separator + number[i:]
	}
	return number
}

// legalWordings differ in the text of a refusal, where two refusals of one kind are compared or a field is looked for.
func legalWordings() []legalDialect {
	const words = "message: {type: string, minLength: 1, description: For people.}"
	every := func(name string, word func(c *indCall, p *indProblem, text string) string) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: words,
			change: func(s *independent) { s.worded = word }}
	}
	// notFound words only the refusals of an id that no record of the company has.
	notFound := func(name string, word func(c *indCall, id string) string) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: words, change: func(s *independent) {
			s.nextID = func(table string) int64 { return scattered(s.next[table], 1<<40) }
			s.worded = func(c *indCall, p *indProblem, text string) string {
				if slices.Contains([]string{"unknown-record", "foreign-record", "unknown-reference"}, p.situation) {
					return word(c, named(c, p))
				}
				return text
			}
		}}
	}
	field := func(name string, word func(field string) string) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: words, change: wording(
			func(_ *indCall, p *indProblem, _ string) string { return word(p.field) + " is not valid" })}
	}
	title := func(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
	return []legalDialect{
		every("message-with-a-correlation-id", func(c *indCall, _ *indProblem, text string) string {
			return text + fmt.Sprintf(" (reference %08x-%04x)", c.s.served*2654435761%(1<<32), c.s.served)
		}),
		every("message-with-the-time", func(c *indCall, _ *indProblem, text string) string {
			at := c.s.now().Add(time.Duration(c.s.served) * 1_000_003 * time.Microsecond)
			return at.Format("[Mon Jan _2 15:04:05.000 2006] ") + text
		}),
		every("message-with-a-number-of-words-that-moves", func(c *indCall, _ *indProblem, text string) string {
			return text + strings.Repeat(" Please try again.", c.s.served%3)
		}),
		notFound("message-groups-the-digits-of-the-id", func(_ *indCall, id string) string {
			return "There is no record " + grouped(id, ",") + "."
		}),
		notFound("message-groups-the-digits-with-a-narrow-blank", func(_ *indCall, id string) string {
			return "Kein Datensatz " + grouped(id, "\u202f")
		}),
		notFound("message-with-the-id-in-a-longer-number", func(_ *indCall, id string) string {
			return fmt.Sprintf("No record R%020s was found.", id)
		}),
		notFound("message-with-the-id-in-a-link", func(c *indCall, id string) string {
			return "Not found: https://api.example.com" + c.path + "?q=" + id + "&lang=en#r" + id + "-1"
		}),
		notFound("message-with-the-id-in-hexadecimal", func(_ *indCall, id string) string {
			n, _ := strconv.ParseInt(id, 10, 64)
			return fmt.Sprintf("No record 0x%X.", n)
		}),
		field("message-names-the-field-without-id", func(field string) string {
			return "The " + strings.TrimSuffix(field, "_id")
		}),
		field("message-names-the-field-in-words", func(field string) string {
			return title(strings.ReplaceAll(strings.TrimSuffix(field, "_id"), "_", " "))
		}),
		{
			name: "message-is-a-code-of-one-word", source: "openapi.yaml", words: words,
			change: func(s *independent) {
				s.sent = func(_ *indCall, p *indProblem, reply *indReply) {
					body, ok := reply.body.(map[string]any)
					if code, _ := body["error"].(string); ok && p != nil && !strings.Contains(code, "_") {
						body["message"] = code
					}
				}
			},
		},
	}
}

// legalMoving differ in that something changes between two readings.
func legalMoving() []legalDialect {
	return []legalDialect{
		{
			name: "values-that-move", source: "openapi.yaml", words: "Job: type: object required: [job_id]",
			change: func(s *independent) {
				s.seen = func(_ string, record *indRecord, view map[string]any) {
					now := s.now()
					view["server_time"], view["age_in_seconds"] = now.Format(time.RFC3339Nano), now.Sub(record.created).Seconds()
					view["photo"] = fmt.Sprintf("https://files.example.com/p?expires=%d", now.Unix()+60)
					view["views"], view["last_viewed_at"] = s.served/3, now.Format(time.RFC3339)
				}
			},
		},
		lagged(),
	}
}

// lagged answers reads from a copy that is behind the writes.
func lagged() legalDialect {
	var first, copied *independent
	return legalDialect{
		name: "reads-lag-behind-writes", source: "RFC 9110, 9.2.1",
		words: "what a safe request shows may be an older state: nothing promises that a read sees the last write",
		change: func(s *independent) {
			first = s
			copied = newIndependent(independentOptions{Limit: s.opt.Limit, Window: s.opt.Window, Now: s.opt.Now})
			copied.bucket = func(c *indCall) string { // a write was counted when it was sent
				if c.tier() == "write" {
					return strconv.Itoa(copied.served)
				}
				return c.key.text + " " + c.tier()
			}
		},
		front: func(http.Handler) http.Handler {
			copied.keyring = first.keyring
			return &lagging{first: first, copied: copied, now: first.opt.Now}
		},
	}
}
