package suite_test

import "maps"

// leak lets a refused request leave a trace. Only the faults of the clause "a refused request changes
// nothing" do anything here: the answer stays right, and the record changes anyway.
func (s *independent) leak(c *indCall, p *indProblem) {
	if c.op == nil || s.opt.Fault == "" {
		return
	}
	fields := p.situation == "invalid-field" || p.situation == "missing-field" || p.situation == "empty-text"
	at := c.op.id + " " + p.situation
	switch {
	case c.op.id == "updateCustomer" && fields && s.broken("refused-write-still-saves"):
		if record := s.tables["customer"][c.ids["id"]]; record != nil && record.company == c.key.company {
			s.write(record, "customer", s.salvage(c), false)
		}
	case c.op.id == "createCustomer" && fields && s.broken("create-before-validation"):
		s.insert("customer", c.key.company, 0, s.salvage(c))
	case at == "createCustomer revoked-key" && s.broken("unauthorized-write-still-saves"),
		at == "createInventoryItem missing-scope" && s.broken("forbidden-write-still-saves"),
		at == "createJob denied-ip" && s.broken("denied-address-write-still-saves"),
		at == "createAssetMeterReading missing-scope" && s.broken("forbidden-reading-still-saves"),
		at == "transferAsset revoked-key" && s.broken("unauthorized-transfer-still-moves"),
		at == "createCustomer flood" && s.broken("flooded-write-still-saves"):
		s.carryOut(c)
	case at == "updateAssetStatus illegal-transition" && s.broken("illegal-transition-still-saves"):
		c.target().status, _ = c.fields["asset_status"].(string)
	case at == "updateInventoryItem foreign-record" && s.broken("foreign-update-still-saves"):
		bent := *c.op
		bent.anyTenant, c.op = true, &bent
		s.carryOut(c)
	case at == "updateCustomer duplicate" && s.broken("duplicate-update-still-saves"):
		rest := maps.Clone(c.fields)
		delete(rest, "customer_email")
		s.write(c.target(), "customer", rest, false)
	case at == "createAsset unknown-reference" && s.broken("unknown-reference-still-saves"):
		s.insert("asset", c.key.company, 0, c.fields)
	}
}

// salvage takes the good fields of a bad body, as a setter called field by field would.
func (s *independent) salvage(c *indCall) map[string]any {
	good := map[string]any{}
	for _, field := range s.schemas[c.op.id].fields {
		value, sent := c.body[field.name]
		if kept, p := s.checkField(field, value); sent && p == nil {
			good[field.name] = kept
		}
	}
	return good
}

// carryOut performs a request that was refused at the gates, unless it is wrong in itself.
func (s *independent) carryOut(c *indCall) {
	for _, step := range s.checks(c) {
		if step(c) != nil {
			return
		}
	}
	_, _ = c.op.do(c)
}
