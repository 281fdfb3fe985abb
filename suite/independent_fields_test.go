package suite_test

import (
	"regexp"
	"slices"
)

// indField is one field of a body and what it may hold. Every operation has its own copies, so that a
// fault in one of them is a fault in one place, as a developer would leave it.
type indField struct {
	name, kind         string // text, whole, number or flag
	required, nullable bool
	bounded, nonzero   bool
	low, high          int64 // of a number, or of a text's length; high 0 is no bound
	enum               []string
	pattern            *regexp.Regexp
	format             func(*independent, string) bool
	table              string // the table that a reference points into
	status, meter      bool

	// Only faults set these.
	lax     string        // "foreign" or "any": which wrong references pass
	coerce  func(any) any // changes a value before it is judged
	inBytes bool          // measures a text in bytes
}

// indSchema is the body of one operation.
type indSchema struct {
	fields   []*indField
	readOnly []string
	some     bool // a PATCH of fields: at least one of them
}

// must makes a field required.
func (f *indField) must() *indField { f.required = true; return f }

// orNull allows null in a field.
func (f *indField) orNull() *indField { f.nullable = true; return f }

// to makes a field a reference into a table.
func (f *indField) to(table string) *indField { f.table = table; return f }

func indText(name string, low, high int64) *indField {
	return &indField{name: name, kind: "text", bounded: true, low: low, high: high}
}

func indOneOf(name string, enum ...string) *indField {
	return &indField{name: name, kind: "text", enum: enum}
}

func indLike(name, pattern string) *indField {
	return &indField{name: name, kind: "text", pattern: regexp.MustCompile(pattern)}
}

func indAs(name string, format func(*independent, string) bool) *indField {
	return &indField{name: name, kind: "text", format: format}
}

func indWhole(name string, low, high int64) *indField {
	return &indField{name: name, kind: "whole", bounded: true, low: low, high: high}
}

func indAmount(name string) *indField { return &indField{name: name, kind: "number", bounded: true} }

// indSchemas are the bodies of the brief's section 3, by operation.
func indSchemas() map[string]*indSchema {
	customerOwn := []string{"customer_id", "created_at", "updated_at"}
	locationOwn := []string{"location_id", "customer_id"}
	jobOwn := []string{"job_id", "job_status", "created_at", "updated_at"}
	assetOwn := []string{"asset_id", "asset_tag", "asset_status", "meters", "created_at", "updated_at"}
	itemOwn := []string{"id", "quantity_on_hand", "created_at", "updated_at"}
	patched := indItemFields()
	for _, field := range patched {
		field.required = false
	}
	return map[string]*indSchema{
		"createCustomer":           {fields: indCustomerFields(), readOnly: customerOwn},
		"updateCustomer":           {fields: indCustomerFields(), readOnly: customerOwn},
		"createCustomerLocation":   {fields: indLocationFields(), readOnly: locationOwn},
		"updateCustomerLocation":   {fields: indLocationFields(), readOnly: locationOwn},
		"createJob":                {fields: indJobFields(), readOnly: jobOwn},
		"updateJob":                {fields: indJobFields(), readOnly: jobOwn},
		"updateJobStatus":          {fields: []*indField{indStatus("job_status", indJobStatuses)}},
		"createAsset":              {fields: indAssetFields(), readOnly: assetOwn},
		"updateAsset":              {fields: indAssetFields(), readOnly: assetOwn},
		"updateAssetStatus":        {fields: []*indField{indStatus("asset_status", indAssetStatuses)}},
		"createInventoryItem":      {fields: indItemFields(), readOnly: itemOwn},
		"updateInventoryItem":      {fields: indItemFields(), readOnly: itemOwn},
		"patchInventoryItem":       {fields: patched, readOnly: itemOwn, some: true},
		"createAssetServiceRecord": {fields: indServiceFields()},
		"createAssetMeterReading":  {fields: indReadingFields()},
		"transferAsset": {fields: []*indField{
			indWhole("to_location_id", 1, 0).must().to("location"), indText("notes", 0, 2000)}},
		"adjustInventoryStock": {fields: []*indField{
			indWhole("location_id", 1, 0).must().to("place"),
			(&indField{name: "quantity", kind: "whole", nonzero: true}).must(),
			indText("reason", 1, 255).must()}},
		"transferInventoryStock": {fields: []*indField{
			indWhole("item_id", 1, 0).must().to("item"), indWhole("from_location_id", 1, 0).must().to("place"),
			indWhole("to_location_id", 1, 0).must().to("place"), indWhole("quantity", 1, 0).must()}},
	}
}

// indStatus is the field of a status change.
func indStatus(name string, statuses []string) *indField {
	field := indOneOf(name, statuses...).must()
	field.status = true
	return field
}

func indCustomerFields() []*indField {
	return []*indField{
		indText("customer_name", 1, 255).must(),
		indAs("customer_email", indEmail),
		indLike("customer_phone", `^\+[1-9]\d{1,14}$`),
		indWhole("default_sla_hours", 1, 8760),
		{name: "tax_exempt", kind: "flag"},
		indText("tax_exemption_reason", 0, 255).orNull(),
	}
}

func indLocationFields() []*indField {
	return []*indField{
		indText("location_name", 1, 255).must(),
		indText("street", 1, 255).must(),
		indText("city", 1, 255).must(),
		indLike("state", `^[A-Z]{2}$`).must(),
		indLike("zip", `^\d{5}(-\d{4})?$`).must(),
		indAs("contact_email", indEmail),
		indText("notes", 0, 2000),
	}
}

func indJobFields() []*indField {
	return []*indField{
		indText("job_title", 1, 255).must(),
		indWhole("customer_location_id", 1, 0).must().to("location"),
		indText("job_description", 0, 5000),
		indOneOf("job_priority", indPriorities...),
		indWhole("assigned_technician_id", 1, 0).orNull(),
		indAs("scheduled_start", indDateTime).orNull(),
		indAs("scheduled_end", indDateTime).orNull(),
	}
}

func indAssetFields() []*indField {
	return []*indField{
		indText("asset_name", 1, 255).must(),
		indWhole("asset_type_id", 1, 0).must(),
		indWhole("location_id", 1, 0).must().to("location"),
		indText("serial_number", 0, 100),
		indOneOf("condition", indConditions...),
		indOneOf("ownership_type", "company-owned", "leased", "customer-owned"),
	}
}

func indItemFields() []*indField {
	return []*indField{
		indText("part_number", 1, 64).must(),
		indText("name", 1, 255).must(),
		indText("description", 0, 2000),
		indAmount("unit_cost"),
		indWhole("reorder_point", 0, 0),
	}
}

func indServiceFields() []*indField {
	return []*indField{
		indOneOf("service_type", "Preventive", "Repair", "Inspection").must(),
		indText("description", 1, 2000).must(),
		indAs("service_date", indDate).must(),
		indAmount("cost"),
	}
}

func indReadingFields() []*indField {
	meter := indWhole("meter_id", 1, 0).must()
	meter.meter = true
	return []*indField{meter, indAmount("reading_value").must(), indAs("reading_date", indDateTime)}
}

var (
	indPriorities  = []string{"Low", "Medium", "High", "Urgent"}
	indConditions  = []string{"Excellent", "Good", "Fair", "Poor"}
	indJobStatuses = []string{"Pending", "Assigned", "In-Transit", "Arrived", "In Progress", "On Hold",
		"Completed", "Cancelled", "Declined"}
	indAssetStatuses = []string{"Active", "Idle", "In Maintenance", "Pending Install", "In Transit", "Lost",
		"Non-Compliant", "Decommissioned", "Retired"}
)

// indMoves are the legal status changes of the brief's section 4. A status without a row is terminal.
func indMoves() map[string]map[string][]string {
	return map[string]map[string][]string{
		"job": {
			"Pending":     {"Assigned", "In-Transit", "Cancelled", "Declined"},
			"Assigned":    {"Pending", "In-Transit", "Cancelled", "Declined"},
			"In-Transit":  {"Arrived", "On Hold", "Cancelled"},
			"Arrived":     {"In Progress", "On Hold", "Cancelled"},
			"In Progress": {"On Hold", "Completed", "Cancelled"},
			"On Hold":     {"Assigned", "In Progress", "Cancelled"},
		},
		"asset": {
			"Active":          {"Idle", "In Maintenance", "Decommissioned", "Lost", "In Transit", "Non-Compliant"},
			"Idle":            {"Active", "In Maintenance", "Decommissioned", "Retired", "In Transit", "Pending Install"},
			"In Maintenance":  {"Active", "Idle", "Decommissioned", "Retired"},
			"Pending Install": {"Active", "Idle", "In Maintenance"},
			"In Transit":      {"Active", "Idle", "Pending Install", "Lost"},
			"Lost":            {"Active", "Idle", "Decommissioned"},
			"Non-Compliant":   {"Active", "In Maintenance", "Decommissioned"},
		},
	}
}

// field finds a field of an operation's body, for the faults.
func (s *independent) field(op, name string) *indField {
	fields := s.schemas[op].fields
	i := slices.IndexFunc(fields, func(f *indField) bool { return f.name == name })
	return fields[i]
}
