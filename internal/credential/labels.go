package credential

import (
	"cmp"
	"fmt"
	"iter"
	"strings"
)

// What a secret is called where it must not be shown.

// Labels are the secrets, each with the shell expression that replaces it wherever it must not be shown. A password
// is one in addition to the user and password that it is a part of.
func (s Set) Labels() iter.Seq2[string, string] {
	return func(yield func(label, secret string) bool) {
		for name, k := range s.named() {
			if len(k.Parts) == 0 {
				for _, secret := range k.Secrets() {
					if !labelled(cmp.Or(k.Expression, "${"+name+"}"), secret, yield) {
						return
					}
				}
			}
			for _, p := range k.Parts {
				label := cmp.Or(p.Expression, "${"+name+"_"+variable(p.Scheme)+"}")
				if len(p.Secret) >= ShortestPart && !labelled(label, p.Secret, yield) {
					return
				}
			}
		}
	}
}

// Commands are those that keys come from, each with the label of what it prints.
func (s Set) Commands() iter.Seq2[string, *Command] {
	return func(yield func(label string, c *Command) bool) {
		for name, k := range s.named() {
			if k.Command != nil && !yield("${"+name+"}", k.Command) {
				return
			}
		}
	}
}

// named are the keys, each with what a shell calls it.
func (s Set) named() iter.Seq2[string, Key] {
	return func(yield func(name string, k Key) bool) {
		seen := map[Purpose]int{}
		for _, k := range s {
			seen[k.Purpose]++
			name := variables[k.Purpose]
			if n := seen[k.Purpose]; n > 1 || k.Purpose == Scoped {
				name = fmt.Sprint(name, "_", n)
			}
			if !yield(name, k) {
				return
			}
		}
	}
}

// ShortestPart is the length in bytes of the shortest part of a key that is a secret: a shorter one, as the version of
// an API, is part of ordinary answers, and is shown.
const ShortestPart = 4

// shortestPassword is the length of a password from which on it is recognized without its user: a shorter one is a word
// that may be part of any answer.
const shortestPassword = 8

func labelled(label, secret string, yield func(label, secret string) bool) bool {
	if !yield(label, secret) {
		return false
	}
	_, password, isPair := strings.Cut(secret, ":")
	if !isPair || len(password) < shortestPassword {
		return true
	}
	if _, ownLabel, written := strings.Cut(label, ":"); written { // ${USER}:${PASSWORD}
		return yield(ownLabel, password)
	}
	return yield(strings.TrimSuffix(label, "}")+"#*:}", password) // a shell leaves out what is before the colon
}

// variable is a scheme's name as part of a variable's.
func variable(scheme string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.ToUpper(scheme))
}
