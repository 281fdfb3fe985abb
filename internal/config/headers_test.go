package config

import (
	"strings"
	"testing"
)

// TestHeaders: headers that a request can have are read, others are refused without their values.
func TestHeaders(t *testing.T) {
	lookup := func(name string) (string, bool) { return "value-of-" + name, true }
	f, err := Parse(
		"c.yaml",
		[]byte("contract: a.yaml\noverlays: b.yaml\nheaders: {X-Api-Version: '3', X-Key: \"${KEY}\"}\n"),
		lookup,
	)
	if err != nil {
		t.Fatal(err)
	}
	if f.Contract != "a.yaml" || len(f.Overlays) != 1 || f.Headers["X-Key"] != "value-of-KEY" ||
		f.Headers["X-Api-Version"] != "3" {
		t.Errorf("%+v", f)
	}
	for text, want := range map[string]string{
		"headers: [a]":                               "must be a mapping",
		"headers: {'X Key': secret-one}":             "a name that no header can have",
		"headers: {X-Key: \"secret-one\\r\\nX: y\"}": "headers.X-Key: has a value that no header can have",
	} {
		_, err := Parse("c.yaml", []byte(text), lookup)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret-one") {
			t.Errorf("%s: %v, want … %s …", text, err, want)
		}
	}
}
