package sandbox

import (
	"sync"

	"conformance/internal/contract"
)

// models are those of the contracts that were served last: many servers of one contract are cheap, and a forgotten
// contract is not kept alive for ever.
var models struct {
	sync.Mutex
	last []*model
}

func modelOf(c *contract.Contract) *model {
	models.Lock()
	defer models.Unlock()
	for _, m := range models.last {
		if m.contract == c {
			return m
		}
	}
	m := newModel(c)
	models.last = append([]*model{m}, models.last[:min(3, len(models.last))]...)
	return m
}
