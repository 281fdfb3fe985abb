package suite

import (
	"strconv"
	"strings"
)

// withoutText takes an id out of a text, where it is a word of its own.
func withoutText(text, id string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' })
	for i, w := range words {
		if strings.Trim(w, `"'.,:;()[]#=`) == id {
			words[i] = "<id>"
		} else if _, err := strconv.Atoi(strings.Trim(w, `"'.,:;()[]#=`)); err == nil {
			words[i] = "<number>"
		} else {
			words[i] = strings.ReplaceAll(w, id, "<id>")
		}
	}
	return strings.ReplaceAll(strings.Join(words, " "), "<number>", "<id>")
}
