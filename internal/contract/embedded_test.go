package contract_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"conformance"
	"conformance/internal/contract"
)

// operations are those of the embedded document as its brief lists them: method, path key, what the query holds besides
// filters, scope.
const operations = `
listJobs                  GET   /jobs                                                       jobs:read
createJob                 POST  /jobs                                                       jobs:write
getJob                    GET   /jobs#item                id                                jobs:read
updateJob                 PUT   /jobs#item                id                                jobs:write
updateJobStatus           PATCH /jobs#item                id                                jobs:write
listCustomers             GET   /customers                                                  customers:read
createCustomer            POST  /customers                                                  customers:write
getCustomer               GET   /customers#item           id                                customers:read
updateCustomer            PUT   /customers#item           id                                customers:write
listCustomerLocations     GET   /customers#locations      id,locations=1                    customers:read
createCustomerLocation    POST  /customers#locations      id,locations=1                    customers:write
updateCustomerLocation    PUT   /customers#location       id,locations=1,location_id        customers:write
listAssets                GET   /assets                                                     assets:read
createAsset               POST  /assets                                                     assets:write
getAsset                  GET   /assets#item              id                                assets:read
updateAsset               PUT   /assets#item              id                                assets:write
updateAssetStatus         PATCH /assets#item              id                                assets:write
listAssetServiceHistory   GET   /assets#service_history   id,sub=service_history            assets:read
createAssetServiceRecord  POST  /assets#service           id,sub=service                    assets:service
createAssetMeterReading   POST  /assets#meter_reading     id,sub=meter_reading              assets:meter
transferAsset             POST  /assets#transfer          id,sub=transfer                   assets:transfer
listInventoryItems        GET   /inventory                                                  inventory:read
createInventoryItem       POST  /inventory                                                  inventory:write
getInventoryItem          GET   /inventory#item           id                                inventory:read
updateInventoryItem       PUT   /inventory#item           id                                inventory:write
patchInventoryItem        PATCH /inventory#item           id                                inventory:write
getInventoryStock         GET   /inventory#stock          id,sub=stock                      inventory:read
listInventoryTransactions GET   /inventory#transactions   id,sub=transactions               inventory:read
adjustInventoryStock      POST  /inventory#adjust         id,sub=adjust                     inventory:write
transferInventoryStock    POST  /inventory#transfer       sub=transfer                      inventory:transfer
listInventoryLocations    GET   /inventory#locations      sub=locations                     inventory:read
getInventoryLocation      GET   /inventory#location       sub=locations,location_id         inventory:read
listLowStock              GET   /inventory#low-stock      sub=low-stock                     inventory:read
`

var loaded = sync.OnceValues(func() (*contract.Contract, error) { return contract.Load(conformance.OpenAPI) })

func embedded(t *testing.T) *contract.Contract {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEmbeddedOperations(t *testing.T) {
	c := embedded(t)
	var got []string
	for _, o := range c.Operations {
		var query []string
		for _, p := range o.Parameters {
			switch p.Role {
			case contract.Selector:
				query = append(query, p.Name+"="+p.Value)
			case contract.Identifier:
				query = append(query, p.Name)
				if !p.Schema.Type.Is("integer") || p.Schema.Min == nil || *p.Schema.Min != 1 {
					t.Errorf("%s: %s is not an integer >= 1", o.ID, p.Name)
				}
			}
		}
		got = append(got, strings.Join(strings.Fields(fmt.Sprint(o.ID, " ", o.Method, " ", o.Path.Key, " ",
			strings.Join(query, ","), " ", strings.Join(o.RequiredScopes, ","))), " "))
		if o.Security == nil || o.Security.In != "header" || o.Security.Name != "X-API-Key" {
			t.Errorf("%s: the key is not in X-API-Key", o.ID)
		}
		if want, _, _ := strings.Cut(o.Path.Key, "#"); o.Path.URL != want {
			t.Errorf("%s is sent to %s", o.ID, o.Path.URL)
		}
		if creates := o.Method == "POST"; o.Creates() != creates && o.ID != "transferAsset" &&
			o.ID != "transferInventoryStock" && o.ID != "adjustInventoryStock" {
			t.Errorf("%s: creates is %v", o.ID, o.Creates())
		}
		if (o.Body != nil) != slices.Contains([]string{"POST", "PUT", "PATCH"}, o.Method) {
			t.Errorf("%s: body is %v", o.ID, o.Body)
		}
		if o.Tier == "" || c.Operation(o.ID) != o {
			t.Errorf("%s: tier %q, found %v", o.ID, o.Tier, c.Operation(o.ID))
		}
	}
	var want []string
	for line := range strings.Lines(strings.TrimSpace(operations)) {
		want = append(want, strings.Join(strings.Fields(line), " "))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	scheme := c.Operations[0].Security
	for _, scopes := range []struct {
		has, needs string
		want       bool
	}{
		{"inventory:write", "inventory:read", true}, {"inventory:read", "inventory:write", false},
		{"inventory:transfer", "inventory:read", false},
		{"jobs:write", "jobs:read", false}, {"jobs:read", "jobs:read", true}, {"assets:write", "assets:transfer", false},
	} {
		if got := scheme.Grants([]string{scopes.has}, scopes.needs); got != scopes.want {
			t.Errorf("%s grants %s: %v", scopes.has, scopes.needs, got)
		}
	}
}

// situations are the rows of the brief's table of errors: id, status and codes.
const situations = `
missing-key        401 unauthorized
invalid-key        401 unauthorized
revoked-key        401 unauthorized
misplaced-key      401 unauthorized
missing-scope      403 forbidden scope_not_authorized
denied-ip          403 ip_not_allowed
missing-field      400 missing_required_field validation_failed
invalid-field      400 validation_failed
invalid-parameter  400 validation_failed
malformed-body     400 validation_failed missing_required_field
invalid-id         400 validation_failed 404 not_found
illegal-transition 400 invalid_status_transition
unknown-status     400 validation_failed invalid_status_transition
unknown-meter      400 meter_not_found
unknown-reference  400 validation_failed 404 not_found
unknown-record     404 not_found
foreign-record     404 not_found
unknown-path       404 not_found
wrong-method       405 method_not_allowed
duplicate          409 duplicate_customer
flood              429 rate_limit_exceeded
server-fault       500 server_error
`

func TestEmbeddedSituations(t *testing.T) {
	c := embedded(t)
	var got, want []string
	for id, s := range c.Situations {
		line := string(id)
		for _, status := range s.Statuses() {
			line += fmt.Sprint(" ", status, " ", strings.Join(s.Answers[status], " "))
		}
		got = append(got, line)
	}
	for line := range strings.Lines(strings.TrimSpace(situations)) {
		want = append(want, strings.Join(strings.Fields(line), " "))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(contract.Envelope{Code: "/error", Message: "/message", Flag: "/success"}, c.Envelope); diff != "" {
		t.Error(diff)
	}
	wantLimit := &contract.RateLimit{
		Limit: "X-RateLimit-Limit", Remaining: "X-RateLimit-Remaining", Reset: "X-RateLimit-Reset",
		RetryAfter: "/retry_after",
		Exempt:     []contract.SituationID{"missing-key", "invalid-key", "revoked-key", "misplaced-key", "denied-ip"},
	}
	if diff := cmp.Diff(wantLimit, c.RateLimit); diff != "" {
		t.Error(diff)
	}
}

// transitions are the changes that the brief allows.
const transitions = `
updateJobStatus.job_status Pending: Assigned, In-Transit, Cancelled, Declined
updateJobStatus.job_status Assigned: Pending, In-Transit, Cancelled, Declined
updateJobStatus.job_status In-Transit: Arrived, On Hold, Cancelled
updateJobStatus.job_status Arrived: In Progress, On Hold, Cancelled
updateJobStatus.job_status In Progress: On Hold, Completed, Cancelled
updateJobStatus.job_status On Hold: Assigned, In Progress, Cancelled
updateJobStatus.job_status Completed:
updateJobStatus.job_status Cancelled:
updateJobStatus.job_status Declined:
updateAssetStatus.asset_status Active: Idle, In Maintenance, Decommissioned, Lost, In Transit, Non-Compliant
updateAssetStatus.asset_status Idle: Active, In Maintenance, Decommissioned, Retired, In Transit, Pending Install
updateAssetStatus.asset_status In Maintenance: Active, Idle, Decommissioned, Retired
updateAssetStatus.asset_status Pending Install: Active, Idle, In Maintenance
updateAssetStatus.asset_status In Transit: Active, Idle, Pending Install, Lost (assumed)
updateAssetStatus.asset_status Lost: Active, Idle, Decommissioned (assumed)
updateAssetStatus.asset_status Non-Compliant: Active, In Maintenance, Decommissioned (assumed)
updateAssetStatus.asset_status Decommissioned:
updateAssetStatus.asset_status Retired:
`

func TestEmbeddedTransitions(t *testing.T) {
	var got []string
	for _, o := range embedded(t).Operations {
		if o.Body == nil {
			continue
		}
		for _, f := range o.Body.Fields {
			if f.Transitions == nil {
				continue
			}
			for from, to := range f.Transitions.To {
				line := strings.TrimSpace(fmt.Sprintf("%s.%s %s: %s", o.ID, f.Name, from, strings.Join(to, ", ")))
				if f.Transitions.Assumed(from) && !f.Assumed {
					line += " (assumed)"
				}
				got = append(got, line)
			}
			if want := map[string]string{
				"job_status": "Pending", "asset_status": "Active",
			}[f.Name]; f.Transitions.Initial != want {
				t.Errorf("a new record has %s %s", f.Name, f.Transitions.Initial)
			}
		}
	}
	want := strings.Split(strings.TrimSpace(transitions), "\n")
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEmbeddedWrongMethods(t *testing.T) {
	c := embedded(t)
	want := map[string]string{
		"/jobs": "DELETE", "/jobs#item": "DELETE",
		"/customers": "PATCH DELETE", "/customers#item": "PATCH DELETE", "/customers#locations": "PATCH DELETE",
		"/customers#location": "PATCH DELETE",
		"/assets":             "DELETE", "/assets#item": "DELETE",
		"/assets#service_history": "POST PUT PATCH DELETE", "/assets#service": "GET PUT PATCH DELETE",
		"/assets#meter_reading": "GET PUT PATCH DELETE", "/assets#transfer": "GET PUT PATCH DELETE",
		"/inventory": "DELETE", "/inventory#item": "DELETE", "/inventory#stock": "POST PUT PATCH DELETE",
		"/inventory#transactions": "POST PUT PATCH DELETE", "/inventory#adjust": "GET PUT PATCH DELETE",
		"/inventory#transfer": "GET PUT PATCH DELETE", "/inventory#locations": "POST PUT PATCH DELETE",
		"/inventory#location": "POST PUT PATCH DELETE", "/inventory#low-stock": "POST PUT PATCH DELETE",
	}
	got := map[string]string{}
	for _, p := range c.Paths {
		got[p.Key] = strings.Join(c.WrongMethods(p), " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestEmbeddedPairs counts on how many operations, or paths, each situation can arise.
func TestEmbeddedPairs(t *testing.T) {
	got := map[contract.SituationID]int{}
	seen := map[string]bool{}
	for _, p := range embedded(t).Pairs() {
		got[p.Situation]++
		if name := p.Name() + " " + string(p.Situation); seen[name] {
			t.Errorf("%s occurs twice", name)
		} else {
			seen[name] = true
		}
	}
	const withBody, withFieldsRequired = 18, 17 // patchInventoryItem requires none
	want := map[contract.SituationID]int{
		"missing-key": 33, "invalid-key": 33, "revoked-key": 33, "misplaced-key": 33, "denied-ip": 33, "missing-scope": 33,
		"server-fault": 33, "flood": 33,
		"malformed-body": withBody, "invalid-field": withBody, "missing-field": withFieldsRequired,
		"invalid-id": 22, "unknown-record": 22, "foreign-record": 22, // operations with an identifier
		"invalid-parameter": 9, // lists that page
		"unknown-reference": 7, "unknown-meter": 1, "illegal-transition": 2, "unknown-status": 2, "duplicate": 2,
		"wrong-method": 21, "unknown-path": 4,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
