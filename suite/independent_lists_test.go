package suite_test

import (
	"strconv"
	"strings"
	"time"
)

// indParam is one query parameter that is neither selector nor id.
type indParam struct {
	name, kind string // whole, enum, moment or text
	low, high  int64
	enum       []string
	field      string // the field that the filter compares
	unchecked  bool   // only a fault lets bad values pass, and then ignores the filter
}

// indPage is a list with its pagination.
type indPage struct {
	rows       []any
	pagination map[string]any
}

// indParams are the parameters of an operation: every list pages, three lists filter by time.
func indParams(op, tier string) []*indParam {
	var params []*indParam
	if tier == "list" {
		params = append(params, &indParam{name: "page", kind: "whole", low: 1},
			&indParam{name: "per_page", kind: "whole", low: 1, high: 100})
	}
	enum := func(name, field string, values ...string) {
		params = append(params, &indParam{name: name, kind: "enum", field: field, enum: values})
	}
	switch op {
	case "listJobs":
		enum("status", "job_status", indJobStatuses...)
		enum("priority", "job_priority", indPriorities...)
	case "listAssets":
		enum("status", "asset_status", indAssetStatuses...)
		enum("condition", "condition", indConditions...)
	case "listCustomers":
		params = append(params, &indParam{name: "search", kind: "text"})
		enum("has_locations", "", "0", "1")
	case "getCustomer":
		enum("include", "", "locations")
		return params
	default:
		return params
	}
	return append(params, &indParam{name: "created_after", kind: "moment"},
		&indParam{name: "created_before", kind: "moment"})
}

// param finds a parameter of an operation, for the faults.
func (s *independent) param(op, name string) *indParam {
	for _, param := range s.op(op).params {
		if param.name == name {
			return param
		}
	}
	panic("independent: no parameter " + name + " of " + op)
}

// readFilters judges the query parameters and keeps those that are right.
func (s *independent) readFilters(c *indCall) *indProblem {
	for _, param := range c.op.params {
		if !c.query.Has(param.name) {
			continue
		}
		text := c.get(param.name)
		wrong := s.wrongParam(param, text)
		switch {
		case wrong == "" || param.unchecked && param.kind == "whole" && indDigits.MatchString(text):
			c.filters[param.name] = text
		case param.unchecked:
		case param.kind == "whole" && !indInteger.MatchString(text) && s.broken("per-page-text-500"),
			param.kind == "moment" && s.broken("bad-date-filter-500"):
			return indRefuse("server-fault", "", "Something went wrong.")
		default:
			return indRefuse("invalid-parameter", param.name, param.name+" "+wrong+".")
		}
	}
	if strings.ContainsRune(c.get("search"), 0) && s.broken("500-on-nul-in-search") {
		return indRefuse("server-fault", "", "Something went wrong.")
	}
	return nil
}

// wrongParam says what is wrong with a value, or nothing. A value that is there and empty is no value.
func (s *independent) wrongParam(param *indParam, text string) string {
	switch param.kind {
	case "whole":
		if !indInteger.MatchString(text) {
			return "must be an integer"
		}
		size := indSize(text)
		if size < param.low || param.high > 0 && size > param.high {
			return "is out of its bounds"
		}
	case "enum":
		if !indIn(param.enum, text) {
			return "must be one of " + strings.Join(param.enum, ", ")
		}
	case "moment":
		if !indDateTime(s, text) {
			return "must be a date-time"
		}
	}
	return ""
}

// indSize reads an integer and keeps it small enough to count pages with; beyond that every page is empty.
func indSize(text string) int64 {
	const most = 1 << 40
	size, err := strconv.ParseInt(text, 10, 64)
	switch {
	case strings.HasPrefix(text, "-") && (err != nil || size < -most):
		return -most
	case err != nil || size > most:
		return most
	}
	return size
}

// page cuts a list.
func (c *indCall) page(rows []any) indPage {
	number, size, total := int64(1), int64(50), int64(len(rows))
	if text := c.filters["page"]; text != "" {
		number = max(1, indSize(text))
	}
	if text := c.filters["per_page"]; text != "" {
		size = max(1, indSize(text))
	}
	pages := (total + size - 1) / size
	if c.s.other() {
		pages = max(1, pages) // an empty list has one page, or none
	}
	from := min((number-1)*min(size, 1<<20), total)
	cut := append([]any{}, rows[from:min(from+size, total)]...)
	return indPage{cut, map[string]any{"page": number, "per_page": size, "total": total, "total_pages": pages}}
}

// listRecords lists the company's records that pass the filters.
func (c *indCall) listRecords() (any, *indProblem) {
	rows := []any{}
	for _, record := range c.s.sorted(c.table()) {
		own := record.company == c.key.company || c.op.anyTenant
		if customer := c.found["customer"]; customer != nil && record.owner != customer.id {
			continue
		}
		if own && c.matches(record) {
			rows = append(rows, c.s.view(c.table(), record))
		}
	}
	return c.page(rows), nil
}

// matches holds a record against the filters, which the brief names without saying what they select.
func (c *indCall) matches(record *indRecord) bool {
	seen := c.s.view(c.table(), record)
	for _, param := range c.op.params {
		want, asked := c.filters[param.name]
		if !asked {
			continue
		}
		moment, err := time.Parse(time.RFC3339, strings.ToUpper(want))
		name, _ := record.fields["customer_name"].(string)
		miss := false
		switch param.name {
		case "created_after":
			miss = err == nil && record.created.Before(moment)
		case "created_before":
			miss = err == nil && record.created.After(moment)
		case "search":
			miss = !strings.Contains(strings.ToLower(name), strings.ToLower(want))
		case "has_locations":
			miss = c.s.hasLocations(record) != (want == "1")
		default:
			miss = param.field != "" && seen[param.field] != want
		}
		if miss {
			return false
		}
	}
	return true
}

// hasLocations says whether a customer has any location.
func (s *independent) hasLocations(customer *indRecord) bool {
	for _, location := range s.tables["location"] {
		if location.owner == customer.id {
			return true
		}
	}
	return false
}

// loose answers one of the lists of which only an object or array is known: one dialect pages an array, the
// other wraps it in an object.
func (c *indCall) loose(name string, rows []any) (any, *indProblem) {
	if c.s.other() {
		return map[string]any{name: rows, "count": len(rows)}, nil
	}
	return c.page(rows), nil
}

// serviceHistory lists the service records of an asset.
func (c *indCall) serviceHistory() (any, *indProblem) {
	rows := []any{}
	for _, service := range c.s.services {
		if service.asset == c.target().id {
			rows = append(rows, service.data)
		}
	}
	return c.loose("service_history", rows)
}
