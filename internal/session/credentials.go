package session

import (
	"errors"

	"conformance/internal/credential"
	"conformance/internal/result"
)

// Tenant says in whose name set-up happens.
type Tenant string

// The companies of a run.
const (
	Own     Tenant = "own"     // the company that the run acts for
	Foreign Tenant = "foreign" // the other company
)

// purposes are what the tenants' all-scopes keys are configured for.
var purposes = map[Tenant]credential.Purpose{Own: credential.Full, Foreign: credential.OtherTenant}

// Key is an all-scopes key of the tenant. Of several, pick takes one: the same one in every run with the same seed.
func (c Config) Key(who Tenant, pick uint64) (string, error) { return c.secret(purposes[who], pick) }

// Secret is a key of that purpose. The error is a *NotJudged.
func (c Config) Secret(p credential.Purpose) (string, error) { return c.secret(p, 0) }

func (c Config) secret(p credential.Purpose, pick uint64) (string, error) {
	key, err := c.Credentials.Pick(p, pick)
	var none *credential.Unavailable
	if errors.As(err, &none) {
		return "", &NotJudged{Code: result.Credential, Reason: none.Error()}
	}
	return key.Secret, err
}
