package suite_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"conformance/internal/config"
)

// indRecord is one record: what a client may write is in fields, everything else next to them.
type indRecord struct {
	id, owner        int64 // owner: the customer of a location
	company, status  string
	created, updated time.Time
	fields           map[string]any
	meters           []*indMeter
}

// indMeter is a meter of an asset, which only the dashboard (here: the seed) can make.
type indMeter struct {
	id         int64
	name, unit string
	current    json.Number
}

// indShelf is where a stock of an item lies.
type indShelf struct{ item, place int64 }

// indMovement is a change of stock, and indService a service record: both are kept as they are answered.
type indMovement struct {
	item int64
	data map[string]any
}
type indService struct {
	asset int64
	data  map[string]any
}

// indTable says how a table's records look outside: the name of the id, the operation whose body names the
// writable fields, and whether the record bears its times.
type indTable struct {
	idName, create string
	stamped        bool
}

var indTables = map[string]indTable{
	"customer": {"customer_id", "createCustomer", true},
	"location": {"location_id", "createCustomerLocation", false},
	"job":      {"job_id", "createJob", true},
	"asset":    {"asset_id", "createAsset", true},
	"item":     {"id", "createInventoryItem", true},
	"place":    {"location_id", "", false},
}

// newID counts the ids of a table. The other dialect starts beyond 53 bits, where the brief lets an id be.
func (s *independent) newID(table string) int64 {
	if s.next[table] == 0 && s.other() {
		s.next[table] = 1 << 60 // a float64 cannot tell neighbours apart there
	}
	s.next[table]++
	if s.nextID != nil {
		return s.nextID(table)
	}
	return s.next[table]
}

// insert puts a new record into a table.
func (s *independent) insert(table, company string, owner int64, fields map[string]any) *indRecord {
	record := &indRecord{
		id: s.newID(table), owner: owner, company: company, status: s.first[table],
		created: s.now(), updated: s.now(), fields: maps.Clone(fields),
	}
	if table == "job" && record.fields["job_priority"] == nil {
		record.fields["job_priority"] = "Medium"
		if s.broken("default-priority-low") {
			record.fields["job_priority"] = "Low"
		}
	}
	if s.tables[table] == nil {
		s.tables[table] = map[int64]*indRecord{}
	}
	s.tables[table][record.id] = record
	return record
}

// view is a record as a client sees it. Optional fields that were never sent are null in one dialect and
// absent in the other.
func (s *independent) view(table string, record *indRecord) map[string]any {
	look := indTables[table]
	seen := map[string]any{look.idName: record.id}
	if look.create != "" && s.other() {
		for _, field := range s.schemas[look.create].fields {
			seen[field.name] = nil
		}
	}
	maps.Copy(seen, record.fields)
	if look.stamped {
		seen["created_at"], seen["updated_at"] = s.stamp(record.created), s.stamp(record.updated)
	}
	switch table {
	case "location":
		seen["customer_id"] = record.owner
	case "job":
		seen["job_status"] = record.status
	case "asset":
		seen["asset_status"], seen["meters"] = record.status, indMeters(record)
		seen["asset_tag"] = fmt.Sprintf("AST-%06d", record.id)
		if s.broken("asset-tag-too-short") {
			seen["asset_tag"] = fmt.Sprintf("AST-%d", record.id%1000)
		}
	case "item":
		seen["quantity_on_hand"] = s.onHand(record.id)
	}
	if s.seen != nil {
		s.seen(table, record, seen)
	}
	return seen
}

// indMeters lists an asset's meters.
func indMeters(record *indRecord) []map[string]any {
	list := []map[string]any{}
	for _, meter := range record.meters {
		list = append(list, map[string]any{
			"meter_id": meter.id, "meter_name": meter.name, "unit": meter.unit, "current_reading": meter.current,
		})
	}
	return list
}

// onHand is the stock of an item over all places.
func (s *independent) onHand(item int64) int64 {
	total := int64(0)
	for shelf, quantity := range s.stock {
		if shelf.item == item {
			total = indAdd(total, quantity)
		}
	}
	return total
}

// indAdd adds without running over, since a quantity has no upper bound.
func indAdd(a, b int64) int64 {
	switch {
	case b > 0 && a > math.MaxInt64-b:
		return math.MaxInt64
	case b < 0 && a < math.MinInt64-b:
		return math.MinInt64
	}
	return a + b
}

// sorted lists a table's records: oldest first in one dialect, newest first in the other.
func (s *independent) sorted(table string) []*indRecord {
	ids := slices.Sorted(maps.Keys(s.tables[table]))
	if s.other() {
		slices.Reverse(ids)
	}
	list := []*indRecord{}
	for _, id := range ids {
		list = append(list, s.tables[table][id])
	}
	return list
}

// seed gives a company what the API cannot make, and one of everything else.
func (s *independent) seed(company string) {
	var places []*indRecord
	for _, place := range [][2]string{
		{"Main Warehouse", "Warehouse"}, {"Van 7", "Vehicle"}, {"North Depot", "Warehouse"},
	} {
		places = append(places, s.insert("place", company, 0,
			map[string]any{"location_name": place[0] + " " + company, "location_type": place[1]}))
	}
	customer := s.insert("customer", company, 0, map[string]any{
		"customer_name": "Seed Customer " + company, "customer_email": "Seed." + company + "@Example.com"})
	location := s.insert("location", company, customer.id, map[string]any{
		"location_name": "Head Office", "street": "1 First St", "city": "Austin", "state": "TX", "zip": "73301"})
	at := json.Number(strconv.FormatInt(location.id, 10))
	s.insert("job", company, 0, map[string]any{"job_title": "Seed job", "customer_location_id": at})
	for _, name := range []string{"Boiler", "Chiller"} {
		asset := s.insert("asset", company, 0, map[string]any{
			"asset_name": name + " " + company, "asset_type_id": json.Number("1"), "location_id": at})
		for _, meter := range [][2]string{{"Run time", "hours"}, {"Pressure", "bar"}} {
			reading := json.Number("0")
			if s.other() {
				reading = "1200.5"
			}
			asset.meters = append(asset.meters, &indMeter{s.newID("meter"), meter[0], meter[1], reading})
		}
	}
	item := s.insert("item", company, 0, map[string]any{"part_number": "P-1", "name": "Filter"})
	s.stock[indShelf{item.id, places[0].id}] = 25
}

// meteredAssets are the ids of company A's assets with meters.
func (s *independent) meteredAssets(company string) config.Many {
	if s.twin != nil && company == "B" {
		return s.twin.meteredAssets("B")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids config.Many
	for _, asset := range s.sorted("asset") {
		if asset.company == company && len(asset.meters) > 0 {
			ids = append(ids, asset.id)
		}
	}
	return ids
}
