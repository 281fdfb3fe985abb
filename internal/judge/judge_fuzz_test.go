package judge_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/probe"
)

// FuzzJudge: no answer makes the judge panic, each difference that it finds is reported whole, and a correct refusal is
// accepted whatever its message says and whatever members and headers it has besides.
func FuzzJudge(f *testing.F) {
	c, err := contract.Load(conformance.OpenAPI)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(401, "Content-Type", "application/json", []byte(`{"success":false,"error":"unauthorized","message":"No key."}`),
		"No key.")
	f.Add(200, "X", "y", []byte(`{"success":true}`), "")
	f.Add(429, "Retry-After", "-1", []byte(`{"success":false,"error":1e400,"message":"<b>"}`), "a\x00b")
	f.Add(400, "content-type", "application/problem+json;", []byte("\xff\xfe{}"), "unauthorized")
	f.Add(-1, "", "", []byte(strings.Repeat("[", 20_000)), "\u2028")
	situations := slices.Sorted(keysOf(c.Situations))
	f.Fuzz(func(t *testing.T, status int, name, value string, body []byte, message string) {
		for _, o := range c.Operations[:3] {
			for _, id := range situations {
				a := &probe.Answer{
					Request: &probe.Request{}, Status: status,
					Header: map[string][]string{name: {value, value}, "Content-Type": {"application/json"}}, Body: body,
				}
				for _, d := range judge.Refusal(c, o, []contract.SituationID{id}, a) {
					if f := d.Failure(); d.Rule == "" || f.Kind == "" || f.Message == "" || f.Expected == "" {
						t.Errorf("%s %s: a difference says nothing: %+v", o.ID, id, d)
					}
				}
			}
			if good := refusal(o, message, name, value); good != nil {
				if failures := judge.Refusal(c, o, []contract.SituationID{contract.MissingKey}, good); len(failures) > 0 {
					t.Errorf("%s: a correct refusal is not accepted: %+v\n%s", o.ID, failures, good.Body)
				}
			}
		}
	})
}

func keysOf(m map[contract.SituationID]contract.Situation) func(func(contract.SituationID) bool) {
	return func(yield func(contract.SituationID) bool) {
		for id := range m {
			if !yield(id) {
				return
			}
		}
	}
}

// refusal is a correct answer to a request without a key, with a message that is a text for people; nil if the text is
// none, or the header tells what no header may.
func refusal(o *contract.Operation, message, name, value string) *probe.Answer {
	plain := func(s string) bool {
		return !strings.ContainsFunc(s, func(r rune) bool {
			return r < ' ' || strings.ContainsRune(`<>/\:.#=;"'()_[`, r) || r > 0x7e
		})
	}
	if strings.TrimSpace(message) == "" || !plain(message) || !plain(value) || strings.Contains(message, "SQL") ||
		message == "unauthorized" {
		return nil
	}
	header := map[string][]string{"Content-Type": {"application/json; charset=utf-8"}}
	documented := func(h *contract.Header) bool { return strings.EqualFold(h.Name, name) }
	if plain(name) && !strings.EqualFold(name, "Content-Type") &&
		!slices.ContainsFunc(o.Responses[http.StatusUnauthorized].Headers, documented) {
		header[name] = []string{value}
	}
	body, _ := json.Marshal(map[string]any{
		"success": false, "error": "unauthorized", "message": message, "more": []any{1, nil, map[string]any{"a": value}},
	})
	return &probe.Answer{Request: &probe.Request{}, Status: http.StatusUnauthorized, Header: header, Body: body}
}
