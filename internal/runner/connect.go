package runner

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/probe"
	"conformance/suite"
)

// Connection says how a target is talked to. Zero values mean the probe's and the suite's defaults.
type Connection struct {
	Target       string // URL with the base path
	Timeout      time.Duration
	Concurrency  int
	Seed         int64
	NoWrites     bool
	FloodMaxWait time.Duration
	UserAgent    string
	TLS          *tls.Config
	Transport    http.RoundTripper
	Clock        probe.Clock
	MaxRPS       float64 // 0: as many as the target's limits allow
}

// Connect prepares a session with a target. The error says what is wrong with the target's URL.
func Connect(c *contract.Contract, f *config.File, o Connection) (*suite.Session, error) {
	redact := &probe.Redactor{}
	hide(redact, f)
	client, err := probe.New(probe.Options{
		Target: o.Target, Timeout: o.Timeout, Limits: c.RateLimit, MaxConns: 4 * o.Concurrency, UserAgent: o.UserAgent,
		TLS: o.TLS, Transport: o.Transport, Clock: o.Clock, MaxRPS: o.MaxRPS,
	}, redact)
	if err != nil {
		return nil, err
	}
	return suite.NewSession(c, client, told(f, o)), nil
}

// hide makes the secrets known to the redactor by the names under which a shell would have them.
func hide(redact *probe.Redactor, f *config.File) {
	add := func(name, secret string) {
		if label := f.Labels[secret]; label != "" {
			name = label
		}
		redact.Add(name, secret)
	}
	c := f.Credentials
	for i, key := range c.Full {
		name := "${KEY_FULL}"
		if i > 0 {
			name = fmt.Sprintf("${KEY_FULL_%d}", i+1)
		}
		add(name, key)
	}
	add("${KEY_REVOKED}", c.Revoked)
	add("${KEY_IP_DENIED}", c.IPDenied)
	add("${KEY_OTHER}", c.OtherTenant)
	add("${KEY_FLOOD}", c.Flood)
	for i, scoped := range c.Scoped {
		add(fmt.Sprintf("${KEY_SCOPED_%d}", i+1), scoped.Key)
	}
}

// told is what the configuration tells the suite.
func told(f *config.File, o Connection) suite.Config {
	c := f.Credentials
	out := suite.Config{
		Credentials: suite.Credentials{
			Full: c.Full, Revoked: c.Revoked, IPDenied: c.IPDenied, OtherTenant: c.OtherTenant, Flood: c.Flood,
		},
		Fixtures: map[string][]any{}, Seed: o.Seed, NoWrites: o.NoWrites, FloodMaxWait: o.FloodMaxWait, Concurrency: o.Concurrency,
	}
	for _, scoped := range c.Scoped {
		out.Credentials.Scoped = append(out.Credentials.Scoped, suite.ScopedKey{Key: scoped.Key, Scopes: scoped.Scopes})
	}
	for name, values := range f.Fixtures {
		out.Fixtures[name] = values
	}
	if trigger := f.Triggers.ServerFault; trigger != nil {
		out.ServerFault = &suite.Trigger{Method: trigger.Method, Path: trigger.Path}
	}
	return out
}
