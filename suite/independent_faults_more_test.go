package suite_test

// The rest of the faults are in a second file, for its length only.
func init() {
	independentFaults = append(independentFaults, independentMoreFaults...)
	for _, fault := range independentFaults {
		if indFaultNames[fault.name] {
			panic("independent: a fault listed twice: " + fault.name)
		}
		indFaultNames[fault.name] = true
	}
}

// indFaultNames are the names of the faults.
var indFaultNames = map[string]bool{}

var independentMoreFaults = []struct {
	name, situation, clause string
	should                  bool
}{
	// Ids and records.
	{"id-zero-500", "invalid-id", "An id of 0 is answered 400 or 404.", false},
	{"id-text-200-list", "invalid-id", "An id that is no number is refused, not answered with the list.", false},
	{"id-text-500-on-update-asset", "invalid-id", "An id that is no number is answered 400 or 404 on updateAsset.", false},
	{"id-parsed-leniently", "invalid-id", "An id with letters behind it is no positive integer.", false},
	{"location-id-text-500", "invalid-id", "A location_id that is no number is answered 400 or 404.", false},
	{"invalid-id-422", "invalid-id", "An id that is no positive integer is answered 400 or 404, not 422.", false},
	{"huge-id-500", "unknown-record", "An id beyond 64 bits is unknown.", false},
	{"unknown-record-200-null", "unknown-record", "An unknown job is answered 404, not with null.", false},
	{"unknown-record-html", "unknown-record", "The 404 of an unknown asset is the envelope.", false},
	{"unknown-record-500-on-update", "unknown-record", "updateInventoryItem of an unknown item is answered 404.", false},
	{"unknown-record-400-on-service", "unknown-record", "createAssetServiceRecord on an unknown asset is answered 404, " +
		"not 400.", false},
	{"unknown-record-own-code", "unknown-record", "The error of an unknown customer is not_found.", false},
	{"unknown-customer-empty-locations", "unknown-record", "The locations of an unknown customer are answered 404, not " +
		"with an empty list.", false},
	{"unknown-place-200-null", "unknown-record", "An unknown inventory location is answered 404, not with null.", false},
	{"foreign-job-readable", "foreign-record", "getJob of another company's job is answered 404.", false},
	{
		"foreign-customer-update-allowed", "foreign-record", "updateCustomer of another company's customer is answered 404.",
		false,
	},
	{
		"foreign-job-status-change-allowed", "foreign-record", "updateJobStatus of another company's job is answered 404.",
		false,
	},
	{"foreign-asset-403", "foreign-record", "getAsset of another company's asset is answered 404, not 403.", false},
	{"foreign-inventory-location-readable", "foreign-record", "getInventoryLocation of another company's location is " +
		"answered 404.", false},
	{"foreign-service-record-allowed", "foreign-record", "createAssetServiceRecord on another company's asset is " +
		"answered 404.", false},
	{
		"foreign-locations-listed", "foreign-record", "listCustomerLocations of another company's customer is answered 404.",
		false,
	},
	{"foreign-stock-readable", "foreign-record", "getInventoryStock of another company's item is answered 404.", false},
	{
		"foreign-customers-in-list", "", "A key belongs to one company: listCustomers shows no other company's customers.",
		false,
	},
	{"foreign-record-worded-differently", "", "Another company's record is answered like an unknown one.", true},

	// References.
	{"foreign-location-reference-accepted", "unknown-reference", "createJob refuses another company's " +
		"customer_location_id.", false},
	{
		"unknown-location-reference-accepted", "unknown-reference", "createAsset refuses a location_id that does not exist.",
		false,
	},
	{"unknown-reference-accepted-on-update", "unknown-reference", "updateJob refuses a customer_location_id that does " +
		"not exist.", false},
	{"foreign-location-on-transfer-accepted", "unknown-reference", "transferAsset refuses another company's " +
		"to_location_id.", false},
	{"unknown-place-on-adjust-accepted", "unknown-reference", "adjustInventoryStock refuses a location_id that does not " +
		"exist.", false},
	{"foreign-place-on-adjust-accepted", "unknown-reference", "adjustInventoryStock refuses another company's " +
		"location_id.", false},
	{"unknown-target-on-stock-transfer-accepted", "unknown-reference", "transferInventoryStock refuses a to_location_id " +
		"that does not exist.", false},
	{"unknown-reference-500", "unknown-reference", "An unknown location_id on updateAsset is answered 400 or 404.", false},
	{
		"unknown-reference-409", "unknown-reference", "An unknown reference on createJob is answered 400 or 404, not 409.",
		false,
	},

	// Statuses and meters.
	{
		"illegal-transition-completed-to-pending-accepted", "illegal-transition", "A completed job does not become pending.",
		false,
	},
	{
		"illegal-transition-pending-to-completed-accepted", "illegal-transition", "A pending job does not become completed.",
		false,
	},
	{"illegal-transition-lost-to-retired-accepted", "illegal-transition", "A lost asset does not become retired.", false},
	{
		"illegal-transition-active-to-retired-accepted", "illegal-transition", "An active asset does not become retired.",
		false,
	},
	{"terminal-status-reopens", "illegal-transition", "Decommissioned and Retired are terminal.", false},
	{"declined-job-reopens", "illegal-transition", "Declined is terminal.", false},
	{"any-job-transition-accepted", "illegal-transition", "A job's status changes as section 4 allows.", false},
	{"illegal-transition-409", "illegal-transition", "An illegal transition is answered 400, not 409.", false},
	{"illegal-transition-wrong-code", "illegal-transition", "The error of an illegal asset transition is " +
		"invalid_status_transition.", false},
	{"illegal-asset-transition-answered-200", "illegal-transition", "An illegal asset transition is refused, not " +
		"silently left out.", false},
	{"legal-transition-refused-on-hold-to-in-progress", "", "A job on hold may go on.", false},
	{"legal-transition-refused-pending-to-declined", "", "A pending job may be declined.", false},
	{"legal-transition-refused-active-to-lost", "", "An active asset may get lost.", false},
	{"unknown-status-accepted", "unknown-status", "An asset status outside the enum is refused.", false},
	{"unknown-job-status-500", "unknown-status", "A job status outside the enum is answered 400.", false},
	{"unknown-status-409", "unknown-status", "A status outside the enum is answered 400, not 409.", false},
	{"new-job-is-assigned", "", "A new job is Pending.", false},
	{"new-asset-is-idle", "", "A new asset is Active.", false},
	{"default-priority-low", "", "job_priority is Medium by default.", false},
	{"asset-tag-too-short", "", "asset_tag has at least six digits.", false},
	{"meter-of-another-asset-accepted", "unknown-meter", "A meter of another asset is unknown.", false},
	{"unknown-meter-accepted", "unknown-meter", "A meter that does not exist is unknown.", false},
	{"unknown-meter-404", "unknown-meter", "An unknown meter is answered 400, not 404.", false},
	{"unknown-meter-wrong-code", "unknown-meter", "The error of an unknown meter is meter_not_found.", false},

	// Paths and methods.
	{"html-404-on-unknown-path", "unknown-path", "The 404 of an unknown path is the envelope.", false},
	{"unknown-path-400", "unknown-path", "An unknown path is answered 404, not 400.", false},
	{"delete-404-instead-of-405", "wrong-method", "DELETE on a path is answered 405.", false},
	{"delete-deletes-jobs", "wrong-method", "No operation deletes.", false},
	{"patch-customers-accepted", "wrong-method", "/customers does not serve PATCH.", false},
	{"selector-method-ignored", "wrong-method", "A method that the selector does not serve is a wrong one.", false},
	{
		"405-on-selector-as-404", "wrong-method", "A method that the selector does not serve is answered 405, not 404.",
		false,
	},
	{"405-without-allow", "wrong-method", "A 405 carries Allow.", false},
	{"allow-lists-wrong-method", "wrong-method", "Allow names no method that the path does not serve.", false},
	{"allow-misses-a-method", "wrong-method", "Allow names every method that the path serves.", false},
	{"405-empty-body", "wrong-method", "The error of a 405 is the envelope.", false},

	// Duplicates.
	{"duplicate-email-accepted", "duplicate", "A customer with an email in use is not created.", false},
	{"duplicate-on-update-accepted", "duplicate", "A customer is not updated to an email in use.", false},
	{"duplicate-compared-with-case", "duplicate", "Emails are compared without case.", false},
	{"duplicate-400", "duplicate", "A duplicate is answered 409, not 400.", false},
	{"duplicate-own-code", "duplicate", "The error of a duplicate is duplicate_customer.", false},
	{"duplicate-update-500", "duplicate", "An update to an email in use is answered 409.", false},
	{"own-email-refused-on-update", "", "A customer keeps its own email on an update.", false},
	{"duplicate-across-companies", "", "An email is unique in the company, not beyond.", false},
	{"race-duplicate", "duplicate", "Of two that create the same customer at once exactly one wins.", false},

	// Limits.
	{"never-limits", "flood", "More requests than the window allows are refused.", false},
	{"writes-never-limited", "flood", "Writes are limited too.", false},
	{"flood-503", "flood", "A flood is answered 429, not 503.", false},
	{"flood-own-code", "flood", "The error of a flood is rate_limit_exceeded.", false},
	{"flood-text-error", "flood", "The error of a flood is the envelope.", false},
	{"429-without-retry-after", "flood", "A 429 carries Retry-After.", false},
	{"retry-after-mismatch", "flood", "retry_after equals Retry-After.", false},
	{"retry-after-http-date", "flood", "Retry-After is in whole seconds.", false},
	{"retry-after-fraction", "flood", "Retry-After is in whole seconds.", false},
	{"retry-after-zero", "flood", "Retry-After is at least 1.", false},
	{"retry-after-missing-in-body", "flood", "The envelope of a 429 has retry_after.", false},
	{"retry-after-as-text-in-body", "flood", "retry_after is an integer.", false},
	{"retry-after-not-honoured", "flood", "After Retry-After the same request is served.", false},
	{"limit-shared-across-keys", "flood", "Limits are per key.", false},
	{"remaining-never-moves", "", "X-RateLimit-Remaining tells what is left.", false},
	{"remaining-negative", "", "X-RateLimit-Remaining is at least 0.", false},
	{"reset-in-milliseconds", "", "X-RateLimit-Reset is in Unix seconds.", false},
	{"reset-as-seconds-left", "", "X-RateLimit-Reset is a Unix time, not what is left of the window.", false},
	{"limit-header-not-integer", "", "X-RateLimit-Limit is an integer.", false},
	{"no-rate-headers-on-400", "", "A 400 carries the rate-limit headers.", false},
	{"no-rate-headers-on-403", "", "A 403 for a scope carries the rate-limit headers.", false},
	{"no-rate-headers-on-unknown-path", "", "The 404 of an unknown path carries the rate-limit headers.", false},
	{"no-rate-headers-on-405", "", "A 405 carries the rate-limit headers.", false},
	{"no-rate-headers-on-429", "", "A 429 carries the rate-limit headers.", false},
	{"no-rate-headers-on-201", "", "A 201 carries the rate-limit headers.", false},
	{"no-rate-headers-on-lists", "", "A list carries the rate-limit headers.", false},

	// The envelope, and what it says.
	{"stack-trace-in-400", "invalid-field", "An error shows no stack trace.", false},
	{"source-line-in-parameter-error", "invalid-parameter", "An error shows no source file and line.", false},
	{"trace-member-in-400", "malformed-body", "An error shows no stack trace in another member either.", false},
	{"sql-error-in-404", "unknown-record", "An error shows no SQL.", false},
	{"sql-error-in-409", "duplicate", "An error shows no SQL.", false},
	{"success-true-in-error", "unknown-record", "success is false in an error.", false},
	{"success-missing-in-error", "malformed-body", "An error has success.", false},
	{"success-as-text", "invalid-field", "success is a boolean.", false},
	{"error-code-camel-case", "wrong-method", "error is in snake_case.", false},
	{"error-code-upper-case", "missing-scope", "error is in snake_case, small.", false},
	{"error-as-object", "invalid-parameter", "error is a string.", false},
	{"message-empty", "wrong-method", "message is not empty.", false},
	{"message-empty-on-duplicate", "duplicate", "message is not empty.", false},
	{"message-missing", "unknown-path", "An error has a message.", false},
	{"message-as-list", "missing-field", "message is a string.", false},
	{
		"json-as-html-on-create-customer", "invalid-field", "The media type of a 400 on createCustomer is application/json.",
		false,
	},

	// A refused request changes nothing.
	{"refused-write-still-saves", "invalid-field", "An updateCustomer refused for a field changes nothing.", false},
	{"create-before-validation", "invalid-field", "A createCustomer refused for a field creates nothing.", false},
	{"unauthorized-write-still-saves", "revoked-key", "A createCustomer with a revoked key creates nothing.", false},
	{"forbidden-write-still-saves", "missing-scope", "A createInventoryItem without the scope creates nothing.", false},
	{"denied-address-write-still-saves", "denied-ip", "A createJob from an unwelcome address creates nothing.", false},
	{"forbidden-reading-still-saves", "missing-scope", "A meter reading that a key may not take is not taken.", false},
	{"unauthorized-transfer-still-moves", "revoked-key", "A transfer with a revoked key moves no asset.", false},
	{"flooded-write-still-saves", "flood", "A createCustomer over the limit creates nothing.", false},
	{"illegal-transition-still-saves", "illegal-transition", "An illegal transition of an asset changes nothing.", false},
	{
		"foreign-update-still-saves", "foreign-record", "An updateInventoryItem of another company's item changes nothing.",
		false,
	},
	{"duplicate-update-still-saves", "duplicate", "An updateCustomer to an email in use changes nothing.", false},
	{
		"unknown-reference-still-saves", "unknown-reference", "A createAsset with an unknown reference creates nothing.",
		false,
	},

	// Successes.
	{"create-job-200", "", "createJob is answered 201.", false},
	{"put-not-saved", "", "A PUT that is answered 200 changes the record.", false},
	{"list-without-pagination", "", "A list of inventory items has its pagination.", false},
}
