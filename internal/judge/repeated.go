package judge

import (
	"bytes"
	"encoding/json"
)

// Repeated is the name of the first member that an object of a JSON body has twice, and whether there is one. Which of
// the two a reader takes is its own affair (RFC 8259, 4). What is not JSON has none.
func Repeated(body []byte) (string, bool) {
	type object struct {
		members map[string]bool // nil: an array
		named   bool            // a member's name was read, its value comes next
	}
	var open []object
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return "", false
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if top := len(open) - 1; top >= 0 && open[top].members != nil {
			if open[top].named = !open[top].named; open[top].named {
				name, _ := token.(string) // names are texts
				if open[top].members[name] {
					return name, true
				}
				open[top].members[name] = true
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			open = append(open, object{members: map[string]bool{}})
		case json.Delim('['):
			open = append(open, object{})
		}
	}
}
