package judge_test

import (
	"net/http"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/judge"
	"conformance/internal/probe"
)

// TestOwn: an answer is the API's if it has a form that the contract knows for it; where that knows none, any JSON is.
func TestOwn(t *testing.T) {
	envelope := contract.Envelope{Code: "/error", Message: "/message"}
	documented := map[int]*contract.Response{
		502: {Status: 502, Others: []string{"text/plain"}, Envelope: envelope},
		504: {Status: 504, Envelope: envelope},
	}
	for name, k := range map[string]struct {
		status      int
		media, body string
		envelope    contract.Envelope
		want        bool
	}{
		"the envelope":             {503, "application/json", `{"error":"unavailable","message":"Later."}`, envelope, true},
		"foreign JSON":             {503, "application/json", `{"message":"Endpoint request timed out"}`, envelope, false},
		"JSON, no envelope known":  {503, "application/json", `{"message":"Endpoint request timed out"}`, contract.Envelope{}, true},
		"text":                     {503, "text/plain", "no healthy upstream", envelope, false},
		"text, no envelope known":  {503, "text/plain", "no healthy upstream", contract.Envelope{}, false},
		"text that is documented":  {502, "text/plain", "The upstream failed.", envelope, true},
		"nothing":                  {503, "", "", envelope, false},
		"nothing, as documented":   {504, "", "", envelope, true},
		"half of an error as JSON": {503, "application/json", `{"error":"unavail`, envelope, false},
	} {
		c := &contract.Contract{Envelope: k.envelope}
		a := &probe.Answer{Status: k.status, Header: http.Header{"Content-Type": {k.media}}, Body: []byte(k.body)}
		if got := judge.Own(c, &contract.Operation{Responses: documented}, a); got != k.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
