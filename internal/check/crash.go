package check

import (
	"errors"
	"math"
	"strconv"

	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/session"
)

// A server that dies over one request does not answer it. One dropped connection says nothing of the contract; but
// where the same request is never answered, and without its fault always, the request is what ends it.

// How often in a row a request must have been dropped: so often that chance would hardly do it where some requests are
// lost whatever they are.
const (
	fewestDrops = 3
	mostDrops   = 20
	chance      = 1e-9
)

func dropsNeeded(loss float64) int {
	if loss <= 0 {
		return fewestDrops
	}
	return max(fewestDrops, min(mostDrops, int(math.Ceil(math.Log(chance)/math.Log(min(loss, 0.9))))))
}

// Beyond these a server may close the connection in place of answering (RFC 9110, 15.5.14 and 4.1; RFC 6585, 5).
const (
	largeBody   = 64 << 10
	longAddress = 8000
	largeHeader = 8 << 10
)

// confirmCrash sends what the variant ended by again, and turns the row into a finding if the connection is
// dropped each time, while the same request without its fault succeeds. It says whether it is one.
func confirmCrash(t *T) bool {
	if t.dropped == nil || t.Check.Floods || t.Check.Last || !faulty(t) || oversized(t.dropped.Request) {
		return false
	}
	if before := t.Session.ControlAnswer(t.Operation()); before == nil || !before.Accepted() {
		return false
	}
	drops := dropsNeeded(t.Session.Client.Loss())
	for range drops - 1 {
		_, err := t.Session.Send(t.Ctx, t.sent)
		var transport *probe.TransportError
		if !errors.As(err, &transport) || !transport.Dropped {
			return false
		}
		t.row.Exchanges = append(t.row.Exchanges, t.Session.Client.Unanswered(transport.Request,
			transport.Started, transport.Err))
	}
	after, err := succeeds(t)
	if err != nil || !after.Accepted() {
		return false
	}
	t.row.Exchanges = append(t.row.Exchanges, after.Exchange())
	t.row.Outcome, t.row.Reason, t.row.Differences = result.Fail, "", nil
	t.row.Assumed = false // that a request is answered is no assumption, whatever the check rests on
	if t.row.Level == result.Should {
		t.row.Outcome = result.Warn
	}
	redact := t.Session.Client.Redactor()
	reportAt(t, t.dropped.Request, result.Difference{
		Kind: result.KindTransport, Rule: result.Survives, Want: []string{strconv.Itoa(drops)}, Absent: true,
		Detail: redact.String(t.dropped.Err.Error()),
	})
	return true
}

// faulty says that the request that was dropped is the variant's last one, and has a fault.
func faulty(t *T) bool {
	dropped := t.dropped.Request
	return t.sent != nil && dropped.Fault != "" && t.sent.Sent.Fault == dropped.Fault && t.sent.Sent.Path == dropped.Path
}

// oversized says that a server may close the connection over the request's size.
func oversized(r *probe.Request) bool {
	headers := 0
	for _, h := range r.Header {
		headers += len(h.Name) + len(h.Value)
	}
	for _, secret := range r.Credential.Secrets() {
		headers += len(secret)
	}
	return len(r.Body) > largeBody || len(r.Address()) >= longAddress || headers > largeHeader
}

// succeeds sends the same request without a fault: to a record of its own, where one can be made.
func succeeds(t *T) (*probe.Answer, error) {
	o := t.Operation()
	fields, err := t.Session.Fresh(t.Ctx, o)
	var unmet *session.NotJudged
	if errors.As(err, &unmet) {
		fields, err = t.Session.Control(t.Ctx, o)
	}
	if err != nil {
		return nil, err
	}
	r, err := t.Session.With(o, fields, t.Random.Uint64())
	if err != nil {
		return nil, err
	}
	return t.Session.Send(t.Ctx, r)
}
