package suite_test

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// enveloping adds members to every refusal. They stand behind the ones of the envelope, or in place of nothing.
func enveloping(more func(c *indCall, p *indProblem) map[string]any) func(*independent) {
	return func(s *independent) {
		s.sent = func(c *indCall, p *indProblem, reply *indReply) {
			if body, ok := reply.body.(map[string]any); ok && p != nil {
				maps.Copy(body, more(c, p))
			}
		}
	}
}

// legalEnvelopes differ in what they say beyond the three members.
func legalEnvelopes() []legalDialect {
	const words = "type: object required: [success, error, message]"
	with := func(name string, more func(c *indCall, p *indProblem) map[string]any) legalDialect {
		return legalDialect{name: name, source: "openapi.yaml", words: words, change: enveloping(more)}
	}
	return []legalDialect{
		with("errors-with-a-list-of-fields", func(_ *indCall, p *indProblem) map[string]any {
			return map[string]any{"errors": []any{map[string]any{"field": p.field, "code": "invalid", "message": p.message}}}
		}),
		with("errors-with-empty-members", func(*indCall, *indProblem) map[string]any {
			return map[string]any{"data": nil, "errors": []any{}, "meta": map[string]any{}, "hint": ""}
		}),
		with("errors-with-inner-members-empty", func(*indCall, *indProblem) map[string]any {
			return map[string]any{"stack": nil, "trace": nil, "exception": nil, "debug": false}
		}),
		with("errors-with-ids-of-their-own", func(c *indCall, _ *indProblem) map[string]any {
			return map[string]any{"request_id": c.s.requestID(), "trace_id": strconv.Itoa(c.s.served) + "f00dfeed",
				"timestamp": c.s.stamp(c.s.now())}
		}),
		with("errors-with-the-address", func(c *indCall, _ *indProblem) map[string]any {
			return map[string]any{"path": c.r.URL.Path, "method": c.method, "status": 400,
				"instance": "urn:error:" + c.s.requestID()}
		}),
		with("errors-with-the-body-that-was-sent", func(c *indCall, p *indProblem) map[string]any {
			if p.situation != "invalid-field" {
				return nil
			}
			return map[string]any{"received": c.body}
		}),
		with("errors-with-much-help", func(*indCall, *indProblem) map[string]any {
			return map[string]any{"help": slices.Repeat([]string{"See the documentation of the operation."}, 500)}
		}),
		with("errors-as-problem-details-too", func(_ *indCall, p *indProblem) map[string]any {
			return map[string]any{"type": "https://docs.example.com/problems#" + p.situation,
				"title": "Refused", "detail": p.message}
		}),
	}
}

// measuring changes what a server tells of its limits, and how it counts.
func measuring(change func(q *indQuota, hits []time.Time, now time.Time)) func(*independent) {
	return func(s *independent) { s.quotas = change }
}

// legalLimits differ in how requests are counted and in what is said of it.
func legalLimits() []legalDialect {
	const upper, tiers = "Seconds after which the request is served at the latest.",
		"Limits are per key, over a rolling window; a daily one stands above the tiers."
	limit := func(size int, window time.Duration) func(*independent) {
		return func(s *independent) { s.opt.Limit, s.opt.Window = size, window }
	}
	return []legalDialect{
		{
			name: "retry-after-is-longer", source: "openapi.yaml", words: upper,
			change: measuring(func(q *indQuota, _ []time.Time, _ time.Time) { q.retry += 45 }),
		},
		{
			name: "retry-after-is-always-a-minute", source: "openapi.yaml", words: upper,
			change: measuring(func(q *indQuota, _ []time.Time, _ time.Time) { q.retry = 60 }),
		},
		{
			name: "refused-requests-count", source: "openapi.yaml", words: tiers,
			change: func(s *independent) {
				s.countsAll = true
				s.quotas = func(q *indQuota, hits []time.Time, now time.Time) {
					if q.full {
						q.retry = max(1, indCeil(hits[max(0, len(hits)-q.limit)].Add(s.opt.Window).Sub(now)))
					}
				}
			},
		},
		{
			name: "one-limit-for-all-tiers", source: "openapi.yaml", words: tiers,
			change: func(s *independent) { s.bucket = func(c *indCall) string { return c.key.text } },
		},
		{
			name: "low-limits", source: "openapi.yaml", words: "How much a key may do is learnt from the headers.",
			change: limit(40, 10*time.Second),
		},
		{
			name: "high-limits", source: "openapi.yaml", words: "How much a key may do is learnt from the headers.",
			change: limit(3000, time.Minute),
		},
		{
			name: "long-window", source: "openapi.yaml", words: "How much a key may do is learnt from the headers.",
			change: limit(100, time.Hour),
		},
		{
			name: "reset-moves-with-every-request", source: "openapi.yaml", words: "When the window resets, in Unix seconds.",
			change: measuring(func(q *indQuota, _ []time.Time, now time.Time) { q.reset = now.Add(31 * time.Second).Unix() }),
		},
		{
			name: "limit-headers-on-401", source: "openapi.yaml", words: "Not promised without a usable key.",
			change: func(s *independent) {
				s.sent = func(_ *indCall, _ *indProblem, reply *indReply) {
					if reply.status == http.StatusUnauthorized {
						maps.Copy(reply.header, map[string]string{"X-Ratelimit-Limit": "20", "X-Ratelimit-Remaining": "19",
							"X-Ratelimit-Reset": strconv.FormatInt(s.now().Add(time.Minute).Unix(), 10)})
					}
				}
			},
		},
		{
			name: "limit-headers-of-the-draft-too", source: "openapi.yaml", words: "Requests that the window allows.",
			change: func(s *independent) {
				s.sent = func(_ *indCall, _ *indProblem, reply *indReply) {
					maps.Copy(reply.header, map[string]string{"Ratelimit-Policy": "200;w=30",
						"Ratelimit":        "limit=200, remaining=3, reset=9",
						"X-Ratelimit-Used": "7", "X-Ratelimit-Resource": "core"})
				}
			},
		},
		{
			name: "wait-in-the-message", source: "openapi.yaml",
			words: "Seconds to wait. The same as in the header Retry-After.",
			change: func(s *independent) {
				s.worded = func(_ *indCall, p *indProblem, text string) string {
					if p.situation == "flood" {
						return "Too many requests: wait " + strconv.Itoa(p.retry) + " seconds."
					}
					return text
				}
			},
		},
	}
}

// heading changes the headers of every answer, before they are sent.
func heading(change func(r *http.Request, status int, h http.Header)) func(http.Handler) http.Handler {
	return rewriting(func(r *http.Request, status int, h http.Header, body []byte) []byte {
		change(r, status, h)
		return body
	})
}

// legalHeaders differ in headers.
func legalHeaders() []legalDialect {
	media := func(name, media, section string) legalDialect {
		return legalDialect{name: name, source: "RFC 9110, " + section,
			words: "type, subtype and parameter name are case-insensitive; " +
				"a parameter value may be a token or a quoted string",
			front: heading(func(_ *http.Request, _ int, h http.Header) { h.Set("Content-Type", media) })}
	}
	allow := func(name string, change func(methods []string) []string) legalDialect {
		return legalDialect{name: name, source: "RFC 9110, 5.6.1 and 10.2.1",
			words: "Allow = #method: recipients accept empty elements, " +
				"blanks around commas and several lines",
			front: heading(func(_ *http.Request, _ int, h http.Header) {
				if line := h.Get("Allow"); line != "" {
					h["Allow"] = change(strings.Split(line, ", "))
				}
			})}
	}
	with := func(name, source, words string, change func(r *http.Request, status int, h http.Header)) legalDialect {
		return legalDialect{name: name, source: source, words: words, front: heading(change)}
	}
	return []legalDialect{
		media("media-type-in-mixed-case", `APPLICATION/Json ;Charset="UTF-8"`, "8.3.1"),
		media("media-type-with-charset", "application/json;charset=utf-8", "8.3.1"),
		media("media-type-with-other-parameters", `application/json; profile="https://example.com/a;b,c"; version=1`, "8.3.1"),
		allow("allow-without-blanks", func(m []string) []string { return []string{strings.Join(m, ",")} }),
		allow("allow-with-empty-elements",
			func(m []string) []string { return []string{", " + strings.Join(m, " ,\t") + ",,"} }),
		allow("allow-on-several-lines", func(m []string) []string { return m }),
		allow("allow-names-a-method-twice",
			func(m []string) []string { return []string{strings.Join(append(m, m...), ", ")} }),
		with("many-headers", "RFC 9110, 5.1", "field names are open-ended: others may stand next to those that are asked for",
			func(_ *http.Request, _ int, h http.Header) {
				for name, value := range map[string]string{
					"Server": "nginx/1.27.3", "X-Powered-By": "PHP/8.3.1", "Via": "1.1 varnish, 1.1 edge-7", "Age": "0",
					"Strict-Transport-Security": "max-age=63072000", "X-Content-Type-Options": "nosniff", "Cf-Ray": "8a1b2c3d4e5f",
					"Server-Timing": "db;dur=53.2, app;dur=1", "X-Request-Id": "3f0c4c8e-0f9a-4f5e-9a51-5d3d6f6f2b11",
					"Access-Control-Allow-Origin": "*", "Content-Language": "en", "Etag": `W/"5f-1"`, "Deprecation": "@1767225600",
					"Link": `</docs>; rel="help", </next>; rel="next"`, "Alt-Svc": `h3=":443"; ma=86400`,
				} {
					h.Set(name, value)
				}
			}),
		with("lists-on-several-lines", "RFC 9110, 5.3", "a list may be on several lines",
			func(_ *http.Request, _ int, h http.Header) {
				h["Vary"] = []string{"Origin", "Accept", "Accept-Encoding"}
				h["Cache-Control"] = []string{"no-store", "private", "max-age=0"}
				h["Via"] = []string{"1.1 a", "1.1 b"}
			}),
		with("cookies-with-every-answer", "RFC 6265, 3",
			"origin servers may send a Set-Cookie header with any response, and several of them",
			func(_ *http.Request, _ int, h http.Header) {
				h["Set-Cookie"] = []string{"sid=abc; Path=/; HttpOnly", "lang=en; Path=/"}
			}),
		with("a-challenge-with-401", "RFC 9110, 15.5.2",
			"the server generating a 401 response must send a WWW-Authenticate header",
			func(_ *http.Request, status int, h http.Header) {
				if status == http.StatusUnauthorized {
					h["Www-Authenticate"] = []string{`ApiKey realm="api", header="X-API-Key"`, "Bearer"}
				}
			}),
		with("no-date", "RFC 9110, 6.6.1", "an origin server without a clock must not generate a Date header",
			func(_ *http.Request, _ int, h http.Header) { h["Date"] = nil }),
		skewed("clock-two-minutes-ahead", 2*time.Minute),
		skewed("clock-two-minutes-behind", -2*time.Minute),
	}
}

// skewed is a server whose clock is wrong, in all that it says.
func skewed(name string, by time.Duration) legalDialect {
	var now func() time.Time
	return legalDialect{
		name: name, source: "RFC 9110, 6.6.1", words: "Date is the origin server's own best approximation of the time",
		change: func(s *independent) {
			clock := s.opt.Now
			s.opt.Now = func() time.Time { return clock().Add(by) }
			now = s.opt.Now
		},
		front: heading(func(_ *http.Request, _ int, h http.Header) { h.Set("Date", now().UTC().Format(http.TimeFormat)) }),
	}
}
