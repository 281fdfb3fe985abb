package suite_test

import (
	"net/http"
	"slices"
)

// indFind is a record that an operation's address names: the parameter that holds the id, and its table.
type indFind struct{ param, table string }

// indOp is one operation: its address, who may call it, and what does it.
type indOp struct {
	id, method, path, shape string
	scope, tier             string
	success                 int
	finds                   []indFind
	params                  []*indParam
	anyTenant               bool // only faults forget whose record it is
	do                      func(*indCall) (any, *indProblem)
}

// indPathMethods are the methods that each path serves, whatever the selector.
var indPathMethods = map[string][]string{
	"/jobs":      {"GET", "POST", "PUT", "PATCH"},
	"/customers": {"GET", "POST", "PUT"},
	"/assets":    {"GET", "POST", "PUT", "PATCH"},
	"/inventory": {"GET", "POST", "PUT", "PATCH"},
}

// indOperations is the brief's table of operations; the shape names the selector.
func indOperations() []*indOp {
	byID := func(table string) []indFind { return []indFind{{"id", table}} }
	job, customer, asset, item := byID("job"), byID("customer"), byID("asset"), byID("item")
	place := []indFind{{"location_id", "place"}}
	both := []indFind{{"id", "customer"}, {"location_id", "location"}}
	ops := []*indOp{
		{id: "listJobs", method: "GET", path: "/jobs", scope: "jobs:read", tier: "list", do: (*indCall).listRecords},
		{id: "createJob", method: "POST", path: "/jobs", scope: "jobs:write", success: 201, do: (*indCall).create},
		{id: "getJob", method: "GET", path: "/jobs", shape: "item", finds: job, scope: "jobs:read", do: (*indCall).show},
		{
			id: "updateJob", method: "PUT", path: "/jobs", shape: "item", finds: job, scope: "jobs:write", do: (*indCall).update,
		},
		{
			id: "updateJobStatus", method: "PATCH", path: "/jobs", shape: "item", finds: job, scope: "jobs:write",
			do: (*indCall).changeStatus,
		},
		{
			id: "listCustomers", method: "GET", path: "/customers", scope: "customers:read", tier: "list",
			do: (*indCall).listRecords,
		},
		{
			id: "createCustomer", method: "POST", path: "/customers", scope: "customers:write", success: 201,
			do: (*indCall).createCustomer,
		},
		{
			id: "getCustomer", method: "GET", path: "/customers", shape: "item", finds: customer, scope: "customers:read",
			do: (*indCall).getCustomer,
		},
		{
			id: "updateCustomer", method: "PUT", path: "/customers", shape: "item", finds: customer, scope: "customers:write",
			do: (*indCall).updateCustomer,
		},
		{
			id: "listCustomerLocations", method: "GET", path: "/customers", shape: "locations", finds: customer,
			scope: "customers:read", tier: "list", do: (*indCall).listRecords,
		},
		{
			id: "createCustomerLocation", method: "POST", path: "/customers", shape: "locations", finds: customer,
			scope: "customers:write", success: 201, do: (*indCall).create,
		},
		{
			id: "updateCustomerLocation", method: "PUT", path: "/customers", shape: "location", finds: both,
			scope: "customers:write", do: (*indCall).update,
		},
		{id: "listAssets", method: "GET", path: "/assets", scope: "assets:read", tier: "list", do: (*indCall).listRecords},
		{id: "createAsset", method: "POST", path: "/assets", scope: "assets:write", success: 201, do: (*indCall).create},
		{
			id: "getAsset", method: "GET", path: "/assets", shape: "item", finds: asset, scope: "assets:read",
			do: (*indCall).show,
		},
		{
			id: "updateAsset", method: "PUT", path: "/assets", shape: "item", finds: asset, scope: "assets:write",
			do: (*indCall).update,
		},
		{
			id: "updateAssetStatus", method: "PATCH", path: "/assets", shape: "item", finds: asset, scope: "assets:write",
			do: (*indCall).changeStatus,
		},
		{
			id: "listAssetServiceHistory", method: "GET", path: "/assets", shape: "service_history", finds: asset,
			scope: "assets:read", tier: "list", do: (*indCall).serviceHistory,
		},
		{
			id: "createAssetServiceRecord", method: "POST", path: "/assets", shape: "service", finds: asset,
			scope: "assets:service", success: 201, do: (*indCall).service,
		},
		{
			id: "createAssetMeterReading", method: "POST", path: "/assets", shape: "meter_reading", finds: asset,
			scope: "assets:meter", success: 201, do: (*indCall).readMeter,
		},
		{
			id: "transferAsset", method: "POST", path: "/assets", shape: "transfer", finds: asset, scope: "assets:transfer",
			do: (*indCall).transferAsset,
		},
		{
			id: "listInventoryItems", method: "GET", path: "/inventory", scope: "inventory:read", tier: "list",
			do: (*indCall).listRecords,
		},
		{
			id: "createInventoryItem", method: "POST", path: "/inventory", scope: "inventory:write", success: 201,
			do: (*indCall).create,
		},
		{
			id: "getInventoryItem", method: "GET", path: "/inventory", shape: "item", finds: item, scope: "inventory:read",
			do: (*indCall).show,
		},
		{
			id: "updateInventoryItem", method: "PUT", path: "/inventory", shape: "item", finds: item, scope: "inventory:write",
			do: (*indCall).update,
		},
		{
			id: "patchInventoryItem", method: "PATCH", path: "/inventory", shape: "item", finds: item, scope: "inventory:write",
			do: (*indCall).patch,
		},
		{
			id: "getInventoryStock", method: "GET", path: "/inventory", shape: "stock", finds: item, scope: "inventory:read",
			do: (*indCall).stockOf,
		},
		{
			id: "listInventoryTransactions", method: "GET", path: "/inventory", shape: "transactions", finds: item,
			scope: "inventory:read", tier: "list", do: (*indCall).transactions,
		},
		{
			id: "adjustInventoryStock", method: "POST", path: "/inventory", shape: "adjust", finds: item,
			scope: "inventory:write", do: (*indCall).adjust,
		},
		{
			id: "transferInventoryStock", method: "POST", path: "/inventory", shape: "transfer", scope: "inventory:transfer",
			do: (*indCall).transferStock,
		},
		{
			id: "listInventoryLocations", method: "GET", path: "/inventory", shape: "locations", scope: "inventory:read",
			tier: "list", do: (*indCall).listRecords,
		},
		{
			id: "getInventoryLocation", method: "GET", path: "/inventory", shape: "location", finds: place,
			scope: "inventory:read", do: (*indCall).show,
		},
		{
			id: "listLowStock", method: "GET", path: "/inventory", shape: "low-stock", scope: "inventory:read", tier: "list",
			do: (*indCall).lowStock,
		},
	}
	for _, op := range ops {
		op.params = indParams(op.id, op.tier)
		if op.success == 0 {
			op.success = http.StatusOK
		}
		if op.tier == "" {
			op.tier = map[bool]string{true: "record", false: "write"}[op.method == "GET"]
		}
	}
	return ops
}

// op finds an operation by its id, for the faults.
func (s *independent) op(id string) *indOp {
	i := slices.IndexFunc(s.ops, func(op *indOp) bool { return op.id == id })
	return s.ops[i]
}

// resolve finds the operation of a request, or why there is none. It refuses nothing itself: who calls is
// judged before what is called.
func (s *independent) resolve(c *indCall) {
	methods, known := indPathMethods[c.path]
	if !known {
		c.stray = indRefuse("unknown-path", "", "There is no such path.")
		return
	}
	if s.other() && c.method == http.MethodHead {
		c.method = http.MethodGet
	}
	if s.other() && c.method == http.MethodOptions {
		c.op = &indOp{
			id: "options", success: http.StatusNoContent, do: func(*indCall) (any, *indProblem) { return s.allow(methods), nil },
		}
		return
	}
	if !slices.Contains(methods, c.method) {
		s.refuseMethod(c, methods)
		return
	}
	shape, p := s.shape(c)
	if p != nil {
		c.stray = p
		return
	}
	s.pick(c, shape, methods)
}

// shape reads the selector out of the query: which of a path's operations is meant.
func (s *independent) shape(c *indCall) (string, *indProblem) {
	id, placed, sub, hasSub := c.query.Has("id"), c.query.Has("location_id"), c.get("sub"), c.query.Has("sub")
	if c.method == http.MethodGet && s.broken("id-text-200-list") && !indDigits.MatchString(c.get("id")) {
		id = false
	}
	plainShape := map[bool]string{true: "item", false: ""}[id]
	switch {
	case c.path == "/customers" && c.query.Has("locations"):
		return s.customerShape(c, id, placed, plainShape)
	case (c.path == "/jobs" || c.path == "/customers") && hasSub && s.other():
		return "", indRefuse("unknown-sub", "sub", "sub is not known here.")
	case c.path == "/jobs" || c.path == "/customers" || !hasSub:
		return plainShape, nil
	case sub == "locations" && c.path == "/inventory" && placed:
		return "location", nil
	case slices.ContainsFunc(s.ops, func(op *indOp) bool {
		return op.path == c.path && op.shape == sub && sub != "item" && sub != "location" && sub != ""
	}):
		return sub, nil
	}
	return "", indRefuse("unknown-sub", "sub", "sub has an unknown value.")
}

// customerShape reads locations=1, with the id and the location_id that belong to it. Another value of
// locations and a missing id are undefined, so each dialect has its own answer.
func (s *independent) customerShape(c *indCall, id, placed bool, plainShape string) (string, *indProblem) {
	switch {
	case c.get("locations") != "1" && s.other():
		return "", indRefuse("invalid-parameter", "locations", "locations must be 1.")
	case c.get("locations") != "1":
		return plainShape, nil
	case id && placed:
		return "location", nil
	case id:
		return "locations", nil
	case s.other() && c.method != http.MethodPut:
		return "", nil
	}
	return "", indRefuse("missing-id", "id", "id is required.")
}
