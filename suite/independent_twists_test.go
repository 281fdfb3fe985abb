package suite_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// indTwists are the faults that bend one row of one table of the server. The other faults are asked for by
// name where they happen.
var indTwists = map[string]func(*independent){}

// init fills the map, since the twists reach, through the server, code that reads the faults' names.
func init() {
	indTwistAnswers(indTwists)
	indTwistRoutes(indTwists)
	indTwistFields(indTwists)
	indTwistValues(indTwists)
	indTwistStatuses(indTwists)
}

type indTwistMap = map[string]func(*independent)

// indTwistAnswers are wrong statuses, codes and forms of an answer. A situation with an operation behind the
// at sign is that operation's alone.
func indTwistAnswers(twists indTwistMap) {
	for name, wrong := range map[string]struct {
		situation string
		answer    indAnswer
	}{
		"missing-key-403":                   {"missing-key@createJob", indAnswer{403, "forbidden", ""}},
		"unknown-key-404":                   {"invalid-key", indAnswer{404, "not_found", ""}},
		"invalid-key-own-code":              {"invalid-key", indAnswer{401, "invalid_api_key", ""}},
		"revoked-key-403":                   {"revoked-key", indAnswer{403, "forbidden", ""}},
		"ip-denied-wrong-code":              {"denied-ip", indAnswer{403, "forbidden", ""}},
		"ip-denied-401":                     {"denied-ip", indAnswer{401, "unauthorized", ""}},
		"missing-scope-401":                 {"missing-scope", indAnswer{401, "unauthorized", ""}},
		"missing-scope-404-on-get-customer": {"missing-scope@getCustomer", indAnswer{404, "not_found", ""}},
		"missing-scope-own-code":            {"missing-scope", indAnswer{403, "insufficient_scope", ""}},
		"missing-field-422":                 {"missing-field", indAnswer{422, "missing_required_field", ""}},
		"missing-asset-status-422":          {"missing-field@updateAssetStatus", indAnswer{422, "validation_failed", ""}},
		"missing-transfer-target-500":       {"missing-field@transferAsset", indAnswer{500, "server_error", ""}},
		"missing-field-own-code":            {"missing-field@createInventoryItem", indAnswer{400, "field_required", ""}},
		"invalid-field-422-on-update-job":   {"invalid-field@updateJob", indAnswer{422, "validation_failed", ""}},
		"invalid-field-own-code":            {"invalid-field", indAnswer{400, "invalid_request", ""}},
		"invalid-field-500-on-adjust":       {"invalid-field@adjustInventoryStock", indAnswer{500, "server_error", ""}},
		"bad-condition-filter-404":          {"invalid-parameter@listAssets", indAnswer{404, "not_found", ""}},
		"malformed-body-415": {
			"malformed-body@createCustomerLocation", indAnswer{415, "validation_failed", ""},
		},
		"malformed-body-text-error":    {"malformed-body@createJob", indAnswer{400, "", "text"}},
		"id-text-500-on-update-asset":  {"invalid-id@updateAsset", indAnswer{500, "server_error", ""}},
		"location-id-text-500":         {"invalid-id@updateCustomerLocation", indAnswer{500, "server_error", ""}},
		"invalid-id-422":               {"invalid-id", indAnswer{422, "validation_failed", ""}},
		"unknown-record-200-null":      {"unknown-record@getJob", indAnswer{200, "", "null"}},
		"unknown-record-html":          {"unknown-record@getAsset", indAnswer{404, "", "html"}},
		"unknown-record-500-on-update": {"unknown-record@updateInventoryItem", indAnswer{500, "server_error", ""}},
		"unknown-record-400-on-service": {
			"unknown-record@createAssetServiceRecord", indAnswer{400, "validation_failed", ""},
		},
		"unknown-record-own-code":          {"unknown-record@getCustomer", indAnswer{404, "customer_not_found", ""}},
		"unknown-customer-empty-locations": {"unknown-record@listCustomerLocations", indAnswer{200, "", "rows"}},
		"unknown-place-200-null":           {"unknown-record@getInventoryLocation", indAnswer{200, "", "null"}},
		"foreign-asset-403":                {"foreign-record@getAsset", indAnswer{403, "forbidden", ""}},
		"unknown-reference-500":            {"unknown-reference@updateAsset", indAnswer{500, "server_error", ""}},
		"unknown-reference-409":            {"unknown-reference@createJob", indAnswer{409, "validation_failed", ""}},
		"illegal-transition-409":           {"illegal-transition", indAnswer{409, "invalid_status_transition", ""}},
		"illegal-transition-wrong-code":    {"illegal-transition@updateAssetStatus", indAnswer{400, "validation_failed", ""}},
		"unknown-job-status-500":           {"unknown-status@updateJobStatus", indAnswer{500, "server_error", ""}},
		"unknown-status-409":               {"unknown-status", indAnswer{409, "invalid_status_transition", ""}},
		"unknown-meter-404":                {"unknown-meter", indAnswer{404, "meter_not_found", ""}},
		"unknown-meter-wrong-code":         {"unknown-meter", indAnswer{400, "validation_failed", ""}},
		"html-404-on-unknown-path":         {"unknown-path", indAnswer{404, "", "html"}},
		"unknown-path-400":                 {"unknown-path", indAnswer{400, "validation_failed", ""}},
		"405-empty-body":                   {"wrong-method", indAnswer{405, "", "empty"}},
		"duplicate-400":                    {"duplicate", indAnswer{400, "duplicate_customer", ""}},
		"duplicate-own-code":               {"duplicate", indAnswer{409, "conflict", ""}},
		"duplicate-update-500":             {"duplicate@updateCustomer", indAnswer{500, "server_error", ""}},
		"flood-503":                        {"flood", indAnswer{503, "rate_limit_exceeded", ""}},
		"flood-own-code":                   {"flood", indAnswer{429, "too_many_requests", ""}},
		"flood-text-error":                 {"flood", indAnswer{429, "", "text"}},
	} {
		twists[name] = func(s *independent) { s.answers[wrong.situation] = wrong.answer }
	}
}

// indTwistRoutes are wrong scopes, forgotten tenants, unchecked parameters and a wrong success.
func indTwistRoutes(twists indTwistMap) {
	for name, to := range map[string][2]string{
		"write-scope-not-checked-on-transfer":  {"transferAsset", ""},
		"scope-not-checked-on-job-status":      {"updateJobStatus", ""},
		"scope-not-checked-on-low-stock":       {"listLowStock", ""},
		"read-scope-enough-on-location-create": {"createCustomerLocation", "customers:read"},
		"meter-needs-write-scope":              {"createAssetMeterReading", "assets:write"},
		"service-history-needs-service-scope":  {"listAssetServiceHistory", "assets:service"},
		"adjust-needs-transfer-scope":          {"adjustInventoryStock", "inventory:transfer"},
	} {
		twists[name] = func(s *independent) { s.op(to[0]).scope = to[1] }
	}
	for name, op := range map[string]string{
		"foreign-job-readable":                "getJob",
		"foreign-customer-update-allowed":     "updateCustomer",
		"foreign-job-status-change-allowed":   "updateJobStatus",
		"foreign-inventory-location-readable": "getInventoryLocation",
		"foreign-service-record-allowed":      "createAssetServiceRecord",
		"foreign-locations-listed":            "listCustomerLocations",
		"foreign-stock-readable":              "getInventoryStock",
		"foreign-customers-in-list":           "listCustomers",
	} {
		twists[name] = func(s *independent) { s.op(op).anyTenant = true }
	}
	for name, at := range map[string][2]string{
		"bad-status-filter-ignored":            {"listJobs", "status"},
		"bad-priority-filter-ignored":          {"listJobs", "priority"},
		"bad-date-filter-ignored-on-customers": {"listCustomers", "created_before"},
		"has-locations-2-accepted":             {"listCustomers", "has_locations"},
		"page-not-checked-on-low-stock":        {"listLowStock", "page"},
	} {
		twists[name] = func(s *independent) { s.param(at[0], at[1]).unchecked = true }
	}
	twists["per-page-101-accepted"] = func(s *independent) { s.param("listCustomers", "per_page").high = 0 }
	twists["per-page-zero-accepted"] = func(s *independent) { s.param("listInventoryItems", "per_page").low = 0 }
	twists["page-zero-accepted"] = func(s *independent) { s.param("listAssets", "page").low = 0 }
	twists["per-page-100-refused"] = func(s *independent) { s.param("listJobs", "per_page").high = 99 }
	twists["create-job-200"] = func(s *independent) { s.op("createJob").success = 200 }
	twists["list-without-pagination"] = func(s *independent) {
		s.op("listInventoryItems").do = func(c *indCall) (any, *indProblem) {
			page, p := c.listRecords()
			return page.(indPage).rows, p
		}
	}
}

// indTwistFields are fields that are not asked for, not checked, or looked up too loosely.
func indTwistFields(twists indTwistMap) {
	for name, at := range map[string][2]string{
		"missing-job-title-accepted":               {"createJob", "job_title"},
		"missing-customer-name-accepted-on-update": {"updateCustomer", "customer_name"},
		"missing-street-accepted":                  {"createCustomerLocation", "street"},
		"missing-asset-type-accepted":              {"createAsset", "asset_type_id"},
		"missing-service-date-accepted":            {"createAssetServiceRecord", "service_date"},
		"missing-reading-value-accepted":           {"createAssetMeterReading", "reading_value"},
		"missing-adjust-reason-accepted":           {"adjustInventoryStock", "reason"},
		"missing-part-number-accepted-on-update":   {"updateInventoryItem", "part_number"},
	} {
		twists[name] = func(s *independent) { s.field(at[0], at[1]).required = false }
	}
	for name, at := range map[string][2]string{
		"email-not-checked":                    {"createCustomer", "customer_email"},
		"contact-email-not-checked":            {"createCustomerLocation", "contact_email"},
		"priority-not-checked":                 {"createJob", "job_priority"},
		"condition-not-checked-on-update":      {"updateAsset", "condition"},
		"ownership-type-not-checked":           {"createAsset", "ownership_type"},
		"service-type-not-checked":             {"createAssetServiceRecord", "service_type"},
		"scheduled-start-not-checked":          {"createJob", "scheduled_start"},
		"reading-date-not-checked":             {"createAssetMeterReading", "reading_date"},
		"max-length-not-checked-on-notes":      {"createCustomerLocation", "notes"},
		"max-length-not-checked-on-update-job": {"updateJob", "job_description"},
		"negative-service-cost-accepted":       {"createAssetServiceRecord", "cost"},
		"negative-unit-cost-accepted-on-patch": {"patchInventoryItem", "unit_cost"},
		"negative-reorder-point-accepted":      {"createInventoryItem", "reorder_point"},
	} {
		twists[name] = func(s *independent) {
			field := s.field(at[0], at[1])
			field.bounded, field.high, field.enum, field.pattern, field.format = false, 0, nil, nil, nil
		}
	}
	for name, at := range map[string][3]string{
		"foreign-location-reference-accepted":       {"createJob", "customer_location_id", "foreign"},
		"unknown-location-reference-accepted":       {"createAsset", "location_id", "any"},
		"unknown-reference-accepted-on-update":      {"updateJob", "customer_location_id", "any"},
		"foreign-location-on-transfer-accepted":     {"transferAsset", "to_location_id", "foreign"},
		"unknown-place-on-adjust-accepted":          {"adjustInventoryStock", "location_id", "any"},
		"foreign-place-on-adjust-accepted":          {"adjustInventoryStock", "location_id", "foreign"},
		"unknown-target-on-stock-transfer-accepted": {"transferInventoryStock", "to_location_id", "any"},
	} {
		twists[name] = func(s *independent) { s.field(at[0], at[1]).lax = at[2] }
	}
}

// indTwistValues are single slips in a bound, a pattern, a format or a type.
func indTwistValues(twists indTwistMap) {
	bend := func(name, op, field string, change func(*indField)) {
		twists[name] = func(s *independent) { change(s.field(op, field)) }
	}
	pattern := func(name, op, field, text string) {
		bend(name, op, field, func(f *indField) { f.pattern = regexp.MustCompile(text) })
	}
	more := func(f *indField) { f.high++ }
	less := func(f *indField) { f.low-- }
	bend("max-length-off-by-one-on-job-title", "createJob", "job_title", more)
	bend("max-length-off-by-one-on-part-number", "createInventoryItem", "part_number", more)
	bend("max-length-off-by-one-on-serial-number", "createAsset", "serial_number", more)
	bend("sla-hours-8761-accepted", "createCustomer", "default_sla_hours", more)
	bend("sla-hours-zero-accepted", "createCustomer", "default_sla_hours", less)
	bend("empty-city-accepted", "createCustomerLocation", "city", less)
	bend("transfer-quantity-zero-accepted", "transferInventoryStock", "quantity", less)
	bend("over-strict-title", "createJob", "job_title", func(f *indField) { f.high-- })
	bend("adjust-quantity-zero-accepted", "adjustInventoryStock", "quantity", func(f *indField) { f.nonzero = false })
	bend("length-counted-in-bytes", "createCustomer", "customer_name", func(f *indField) { f.inBytes = true })
	bend("null-technician-refused", "createJob", "assigned_technician_id", func(f *indField) { f.nullable = false })
	bend("null-name-accepted", "createCustomer", "customer_name", func(f *indField) { f.nullable = true })
	pattern("state-lowercase-accepted", "createCustomerLocation", "state", `^[A-Za-z]{2}$`)
	pattern("zip-not-anchored", "createCustomerLocation", "zip", `\d{5}(-\d{4})?`)
	pattern("zip-end-not-anchored-on-update", "updateCustomerLocation", "zip", `^\d{5}(-\d{4})?`)
	pattern("zip-plus-four-refused", "createCustomerLocation", "zip", `^\d{5}$`)
	pattern("phone-without-plus-accepted", "createCustomer", "customer_phone", `^\+?[1-9]\d{1,14}$`)
	pattern("phone-length-not-checked", "createCustomer", "customer_phone", `^\+[1-9]\d+$`)
	bend("scheduled-end-takes-a-date", "createJob", "scheduled_end", func(f *indField) {
		f.format = func(s *independent, text string) bool { return indDateTime(s, text) || indDate(s, text) }
	})
	bend("service-date-31-february-accepted", "createAssetServiceRecord", "service_date", func(f *indField) {
		f.format, f.pattern = nil, regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	})
	bend("condition-without-case", "createAsset", "condition", func(f *indField) { f.coerce = indTitled })
	bend("text-as-number-accepted", "createAsset", "asset_type_id", func(f *indField) { f.coerce = indUnquoted })
	bend("number-as-title-accepted", "createJob", "job_title", func(f *indField) { f.coerce = indQuoted })
	bend("fraction-truncated", "createInventoryItem", "reorder_point", func(f *indField) { f.coerce = indTruncated })
	bend("zero-cost-refused", "createInventoryItem", "unit_cost", func(f *indField) {
		f.coerce = func(v any) any {
			if v == json.Number("0") {
				return json.Number("-1")
			}
			return v
		}
	})
	bend("text-as-boolean-accepted", "createCustomer", "tax_exempt", func(f *indField) {
		f.coerce = func(v any) any {
			if v == "true" || v == "yes" || v == "1" || v == "false" || v == "no" || v == "0" {
				return v == "true" || v == "yes" || v == "1"
			}
			return v
		}
	})
	bend("number-as-boolean-accepted", "createCustomer", "tax_exempt", func(f *indField) {
		f.coerce = func(v any) any {
			if number, ok := v.(json.Number); ok {
				return number != "0"
			}
			return v
		}
	})
}

// indTitled, indUnquoted, indQuoted and indTruncated are the conversions of languages with loose types.
func indTitled(v any) any {
	text, ok := v.(string)
	if !ok || text == "" {
		return v
	}
	return strings.ToUpper(text[:1]) + strings.ToLower(text[1:])
}

func indUnquoted(v any) any {
	if text, ok := v.(string); ok && indInteger.MatchString(text) {
		return json.Number(text)
	}
	return v
}

func indQuoted(v any) any {
	if number, ok := v.(json.Number); ok {
		return number.String()
	}
	return v
}

func indTruncated(v any) any {
	if number, ok := v.(json.Number); ok && !strings.ContainsAny(number.String(), "eE") {
		whole, _, _ := strings.Cut(number.String(), ".")
		return json.Number(whole)
	}
	return v
}

// indTwistStatuses are wrong transitions and wrong first statuses.
func indTwistStatuses(twists indTwistMap) {
	for name, pair := range map[string][3]string{
		"illegal-transition-completed-to-pending-accepted": {"job", "Completed", "Pending"},
		"illegal-transition-pending-to-completed-accepted": {"job", "Pending", "Completed"},
		"illegal-transition-lost-to-retired-accepted":      {"asset", "Lost", "Retired"},
		"illegal-transition-active-to-retired-accepted":    {"asset", "Active", "Retired"},
	} {
		twists[name] = func(s *independent) {
			s.moves[pair[0]][pair[1]] = append(s.moves[pair[0]][pair[1]], pair[2])
		}
	}
	for name, pair := range map[string][3]string{
		"legal-transition-refused-on-hold-to-in-progress": {"job", "On Hold", "In Progress"},
		"legal-transition-refused-pending-to-declined":    {"job", "Pending", "Declined"},
		"legal-transition-refused-active-to-lost":         {"asset", "Active", "Lost"},
	} {
		twists[name] = func(s *independent) {
			keep := func(to string) bool { return to == pair[2] }
			s.moves[pair[0]][pair[1]] = slices.DeleteFunc(s.moves[pair[0]][pair[1]], keep)
		}
	}
	twists["terminal-status-reopens"] = func(s *independent) {
		s.moves["asset"]["Decommissioned"], s.moves["asset"]["Retired"] = indAssetStatuses, indAssetStatuses
	}
	twists["declined-job-reopens"] = func(s *independent) { s.moves["job"]["Declined"] = []string{"Pending"} }
	twists["any-job-transition-accepted"] = func(s *independent) {
		for _, from := range indJobStatuses {
			s.moves["job"][from] = indJobStatuses
		}
	}
	twists["unknown-status-accepted"] = func(s *independent) {
		s.schemas["updateAssetStatus"].fields[0].status, s.schemas["updateAssetStatus"].fields[0].enum = false, nil
		move := s.op("updateAssetStatus").do
		s.op("updateAssetStatus").do = func(c *indCall) (any, *indProblem) {
			status, _ := c.fields["asset_status"].(string)
			if indIn(indAssetStatuses, status) {
				return move(c)
			}
			c.target().status, c.target().updated = status, s.now()
			return c.show()
		}
	}
	twists["new-job-is-assigned"] = func(s *independent) { s.first["job"] = "Assigned" }
	twists["new-asset-is-idle"] = func(s *independent) { s.first["asset"] = "Idle" }
	_ = time.Now
}
