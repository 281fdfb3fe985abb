package runner

import (
	"context"
	"fmt"

	"conformance/internal/contract"
	"conformance/internal/ledger"
	"conformance/internal/result"
	"conformance/internal/session"
)

// CleanUp deletes or closes what the run of a ledger's file left on a target, and enters it there. The run may have
// been killed: what it was about to make is looked for. The error says why the file does not belong to target or
// contract, or cannot be read.
func CleanUp(
	ctx context.Context,
	t Target,
	c *contract.Contract,
	file string,
	o Options,
) (deleted int, left []result.Record, err error) {
	o.Ledger = ""
	s, err := connect(t, &Plan{Contract: c}, o)
	if err != nil {
		return 0, nil, err
	}
	defer s.Client.Close()
	l, head, err := ledger.Open(file)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", file, err)
	}
	defer l.Close() // every line was written at once, and Err was asked
	switch url := s.Client.Redactor().String(t.URL); {
	case head.Target != url:
		return 0, nil, fmt.Errorf("%s is of a run against %s, not against %s", file, head.Target, url)
	case head.Contract != c.SHA256:
		return 0, nil, fmt.Errorf("%s is of a run by another document; name that one by --contract", file)
	}
	session.Adopt(s, l, head.Run)
	_, before, _ := s.Records()
	s.CleanUp(ctx)
	_, after, left := s.Records()
	if ctx.Err() == nil {
		l.Ended()
	}
	return after - before, left, l.Err()
}
