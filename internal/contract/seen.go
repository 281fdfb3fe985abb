package contract

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// What an answer shows of what a document leaves unsaid. Bodies are decoded JSON, numbers json.Number.

// EnvelopeIn is where an error body has its code and its message, by the usual places; both are empty where it has
// none.
func EnvelopeIn(body any) Envelope {
	text := func(places []Pointer) Pointer {
		for _, at := range places {
			if v, ok := at.Get(body); ok {
				if s, is := v.(string); is && s != "" {
					return at
				}
			}
		}
		return ""
	}
	e := Envelope{Code: text(codePlaces), Message: text(messagePlaces)}
	if e.Code == e.Message {
		e.Code = ""
	}
	return e
}

// IDsIn are the ids of the records that a list answers with, as a path parameter of that name asks for them: texts and
// numbers, in their order; none where there is no list, or its items have no such member.
func IDsIn(body any, name string) []any {
	var out []any
	for _, list := range listsIn(body) {
		for _, item := range list {
			object, _ := item.(map[string]any)
			for _, member := range idNames(name) {
				if id, ok := object[member]; ok && isID(id) {
					out = append(out, id)
					break
				}
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func isID(v any) bool {
	switch v := v.(type) {
	case string:
		return v != ""
	case json.Number:
		_, err := v.Int64()
		return err == nil
	}
	return false
}

// listsIn are the body itself, or the lists among its members and, after them, among the members of these.
func listsIn(body any) [][]any {
	if list, ok := body.([]any); ok {
		return [][]any{list}
	}
	object, _ := body.(map[string]any)
	var out, deeper [][]any
	for _, member := range slices.Sorted(maps.Keys(object)) {
		switch v := object[member].(type) {
		case []any:
			out = append(out, v)
		case map[string]any:
			for _, inner := range slices.Sorted(maps.Keys(v)) {
				if list, ok := v[inner].([]any); ok {
					deeper = append(deeper, list)
				}
			}
		}
	}
	return append(out, deeper...)
}

// CollectionOf is the read whose answer lists the records that an operation reads one of, nil where none does: of
// /orders/{id} that is GET /orders, else the shortest path that ends with the same collection, /shop/orders or /order.
func CollectionOf(c *Contract, o *Operation) *Operation {
	ids := o.Identifiers()
	if o.Method != http.MethodGet || len(ids) != 1 || ids[0].In != "path" {
		return nil
	}
	parent, ok := strings.CutSuffix(strings.TrimSuffix(o.Path.URL, "/"), "/{"+ids[0].Name+"}")
	if !ok || parent == "" {
		return nil
	}
	noun, _ := afterLast(parent, "/")
	var best *Operation
	for _, list := range c.Operations {
		url := strings.TrimSuffix(list.Path.URL, "/")
		last, _ := afterLast(url, "/")
		switch {
		case list.Method != http.MethodGet || list.HasID():
		case url == parent:
			return list
		case singular(last) == singular(noun) && (best == nil || len(list.Path.URL) < len(best.Path.URL)):
			best = list
		}
	}
	return best
}
