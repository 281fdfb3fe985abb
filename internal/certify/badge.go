package certify

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"

	"conformance/internal/result"
)

// badge is a small picture for a page about the product. It is no proof: it says where the proof is.
func (r *Reference) badge(subject Subject, last result.Run, warned int, signed bool) []byte {
	label, text, colour := "error contract", "conformant", "#1a7f37"
	if warned > 0 {
		text += fmt.Sprintf(", %d warned", warned)
	}
	if !signed {
		text, colour = text+" (unsigned)", "#59636e"
	}
	title := fmt.Sprintf("%s: error side of %s %s, %s on %s", subject.Name, r.Contract.Title, r.Contract.Version, text,
		ended(last).Format("2006-01-02"))
	left, right := breadth(label), breadth(text)
	return fmt.Appendf(
		nil,
		`<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" viewBox="0 0 %[1]d 20" role="img" aria-labelledby="title">
<title id="title">%[2]s</title>
<rect width="%[3]d" height="20" fill="#32383f"/>
<rect x="%[3]d" width="%[4]d" height="20" fill="%[5]s"/>
<g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11" text-anchor="middle" aria-hidden="true">
<text x="%[6]d" y="14" textLength="%[7]d">%[8]s</text>
<text x="%[9]d" y="14" textLength="%[10]d">%[11]s</text>
</g>
</svg>
`,
		left+right,
		escape(title),
		left,
		right,
		colour,
		left/2,
		left-12,
		escape(label),
		left+right/2,
		right-12,
		escape(text),
	)
}

// breadth is about how many pixels a text takes at 11 pixels, with a margin of 6 on both sides; textLength does the
// rest.
func breadth(text string) int { return 7*utf8.RuneCountInString(text) + 12 }

func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(strings.ToValidUTF8(text, ""))) // a Buffer never fails
	return b.String()
}
