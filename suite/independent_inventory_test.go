package suite_test

import "maps"

// stockOf says where an item lies. Only that data is an object or an array is known, so the dialects differ.
func (c *indCall) stockOf() (any, *indProblem) {
	rows := []any{}
	for _, place := range c.s.sorted("place") {
		quantity, known := c.s.stock[indShelf{c.target().id, place.id}]
		if known && place.company == c.key.company {
			rows = append(rows, map[string]any{"location_id": place.id, "quantity": quantity})
		}
	}
	if c.s.other() {
		return map[string]any{"item_id": c.target().id, "on_hand": c.s.onHand(c.target().id), "locations": rows}, nil
	}
	return rows, nil
}

// transactions lists the movements of an item.
func (c *indCall) transactions() (any, *indProblem) {
	rows := []any{}
	for _, movement := range c.s.movements {
		if movement.item == c.target().id {
			rows = append(rows, movement.data)
		}
	}
	return c.loose("transactions", rows)
}

// lowStock lists the items at or below their reorder point.
func (c *indCall) lowStock() (any, *indProblem) {
	rows := []any{}
	for _, item := range c.s.sorted("item") {
		_, set := item.fields["reorder_point"]
		if item.company == c.key.company && set && c.s.onHand(item.id) <= indInt(item.fields["reorder_point"]) {
			rows = append(rows, c.s.view("item", item))
		}
	}
	return c.loose("items", rows)
}

// adjust changes the stock of an item at one place. Stock arithmetic is no part of the contract: one dialect
// lets a stock go below nothing, the other does not.
func (c *indCall) adjust() (any, *indProblem) {
	shelf := indShelf{c.target().id, indInt(c.fields["location_id"])}
	left := indAdd(c.s.stock[shelf], indInt(c.fields["quantity"]))
	if left < 0 && c.s.other() {
		return nil, indRefuse("little-stock", "quantity", "quantity is more than there is.")
	}
	c.s.stock[shelf] = left
	return c.moved(shelf.item, map[string]any{"type": "adjustment", "quantity_after": left}), nil
}

// transferStock moves stock between two places. Too little of it, and a move to where it is, are undefined:
// one dialect refuses the first, the other the second.
func (c *indCall) transferStock() (any, *indProblem) {
	item, quantity := indInt(c.fields["item_id"]), indInt(c.fields["quantity"])
	from := indShelf{item, indInt(c.fields["from_location_id"])}
	to := indShelf{item, indInt(c.fields["to_location_id"])}
	switch {
	case from == to && c.s.other():
		return nil, indRefuse("same-place", "to_location_id", "to_location_id must differ from from_location_id.")
	case c.s.stock[from] < quantity && !c.s.other():
		return nil, indRefuse("little-stock", "quantity", "quantity is more than there is.")
	}
	c.s.stock[from] = indAdd(c.s.stock[from], -quantity)
	c.s.stock[to] = indAdd(c.s.stock[to], quantity)
	return c.moved(item, map[string]any{"type": "transfer"}), nil
}

// moved writes a movement down and gives it back.
func (c *indCall) moved(item int64, data map[string]any) map[string]any {
	maps.Copy(data, c.fields)
	data["transaction_id"], data["item_id"], data["created_at"] = c.s.newID("movement"), item, c.s.stamp(c.s.now())
	c.s.movements = append(c.s.movements, indMovement{item, data})
	return data
}
