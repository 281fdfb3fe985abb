package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Known is one failure that is known: it stays visible and does not fail a run until it expires or passes.
type Known struct {
	Check     string `yaml:"check"`
	Operation string `yaml:"operation"` // empty: every operation
	Reason    string `yaml:"reason"`
	Ticket    string `yaml:"ticket"`
	Expires   string `yaml:"expires"` // the last day on which it holds, YYYY-MM-DD
}

// Expired says whether the entry no longer holds at that time.
func (k Known) Expired(now time.Time) bool {
	last, err := time.Parse(time.DateOnly, k.Expires)
	return err != nil || !now.Before(last.AddDate(0, 0, 1))
}

// LoadKnown reads a list of known failures. Errors are *Error.
func LoadKnown(file string) ([]Known, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, &Error{file, "", err.Error()}
	}
	return ParseKnown(filepath.Base(file), data)
}

// ParseKnown is LoadKnown for bytes.
func ParseKnown(name string, data []byte) ([]Known, error) {
	if len(data) > maxSize {
		return nil, &Error{name, "", fmt.Sprintf("larger than %d MiB", maxSize>>20)}
	}
	var entries []Known
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&entries); err != nil && len(strings.TrimSpace(string(data))) > 0 {
		return nil, &Error{name, "", strings.TrimPrefix(err.Error(), "yaml: ") + "; it must be a list of check, operation, " +
			"reason, ticket, expires"}
	}
	for i, k := range entries {
		at := func(field string) string { return fmt.Sprintf("[%d].%s", i, field) }
		switch {
		case k.Check == "":
			return nil, &Error{name, at("check"), "is missing"}
		case strings.TrimSpace(k.Reason) == "":
			return nil, &Error{name, at("reason"), "is missing; say why the failure is accepted"}
		}
		if _, err := time.Parse(time.DateOnly, k.Expires); err != nil {
			return nil, &Error{name, at("expires"), fmt.Sprintf("%q is not a date; write the last day on which it holds as "+
				"YYYY-MM-DD", k.Expires)}
		}
	}
	return entries, nil
}
