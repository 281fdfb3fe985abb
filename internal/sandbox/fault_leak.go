package sandbox

import (
	"fmt"

	"conformance/internal/contract"
)

// leakFaults: a refusal shows internal details of the server, or repeats the key.

var internalDetails = []struct{ name, text string }{
	{"go-trace", "panic: runtime error: index out of range [3] with length 3\n\ngoroutine 41 " +
		"[running]:\nmain.handle(0xc000112000)\n\t/srv/api/handler.go:118 +0x1d"},
	{"python-trace", "Traceback (most recent call last):\n  File \"/srv/api/views.py\", line 88, in dispatch\nKeyError: " +
		"'id'"},
	{"java-trace", "java.lang.NullPointerException: id\n\tat com.example.api.Handler.handle(Handler.java:87)"},
	{"php-error", "Fatal error: Uncaught TypeError in /var/www/html/api/index.php:41 on line 41"},
	{"javascript-trace", "TypeError: Cannot read properties of undefined (reading 'id')\n    at handle " +
		"(/opt/app/src/routes.js:52:17)"},
	{"sql-error", "SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry for key 'PRIMARY'"},
	{"sql-statement", "SELECT id, name FROM records WHERE company_id = 7 AND id = 12;"},
	{"source-line", "validation failed at controllers/records.rb:214"},
	{"server-path", "cannot open /var/lib/api/cache/records/12.json"},
}

func leakFaults(m *model) []Fault {
	ids := m.situations()
	message := m.contract.Envelope.Message
	var faults []Fault
	for i, inside := range internalDetails {
		shown := func(when func(*call, *answer) bool) func(*rules) {
			return member("", "", func(_ *call, body map[string]any) { put(body, message, inside.text) }).apply(when)
		}
		faults = append(faults,
			must("leak-"+inside.name, "", "", "Every refusal shows internal details of the server in its message.",
				shown(refused())))
		id := ids[(2*i+1)%len(ids)]
		faults = append(faults,
			must("leak-"+inside.name, string(id), id,
				fmt.Sprintf("The refusal of %s shows internal details of the server in its message.", id),
				shown(refused(id))))
	}
	debug := member("leak-member", "", func(_ *call, body map[string]any) {
		body["debug"] = map[string]any{"trace": []any{internalDetails[0].text}}
	})
	faults = append(faults,
		must("leak-member", "", "", "Every refusal shows a stack trace in a member next to the message.",
			debug.apply(refused())),
		must("leak-member", string(contract.MalformedBody), contract.MalformedBody,
			"The refusal of a malformed body shows a stack trace in a member next to the message.",
			debug.apply(refused(contract.MalformedBody))),
		must("leak-header", "", "", "Every refusal names the source file and line in a header.",
			changeResponse(refused(), func(_ *call, a *answer) {
				a.header.Set("X-Debug", "raised at controllers/records.rb:214")
			})),
	)
	return append(faults, echoFaults(m)...)
}

// echoFaults: the key that was sent comes back.
func echoFaults(m *model) []Fault {
	message := m.contract.Envelope.Message
	inMessage := func(ids ...contract.SituationID) func(*rules) {
		return changeRefusal(of(ids...), func(c *call, _ *refusal, a *answer) {
			if key := sentKey(c); key != "" {
				put(a.envelope(), message, "The key "+key+" may not do this.")
			}
		})
	}
	faults := []Fault{must("key-echoed", "", "", "Every refusal repeats the key in its message.", inMessage())}
	for _, id := range []contract.SituationID{
		contract.InvalidKey, contract.RevokedKey, contract.MissingScope, contract.DeniedIP, contract.UnknownRecord,
	} {
		faults = append(faults,
			must("key-echoed", string(id), id, fmt.Sprintf("The refusal of %s repeats the key in its message.", id),
				inMessage(id)))
	}
	return append(faults,
		must("key-echoed", string(contract.MisplacedKey), contract.MisplacedKey,
			"The refusal of a misplaced key repeats the address with the key in it.",
			changeRefusal(of(contract.MisplacedKey), func(c *call, _ *refusal, a *answer) {
				if c.ring.containsKey([]byte(c.request.URL.RawQuery)) {
					put(a.envelope(), message, "There is no key in the header of "+c.request.URL.String())
				}
			})),
		must("key-echoed-in-member", "", "", "Every refusal repeats the key in a member.",
			changeRefusal(of(), func(c *call, _ *refusal, a *answer) {
				if key := sentKey(c); key != "" {
					a.envelope()["request"] = map[string]any{"key": key}
				}
			})),
		must("key-echoed-in-header", "", "", "Every refusal repeats the key in a header.",
			changeResponse(refused(), func(c *call, a *answer) {
				if key := sentKey(c); key != "" {
					a.header.Set("X-Request-Key", key)
				}
			})),
	)
}

// sentKey is the key that the request sends in the right place.
func sentKey(c *call) string {
	if c.scheme() == nil {
		return ""
	}
	return presented(c)
}
