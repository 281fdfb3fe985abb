package suite_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// table is the table that an operation reads or writes: that of the last record its address names, except
// where the operation is about another one.
func (c *indCall) table() string {
	switch c.op.id {
	case "listJobs", "createJob":
		return "job"
	case "listCustomers", "createCustomer":
		return "customer"
	case "listCustomerLocations", "createCustomerLocation":
		return "location"
	case "listAssets", "createAsset":
		return "asset"
	case "listInventoryItems", "createInventoryItem":
		return "item"
	case "listInventoryLocations":
		return "place"
	}
	return c.op.finds[len(c.op.finds)-1].table
}

// target is the record that the operation is about.
func (c *indCall) target() *indRecord { return c.found[c.table()] }

// show answers with the record.
func (c *indCall) show() (any, *indProblem) { return c.s.view(c.table(), c.target()), nil }

// getCustomer shows a customer and, when asked, its locations.
func (c *indCall) getCustomer() (any, *indProblem) {
	seen := c.s.view("customer", c.target())
	if c.filters["include"] != "" {
		locations := []any{}
		for _, location := range c.s.sorted("location") {
			if location.owner == c.target().id {
				locations = append(locations, c.s.view("location", location))
			}
		}
		seen["locations"] = locations
	}
	return seen, nil
}

// create makes a record, of the customer that the address names where there is one.
func (c *indCall) create() (any, *indProblem) {
	owner := int64(0)
	if customer := c.found["customer"]; customer != nil {
		owner = customer.id
	}
	return c.s.view(c.table(), c.s.insert(c.table(), c.key.company, owner, c.fields)), nil
}

// update replaces a record. Whether fields left out are cleared is undefined: one dialect clears them.
func (c *indCall) update() (any, *indProblem) {
	record := c.target()
	if !c.s.broken("put-not-saved") {
		c.s.write(record, c.table(), c.fields, c.s.other())
	}
	return c.show()
}

// patch writes the fields that were sent.
func (c *indCall) patch() (any, *indProblem) {
	c.s.write(c.target(), c.table(), c.fields, false)
	return c.show()
}

// write puts fields into a record; clean removes what was there before.
func (s *independent) write(record *indRecord, table string, fields map[string]any, clean bool) {
	if clean {
		record.fields = map[string]any{}
		if table == "job" {
			record.fields["job_priority"] = "Medium"
		}
	}
	maps.Copy(record.fields, fields)
	record.updated = s.now()
}

// delete exists for a fault only: no operation deletes.
func (c *indCall) delete() (any, *indProblem) {
	delete(c.s.tables["job"], c.target().id)
	return map[string]any{"deleted": true}, nil
}

// emailTaken looks for another customer of the company with the same email, without case.
func (c *indCall) emailTaken(own int64) bool {
	email, _ := c.fields["customer_email"].(string)
	if email == "" {
		return false
	}
	for _, customer := range c.s.tables["customer"] {
		used, _ := customer.fields["customer_email"].(string)
		same := strings.EqualFold(used, email)
		if c.s.broken("duplicate-compared-with-case") {
			same = used == email
		}
		mine := customer.company == c.key.company || c.s.broken("duplicate-across-companies")
		self := customer.id == own && !c.s.broken("own-email-refused-on-update")
		if same && mine && !self {
			return true
		}
	}
	return false
}

// duplicate words the refusal of an email in use.
func (c *indCall) duplicate() *indProblem {
	return indRefuse("duplicate", "customer_email", "A customer with this customer_email exists already.")
}

// createCustomer checks the email and inserts under one lock, so that of two at once one wins.
func (c *indCall) createCustomer() (any, *indProblem) {
	if c.emailTaken(0) && !c.s.broken("duplicate-email-accepted") {
		return nil, c.duplicate()
	}
	if c.s.broken("race-duplicate") {
		c.s.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		c.s.mu.Lock()
	}
	return c.create()
}

// updateCustomer refuses another customer's email; keeping its own is no conflict.
func (c *indCall) updateCustomer() (any, *indProblem) {
	if c.emailTaken(c.target().id) && !c.s.broken("duplicate-on-update-accepted") {
		return nil, c.duplicate()
	}
	return c.update()
}

// changeStatus takes one step of the job's or the asset's transitions. From a status to itself is undefined.
func (c *indCall) changeStatus() (any, *indProblem) {
	record, field := c.target(), c.table()+"_status"
	next, _ := c.fields[field].(string)
	legal := slices.Contains(c.s.moves[c.table()][record.status], next)
	switch {
	case next == record.status && c.s.other():
		return c.show()
	case next == record.status:
		return nil, indRefuse("same-status", field, field+" is "+next+" already.")
	case !legal && c.op.id == "updateAssetStatus" && c.s.broken("illegal-asset-transition-answered-200"):
		return c.show()
	case !legal:
		return nil, indRefuse("illegal-transition", field, field+" cannot change from "+record.status+" to "+next+".")
	}
	record.status, record.updated = next, c.s.now()
	return c.show()
}

// transferAsset moves an asset to another location of the company.
func (c *indCall) transferAsset() (any, *indProblem) {
	c.s.write(c.target(), "asset", map[string]any{"location_id": c.fields["to_location_id"]}, false)
	return c.show()
}

// service adds a record to an asset's service history.
func (c *indCall) service() (any, *indProblem) {
	data := maps.Clone(c.fields)
	data["service_record_id"], data["asset_id"] = c.s.newID("service"), c.target().id
	c.s.services = append(c.s.services, indService{c.target().id, data})
	return data, nil
}

// readMeter takes a reading of one of the asset's own meters. How one below the present is refused is undefined.
func (c *indCall) readMeter() (any, *indProblem) {
	id := indInt(c.fields["meter_id"])
	meter := c.meter(id)
	if meter == nil {
		return nil, indRefuse("unknown-meter", "meter_id", "meter_id names no meter of this asset.")
	}
	value, _ := c.fields["reading_value"].(json.Number)
	reading, _ := strconv.ParseFloat(value.String(), 64)
	current, _ := strconv.ParseFloat(meter.current.String(), 64)
	if reading < current && !c.s.broken("missing-reading-value-accepted") {
		return nil, indRefuse("low-reading", "reading_value", "reading_value is below the meter's current reading.")
	}
	if value != "" {
		meter.current = value
	}
	data := maps.Clone(c.fields)
	data["reading_id"], data["asset_id"] = c.s.newID("reading"), c.target().id
	return data, nil
}

// meter finds a meter of the asset.
func (c *indCall) meter(id int64) *indMeter {
	assets := []*indRecord{c.target()}
	if c.s.broken("meter-of-another-asset-accepted") {
		assets = c.s.sorted("asset")
	}
	for _, asset := range assets {
		for _, meter := range asset.meters {
			if meter.id == id && asset.company == c.key.company {
				return meter
			}
		}
	}
	if c.s.broken("unknown-meter-accepted") {
		return &indMeter{current: "0"}
	}
	return nil
}
