package reliability

// missing is what the suite does not yet do as the exam of harm asks, by what shows it. It is looked for anyway,
// and what shows it is skipped, not failed. An entry goes when the suite has it.
var missing = map[string]string{
	"refused-create-made left":    madeByRefused,
	"refused-update-inserts left": madeByRefused,
	"wrong-method-as-post left":   "what a wrong method made, that was answered without its id, is not found again",
	"answers are lost left":       "ERROR-*: a create with an odd value whose answer is lost is not listed",
}

const madeByRefused = "what a refused request made is found by its mark, but only on the first and last pages of a list"
