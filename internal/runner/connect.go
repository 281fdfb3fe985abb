package runner

import (
	"crypto/sha256"
	"fmt"

	"conformance"
	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/ledger"
	"conformance/internal/probe"
	"conformance/internal/session"
)

// connect prepares a session with a target for a plan. The error says what is wrong with the target's URL.
func connect(t Target, p *Plan, o Options) (*session.Session, error) {
	client, err := probe.New(probe.Options{
		Target: t.URL, Timeout: o.Timeout, Limits: p.Contract.RateLimit, MaxConns: 4 * o.Concurrency,
		UserAgent: t.UserAgent, TLS: t.TLS, Transport: t.Transport, Clock: t.Clock, MaxRPS: o.MaxRPS,
	}, Redactor(t.File))
	if err != nil {
		return nil, err
	}
	s := session.NewSession(p.Contract, client, configuration(t.File, p, o))
	if o.Ledger != "" {
		s.Ledger, err = ledger.Create(o.Ledger, ledger.Head{
			Run: s.RunID, Target: client.Redactor().String(t.URL), Contract: p.Contract.SHA256,
		})
	}
	return s, err
}

// Redactor knows the secrets of a configuration by the names under which a shell would have them.
func Redactor(f *config.File) *probe.Redactor {
	redact := &probe.Redactor{}
	redactSecrets(redact, f)
	return redact
}

func redactSecrets(redact *probe.Redactor, f *config.File) {
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

// embedded is the digest of the contract whose writes are known to need no consent.
var embedded = fmt.Sprintf("%x", sha256.Sum256(conformance.OpenAPI))

// consent is what the configuration says about writes that succeed.
func consent(of *contract.Contract, writes config.Texts) session.Consent {
	c := session.Consent{Decided: len(writes) > 0, All: len(writes) == 0 && of.SHA256 == embedded, Names: map[string]bool{}}
	for _, name := range writes {
		switch name {
		case "all":
			c.All = true
		case "none":
		default:
			c.Names[name] = true
		}
	}
	return c
}

// configuration is what the suite learns of the target and of the run.
func configuration(f *config.File, p *Plan, o Options) session.Config {
	c := f.Credentials
	out := session.Config{
		Credentials: session.Credentials{
			Full: c.Full, Revoked: c.Revoked, IPDenied: c.IPDenied, OtherTenant: c.OtherTenant, Flood: c.Flood,
		},
		Fixtures: map[string]session.Fixture{}, Consent: consent(p.Contract, f.Writes), Seed: o.Seed, NoWrites: p.Selection.NoWrites, FloodMaxWait: o.FloodMaxWait,
		Concurrency: o.Concurrency, Floods: p.floods,
	}
	for _, scoped := range c.Scoped {
		out.Credentials.Scoped = append(out.Credentials.Scoped, session.ScopedKey{Key: scoped.Key, Scopes: scoped.Scopes})
	}
	for name, v := range f.Fixtures {
		out.Fixtures[name] = session.Fixture{Values: v.Values, OtherTenant: v.OtherTenant, Disposable: v.Disposable}
	}
	if trigger := f.Triggers.ServerFault; trigger != nil {
		out.ServerFault = &session.Trigger{Method: trigger.Method, Path: trigger.Path}
	}
	return out
}
