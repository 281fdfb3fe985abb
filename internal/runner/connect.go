package runner

import (
	"conformance/internal/config"
	"conformance/internal/probe"
	"conformance/internal/session"
)

// connect prepares a session with a target for a plan. The error says what is wrong with the target's URL.
func connect(t Target, p *Plan, o Options) (*session.Session, error) {
	client, err := probe.New(probe.Options{
		Target: t.URL, Timeout: o.Timeout, Limits: p.Contract.RateLimit, MaxConns: 4 * o.Concurrency,
		UserAgent: t.UserAgent, TLS: t.TLS, Transport: t.Transport, Clock: t.Clock, MaxRPS: o.MaxRPS,
	}, probe.NewRedactor(t.File.Credentials))
	if err != nil {
		return nil, err
	}
	return session.NewSession(p.Contract, client, configuration(t.File, p, o)), nil
}

// configuration is what the suite learns of the target and of the run.
func configuration(f *config.File, p *Plan, o Options) session.Config {
	out := session.Config{
		Credentials: f.Credentials, Fixtures: map[string][]any{}, Seed: o.Seed, NoWrites: p.Selection.NoWrites,
		FloodMaxWait: o.FloodMaxWait, Concurrency: o.Concurrency, Floods: p.floods,
	}
	for name, values := range f.Fixtures {
		out.Fixtures[name] = values
	}
	if trigger := f.Triggers.ServerFault; trigger != nil {
		out.ServerFault = &session.Trigger{Method: trigger.Method, Path: trigger.Path}
	}
	return out
}
