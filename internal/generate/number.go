package generate

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// Numbers of JSON stay text: an id of 64 bits does not fit into a float64, where its neighbours are the same number.

// maxDigits bounds the numbers that are written out, in digits: beyond it an exponent stays one.
const maxDigits = 40

// Plain writes a JSON number without an exponent and without zeros that say nothing, so that equal numbers are equal
// texts: 17.0 and 1.7e1 become 17. What would be longer than 40 digits stays as it is.
func Plain(n json.Number) json.Number {
	text := n.String()
	if !strings.ContainsAny(text, ".eE") {
		return n
	}
	sign, rest := "", text
	if strings.HasPrefix(rest, "-") {
		sign, rest = "-", rest[1:]
	}
	mantissa, power, _ := strings.Cut(strings.ToLower(rest), "e")
	whole, part, _ := strings.Cut(mantissa, ".")
	exponent := 0
	if power != "" {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return n
		}
	}
	digits := whole + part
	point := len(whole) + exponent
	point -= len(digits) - len(strings.TrimLeft(digits, "0"))
	digits = strings.Trim(digits, "0")
	switch {
	case digits == "":
		return "0"
	case point > maxDigits || point < -maxDigits || len(digits) > maxDigits:
		return n
	case point >= len(digits):
		return json.Number(sign + digits + strings.Repeat("0", point-len(digits)))
	case point <= 0:
		return json.Number(sign + "0." + strings.Repeat("0", -point) + digits)
	}
	return json.Number(sign + digits[:point] + "." + digits[point:])
}

// PlainNumbers writes all numbers inside a decoded JSON value plainly, in place, and returns it.
func PlainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return Plain(v)
	case []any:
		for i, item := range v {
			v[i] = PlainNumbers(item)
		}
	case map[string]any:
		for name, member := range v {
			switch member.(type) {
			case json.Number, []any, map[string]any:
				v[name] = PlainNumbers(member)
			}
		}
	}
	return v
}

// Whole is a JSON value that is a whole number, whichever type it was given; nil: it is none.
func Whole(v any) *big.Int {
	n, _ := new(big.Int).SetString(numberText(v), 10)
	return n
}

// numberText is a JSON number, plainly written; empty: the value is none.
func numberText(v any) string {
	switch v.(type) {
	case json.Number, float64, int, int64, uint64:
		return Plain(json.Number(Text(v))).String()
	}
	return ""
}

// Above is a whole number that lies beyond the value by that much, within one; false: the value is not a number.
func Above(v any, by int64) (json.Number, bool) {
	whole, _, _ := strings.Cut(numberText(v), ".")
	n, ok := new(big.Int).SetString(whole, 10)
	if !ok {
		return "", false
	}
	return json.Number(n.Add(n, big.NewInt(by)).String()), true
}

// Count is a JSON value that is a number of things; false: it is none.
func Count(v any) (int, bool) {
	n := Whole(v)
	if n == nil || !n.IsInt64() {
		return 0, false
	}
	return int(n.Int64()), true
}

// fits says whether a number is within the format of an integer. Validators of schemas compare as float64, where the
// greatest number of 64 bits and the first beyond it are the same.
func fits(format string, n json.Number) bool {
	bits := map[string]uint{"int32": 31, "int64": 63}[format]
	whole := Whole(n)
	if bits == 0 || whole == nil {
		return true
	}
	limit := new(big.Int).Lsh(big.NewInt(1), bits)
	return whole.Cmp(limit) < 0 && whole.Cmp(new(big.Int).Neg(limit)) >= 0
}
