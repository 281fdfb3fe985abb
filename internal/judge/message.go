package judge

import (
	"regexp"
	"strings"

	"conformance/internal/result"
)

// oneWord is a code that people can read as it is: "unauthorized" says as much as "Unauthorized".
var oneWord = regexp.MustCompile(`^(\p{Lu}?\p{Ll}{3,}|\p{Lu}{4,})$`)

func (j *judgement) message(body any) {
	e := j.envelope
	if e.Message == "" {
		return
	}
	message, _ := e.Message.Get(body)
	text, ok := message.(string)
	if !ok && j.inferred() {
		return
	}
	code, _ := e.Code.Get(body)
	difference := func(rule result.Rule) { j.add(Member(result.KindEnvelope, rule, body, e.Message)) }
	switch {
	case !ok:
		difference(result.MessageIsText)
	case strings.TrimSpace(text) == "":
		difference(result.MessageSays)
	case e.Code != "" && text == code && !oneWord.MatchString(text):
		difference(result.MessageAdds)
	case markup.MatchString(text):
		difference(result.MessagePlain)
	}
}
