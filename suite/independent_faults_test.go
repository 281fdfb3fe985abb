package suite_test

// independentFaults are the bugs that the server can have, one at a time: each breaks one clause of the
// brief as a developer's slip would. The situation is the brief's id of the row most directly broken, or
// empty when no row is; should marks a clause that is only a recommendation.
var independentFaults = []struct {
	name, situation, clause string
	should                  bool
}{
	// Authentication.
	{"no-auth-on-get-asset", "missing-key", "getAsset without a key is answered 401.", false},
	{"unknown-path-before-auth", "", "Authentication is judged before whether the path exists.", true},
	{"validation-before-auth", "", "Authentication is judged before the body.", true},
	{"scope-after-validation", "", "The scope is judged before the body.", true},
	{"missing-key-403", "missing-key", "A missing key on createJob is answered 401, not 403.", false},
	{"empty-key-500", "missing-key", "An empty key is answered 401.", false},
	{"unknown-key-works", "invalid-key", "A well-formed key that was never issued is refused.", false},
	{"prefix-key-match", "invalid-key", "A cut key is refused.", false},
	{"extended-key-accepted", "invalid-key", "A key with something behind it is refused.", false},
	{"key-compared-without-case", "invalid-key", "A key in capitals is another key, and unknown.", false},
	{"malformed-key-400", "invalid-key", "A malformed key is answered 401, not 400.", false},
	{"unknown-key-404", "invalid-key", "An unknown key is answered 401, not 404.", false},
	{"invalid-key-own-code", "invalid-key", "The error of an unknown key is unauthorized.", false},
	{"revoked-key-works", "revoked-key", "A revoked key is refused.", false},
	{"revoked-key-reads", "revoked-key", "A revoked key may not read either.", false},
	{"revoked-key-403", "revoked-key", "A revoked key is answered 401, not 403.", false},
	{"key-accepted-in-query", "misplaced-key", "A key in the URL is no key.", false},
	{"key-accepted-as-bearer", "misplaced-key", "A key in the Authorization header is no key.", false},
	{"key-accepted-in-body", "misplaced-key", "A key in the body is no key.", false},
	{"ip-allow-list-ignored", "denied-ip", "A source address that is not on the key's allow-list is refused.", false},
	{"ip-allow-list-ignored-on-writes", "denied-ip", "The allow-list holds for writes too.", false},
	{"ip-denied-wrong-code", "denied-ip", "The error of an unwelcome address is ip_not_allowed.", false},
	{"ip-denied-401", "denied-ip", "An unwelcome address is answered 403, not 401.", false},
	{"key-echoed-in-401", "invalid-key", "An error never repeats the key that was sent.", false},
	{"key-echoed-in-403", "missing-scope", "An error never repeats the key that was sent.", false},
	{"text-plain-401", "missing-key", "The media type of a 401 is application/json.", false},

	// Scopes.
	{"write-scope-not-checked-on-transfer", "missing-scope", "transferAsset needs assets:transfer.", false},
	{"scope-not-checked-on-job-status", "missing-scope", "updateJobStatus needs jobs:write.", false},
	{"scope-not-checked-on-low-stock", "missing-scope", "listLowStock needs inventory:read.", false},
	{"read-scope-enough-on-location-create", "missing-scope", "createCustomerLocation needs customers:write, not " +
		"customers:read.", false},
	{"meter-needs-write-scope", "missing-scope", "createAssetMeterReading needs assets:meter, not assets:write.", false},
	{"service-history-needs-service-scope", "missing-scope", "listAssetServiceHistory needs assets:read, not " +
		"assets:service.", false},
	{
		"adjust-needs-transfer-scope", "missing-scope", "adjustInventoryStock needs inventory:write, not inventory:transfer.",
		false,
	},
	{"read-implies-write", "missing-scope", "A read scope does not imply the write scope.", false},
	{"write-implies-read", "missing-scope", "jobs:write, customers:write and assets:write imply no read scope.", false},
	{"inventory-transfer-implies-read", "missing-scope", "inventory:transfer implies nothing.", false},
	{"inventory-write-implies-transfer", "missing-scope", "inventory:write does not imply inventory:transfer.", false},
	{"implied-scope-not-honoured", "", "inventory:write implies inventory:read.", false},
	{"missing-scope-401", "missing-scope", "A missing scope is answered 403, not 401.", false},
	{
		"missing-scope-404-on-get-customer", "missing-scope", "A missing scope on getCustomer is answered 403, not 404.",
		false,
	},
	{
		"missing-scope-own-code", "missing-scope", "The error of a missing scope is forbidden or scope_not_authorized.",
		false,
	},

	// Required fields.
	{"missing-job-title-accepted", "missing-field", "createJob requires job_title.", false},
	{"missing-customer-name-accepted-on-update", "missing-field", "updateCustomer requires customer_name: PUT takes the " +
		"create body whole.", false},
	{"missing-street-accepted", "missing-field", "createCustomerLocation requires street.", false},
	{"missing-asset-type-accepted", "missing-field", "createAsset requires asset_type_id.", false},
	{"missing-service-date-accepted", "missing-field", "createAssetServiceRecord requires service_date.", false},
	{"missing-reading-value-accepted", "missing-field", "createAssetMeterReading requires reading_value.", false},
	{"missing-adjust-reason-accepted", "missing-field", "adjustInventoryStock requires reason.", false},
	{"missing-part-number-accepted-on-update", "missing-field", "updateInventoryItem requires part_number: PUT takes " +
		"the create body whole.", false},
	{"empty-inventory-patch-accepted", "missing-field", "patchInventoryItem takes at least one field.", false},
	{"missing-field-422", "missing-field", "A missing field is answered 400, not 422.", false},
	{
		"missing-asset-status-422", "missing-field", "updateAssetStatus without asset_status is answered 400, not 422.",
		false,
	},
	{"missing-transfer-target-500", "missing-field", "transferAsset without to_location_id is answered 400.", false},
	{
		"missing-field-own-code", "missing-field", "The error of a missing field on createInventoryItem is one of the row's.",
		false,
	},

	// Field values.
	{"state-lowercase-accepted", "invalid-field", "A location's state is two capitals.", false},
	{"zip-not-anchored", "invalid-field", "A zip is the whole string, not a part of it.", false},
	{
		"zip-end-not-anchored-on-update", "invalid-field", "On updateCustomerLocation, too, nothing may follow the zip.",
		false,
	},
	{"phone-without-plus-accepted", "invalid-field", "customer_phone begins with a plus.", false},
	{"phone-length-not-checked", "invalid-field", "customer_phone has at most 15 digits.", false},
	{"email-not-checked", "invalid-field", "customer_email is an email.", false},
	{"contact-email-not-checked", "invalid-field", "contact_email is an email.", false},
	{"max-length-off-by-one-on-job-title", "invalid-field", "job_title has at most 255 characters.", false},
	{"max-length-off-by-one-on-part-number", "invalid-field", "part_number has at most 64 characters.", false},
	{"max-length-off-by-one-on-serial-number", "invalid-field", "serial_number has at most 100 characters.", false},
	{"max-length-not-checked-on-notes", "invalid-field", "A location's notes have at most 2000 characters.", false},
	{"max-length-not-checked-on-update-job", "invalid-field", "On updateJob, too, job_description has at most 5000 " +
		"characters.", false},
	{"empty-city-accepted", "invalid-field", "A location's city has at least 1 character.", false},
	{"sla-hours-8761-accepted", "invalid-field", "default_sla_hours is at most 8760.", false},
	{"sla-hours-zero-accepted", "invalid-field", "default_sla_hours is at least 1.", false},
	{"adjust-quantity-zero-accepted", "invalid-field", "The quantity of an adjustment is not 0.", false},
	{"transfer-quantity-zero-accepted", "invalid-field", "The quantity of a stock transfer is at least 1.", false},
	{"negative-service-cost-accepted", "invalid-field", "The cost of a service is not negative.", false},
	{
		"negative-unit-cost-accepted-on-patch", "invalid-field", "On patchInventoryItem, too, unit_cost is not negative.",
		false,
	},
	{"negative-reorder-point-accepted", "invalid-field", "reorder_point is not negative.", false},
	{"priority-not-checked", "invalid-field", "job_priority is one of four.", false},
	{"condition-without-case", "invalid-field", "condition is one of four, in the very letters.", false},
	{"condition-not-checked-on-update", "invalid-field", "On updateAsset, too, condition is one of four.", false},
	{"ownership-type-not-checked", "invalid-field", "ownership_type is one of three.", false},
	{"service-type-not-checked", "invalid-field", "service_type is one of three.", false},
	{"scheduled-start-not-checked", "invalid-field", "scheduled_start is a date-time.", false},
	{"scheduled-end-takes-a-date", "invalid-field", "scheduled_end is a date-time, not a date.", false},
	{"service-date-31-february-accepted", "invalid-field", "service_date is a date that the calendar has.", false},
	{"reading-date-not-checked", "invalid-field", "reading_date is a date-time.", false},
	{"text-as-number-accepted", "invalid-field", "asset_type_id is an integer, not a string of digits.", false},
	{"text-as-boolean-accepted", "invalid-field", "tax_exempt is a boolean, not a string.", false},
	{"number-as-boolean-accepted", "invalid-field", "tax_exempt is a boolean, not 0 or 1.", false},
	{"number-as-title-accepted", "invalid-field", "job_title is a string, not a number.", false},
	{"fraction-truncated", "invalid-field", "reorder_point is an integer.", false},
	{"null-name-accepted", "invalid-field", "A customer_name is not null.", false},
	{"null-treated-as-absent", "invalid-field", "Null is a wrong type for an optional field without 'or null'.", false},
	{"invalid-field-422-on-update-job", "invalid-field", "An invalid field on updateJob is answered 400, not 422.", false},
	{"invalid-field-own-code", "invalid-field", "The error of an invalid field is validation_failed.", false},
	{"invalid-field-500-on-adjust", "invalid-field", "An invalid field on adjustInventoryStock is answered 400.", false},
	{"over-strict-title", "", "A job_title of 255 characters is accepted.", false},
	{"length-counted-in-bytes", "", "A customer_name of 255 characters is accepted, whatever their bytes.", false},
	{"zip-plus-four-refused", "", "A zip may have four more digits.", false},
	{"null-technician-refused", "", "assigned_technician_id may be null.", false},
	{"zero-cost-refused", "", "unit_cost may be 0.", false},
	{"extra-fields-refused", "", "Unknown extra body fields are ignored.", false},
	{"message-without-field", "", "The message of a 400 names the field.", true},

	// Query parameters.
	{"per-page-101-accepted", "invalid-parameter", "per_page of listCustomers is at most 100.", false},
	{"per-page-zero-accepted", "invalid-parameter", "per_page of listInventoryItems is at least 1.", false},
	{"per-page-text-500", "invalid-parameter", "A page that is no number is answered 400.", false},
	{"page-zero-accepted", "invalid-parameter", "page of listAssets is at least 1.", false},
	{"page-not-checked-on-low-stock", "invalid-parameter", "listLowStock takes page as every list does.", false},
	{"bad-status-filter-ignored", "invalid-parameter", "status of listJobs is one of nine.", false},
	{"bad-priority-filter-ignored", "invalid-parameter", "priority of listJobs is one of four.", false},
	{"bad-condition-filter-404", "invalid-parameter", "A condition that listAssets does not know is answered 400, not " +
		"404.", false},
	{"bad-date-filter-500", "invalid-parameter", "A created_after that is no date-time is answered 400.", false},
	{
		"bad-date-filter-ignored-on-customers", "invalid-parameter", "created_before of listCustomers is a date-time.", false,
	},
	{"has-locations-2-accepted", "invalid-parameter", "has_locations is 0 or 1.", false},
	{"per-page-100-refused", "", "per_page of listJobs may be 100.", false},

	// Bodies.
	{"empty-body-500", "malformed-body", "An empty body is answered 400.", false},
	{"empty-body-accepted-on-job-status", "malformed-body", "An empty body on updateJobStatus is refused.", false},
	{"array-body-500", "malformed-body", "An array as body is answered 400.", false},
	{"array-body-first-element-taken", "malformed-body", "An array as body is refused, whatever is in it.", false},
	{"string-body-500", "malformed-body", "A string as body is answered 400.", false},
	{"malformed-json-500", "malformed-body", "A body that is not JSON is answered 400.", false},
	{
		"malformed-body-415", "malformed-body", "A malformed body on createCustomerLocation is answered 400, not 415.", false,
	},
	{"malformed-body-text-error", "malformed-body", "The error of a malformed body on createJob is the envelope.", false},
	{"null-body-accepted-on-patch", "malformed-body", "Null as body is refused.", false},
	{"trailing-garbage-accepted", "malformed-body", "A body with something behind the object is not JSON.", false},
	{"500-on-nul-character", "", "A control character in a string brings no 5xx.", true},
	{"500-on-nul-in-search", "", "A control character in a parameter brings no 5xx.", true},
	{"500-on-deep-body", "", "A deep value brings no 5xx.", true},
	{"500-on-long-body", "", "A long value brings no 5xx.", true},
	{"500-on-emoji", "", "A character beyond 16 bits brings no 5xx.", true},
}
