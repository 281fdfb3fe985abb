package session

import (
	"reflect"
	"testing"

	"conformance/internal/contract"
)

// TestLackingKeysCoverEveryScope: whatever keys there are, each scope that might wrongly open an operation is tried by one of them.
func TestLackingKeysCoverEveryScope(t *testing.T) {
	o := &contract.Operation{RequiredScopes: []string{"c"}, Security: &contract.Scheme{Implied: map[string][]string{"d": {"c"}}}}
	for name, c := range map[string]struct {
		given      [][]string
		want, less []string
	}{
		"all but one":            {[][]string{{"a"}, {"a", "b"}, {"c"}}, []string{"a", "b"}, []string{"a"}},
		"one each":               {[][]string{{"a"}, {"b"}, {"c"}}, []string{"a", "b"}, []string{"a"}},
		"they overlap":           {[][]string{{"a", "b"}, {"b", "e"}, {"a"}}, []string{"a", "b", "e"}, []string{"a"}},
		"one implies the scope":  {[][]string{{"d"}, {"a"}}, []string{"a"}, []string{"a"}},
		"one that has none":      {[][]string{{}, {"a"}}, []string{"a"}, []string{}},
		"none but one with none": {[][]string{{}}, nil, []string{}},
		"all suffice":            {[][]string{{"c"}}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Session{}
			for _, scopes := range c.given {
				s.Config.Credentials.Scoped = append(s.Config.Credentials.Scoped, ScopedKey{Scopes: scopes})
			}
			tried := map[string]bool{}
			for _, k := range s.Config.Credentials.KeysWithout(o) {
				for _, scope := range k.Scopes {
					tried[scope] = true
				}
			}
			want := map[string]bool{}
			for _, scope := range c.want {
				want[scope] = true
			}
			if !reflect.DeepEqual(tried, want) {
				t.Errorf("tried %v, want %v", tried, want)
			}
			var least []string
			for _, k := range s.Config.Credentials.NarrowestWithout(o) {
				least = k.Scopes
			}
			if !reflect.DeepEqual(least, c.less) {
				t.Errorf("the one with fewest has %v, want %v", least, c.less)
			}
		})
	}
}
