package suite

import (
	"regexp"
	"slices"
	"strings"
)

// mentions says that a text names the field, whatever stands between its words, or what the field's id is of:
// "customer_location_id", "customerLocationId", "Customer location".
func mentions(text, field string) bool {
	const short = 4 // "id" is part of "valid"
	plain := strings.NewReplacer("_", "", "-", "", " ", "")
	name, words := wordsIn(field), wordsIn(text)
	if len(field) >= short &&
		strings.Contains(strings.ToLower(plain.Replace(text)), strings.ToLower(plain.Replace(field))) ||
		containsInOrder(words, name) {
		return true
	}
	last := len(name) - 1
	return last > 0 && (name[last] == "id" || name[last] == "ids") && containsInOrder(words, name[:last])
}

// containsInOrder says that some of the words are these, one after the other.
func containsInOrder(words, these []string) bool {
	for i := range len(words) - len(these) + 1 {
		if slices.Equal(words[i:i+len(these)], these) {
			return true
		}
	}
	return false
}

// wordsIn are the words of a text and of the names in it, in lower case.
func wordsIn(text string) []string {
	return word.FindAllString(strings.ToLower(hump.ReplaceAllString(text, "$1 $2")), -1)
}

var (
	word = regexp.MustCompile(`[\p{L}\p{N}]+`)
	hump = regexp.MustCompile(`([\p{Ll}\p{N}])(\p{Lu})`)
)
