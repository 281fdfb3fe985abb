package runner

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"conformance/internal/config"
	"conformance/internal/ledger"
	"conformance/internal/probe"
	"conformance/internal/session"
)

// shortestSecret is from how many characters on a fixed header's value is kept out of reports: it may be a gateway's
// key. Shorter ones are versions and the like.
const shortestSecret = 16

// connect prepares a session with a target for a plan. The error says what is wrong with the target's URL.
func connect(t Target, p *Plan, o Options) (*session.Session, error) {
	redact := probe.NewRedactor(t.File.Credentials)
	for name, value := range t.File.Headers {
		if len(value) >= shortestSecret {
			redact.Add("${HEADER_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"}", value)
		}
	}
	client, err := probe.New(probe.Options{
		Target: t.URL, Timeout: o.Timeout, Limits: p.Contract.RateLimit, MaxConns: 4 * o.Concurrency,
		UserAgent: t.UserAgent, TLS: t.TLS, Transport: t.Transport, Clock: t.Clock, MaxRPS: o.MaxRPS,
		Waiting: o.Waiting,
		Own:     func(a *probe.Answer) bool { return session.FromAPI(p.Contract, a) },
	}, redact)
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

// consent is what the configuration says about writes that succeed.
func consent(writes config.Texts) session.Consent {
	c := session.Consent{Decided: len(writes) > 0, Names: map[string]bool{}}
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
	out := session.Config{
		Credentials: f.Credentials, Fixtures: map[string]session.Fixture{}, Consent: consent(f.Writes), Wrote: o.Wrote,
		Seed:     o.Seed,
		NoWrites: p.Selection.NoWrites, FloodMaxWait: o.FloodMaxWait, Concurrency: o.Concurrency, Floods: p.floods,
	}
	for _, name := range slices.Sorted(maps.Keys(f.Headers)) {
		out.Headers = append(out.Headers, probe.Pair{Name: http.CanonicalHeaderKey(name), Value: f.Headers[name]})
	}
	for name, v := range f.Fixtures {
		out.Fixtures[name] = session.Fixture{Values: v.Values, OtherTenant: v.OtherTenant, Disposable: v.Disposable}
	}
	if trigger := f.Triggers.ServerFault; trigger != nil {
		out.ServerFault = &session.Trigger{Method: trigger.Method, Path: trigger.Path}
	}
	return out
}
