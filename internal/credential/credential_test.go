package credential_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"conformance/internal/credential"
)

// keys are two of every scope, one of another company, and three scoped ones, the last without a scope.
func keys() credential.Set {
	return credential.Set{}.With(credential.Full, "f1", "f2").With(credential.OtherTenant, "o").
		WithScoped("s1", "a", "b").WithScoped("s2", "b").WithScoped("s3")
}

func secrets(ks []credential.Key) string {
	var out []string
	for _, k := range ks {
		out = append(out, k.Secret)
	}
	return strings.Join(out, " ")
}

// TestMark: a key that is marked is not used any more, and stays in the set; the set that it was marked in is as it
// was.
func TestMark(t *testing.T) {
	for name, c := range map[string]struct {
		mark                func(credential.Set) credential.Set
		full, other, scoped string // usable
	}{
		"none": {func(s credential.Set) credential.Set { return s }, "f1 f2", "o", "s1 s2 s3"},
		"one of two": {
			func(s credential.Set) credential.Set { return s.Mark(credential.Full, 0, "x") }, "f2", "o", "s1 s2 s3",
		},
		"the second": {
			func(s credential.Set) credential.Set { return s.Mark(credential.Full, 1, "x") }, "f1", "o", "s1 s2 s3",
		},
		"all of them": {func(s credential.Set) credential.Set {
			return s.Mark(credential.Full, 0, "x").Mark(credential.Full, 1, "y")
		}, "", "o", "s1 s2 s3"},
		"the only one": {
			func(s credential.Set) credential.Set { return s.Mark(credential.OtherTenant, 0, "x") }, "f1 f2", "", "s1 s2 s3",
		},
		"a scoped one": {
			func(s credential.Set) credential.Set { return s.Mark(credential.Scoped, 2, "x") }, "f1 f2", "o", "s1 s2",
		},
		"one that is not": {
			func(s credential.Set) credential.Set { return s.Mark(credential.Flood, 0, "x") }, "f1 f2", "o", "s1 s2 s3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			given := keys()
			marked := c.mark(given)
			got := []string{
				secrets(marked.Usable(credential.Full)), secrets(marked.Usable(credential.OtherTenant)),
				secrets(marked.Usable(credential.Scoped)),
			}
			if diff := cmp.Diff([]string{c.full, c.other, c.scoped}, got); diff != "" {
				t.Error(diff)
			}
			if secrets(marked) != secrets(given) {
				t.Errorf("there were %s, now there are %s", secrets(given), secrets(marked))
			}
			if diff := cmp.Diff(keys(), given); diff != "" {
				t.Errorf("the set was changed: %s", diff)
			}
			if c.other == "" && !marked.Has(credential.OtherTenant, "o") {
				t.Error("a marked key is not known any more")
			}
		})
	}
}

// TestPick: the same number takes the same key, and where there is none the reason names the setting.
func TestPick(t *testing.T) {
	for name, c := range map[string]struct {
		set     credential.Set
		purpose credential.Purpose
		n       uint64
		want    string // a secret or an error
	}{
		"the first":             {keys(), credential.Full, 0, "f1"},
		"the next":              {keys(), credential.Full, 1, "f2"},
		"and again":             {keys(), credential.Full, 1<<63 + 2, "f1"},
		"only what may be used": {keys().Mark(credential.Full, 0, "x"), credential.Full, 0, "f2"},
		"not configured":        {keys(), credential.Flood, 0, "credentials.flood is not configured"},
		"of an empty set":       {nil, credential.Full, 7, "credentials.full is not configured"},
		"not usable": {
			keys().Mark(credential.OtherTenant, 0, "answered 401"), credential.OtherTenant, 0,
			"credentials.other_tenant is not usable: answered 401",
		},
		"the first reason holds": {
			keys().Mark(credential.OtherTenant, 0, "one").Mark(credential.OtherTenant, 0, "two"), credential.OtherTenant, 0,
			"credentials.other_tenant is not usable: one",
		},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := c.set.Pick(c.purpose, c.n)
			got := k.Secret
			if err != nil {
				got = err.Error()
				if none := new(credential.Unavailable); !errors.As(err, &none) || none.Purpose != c.purpose {
					t.Errorf("%T %v", err, err)
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestPurposeOf: what the configuration calls a purpose names it, and nothing else does.
func TestPurposeOf(t *testing.T) {
	for _, p := range []credential.Purpose{
		credential.Full, credential.Revoked, credential.IPDenied, credential.OtherTenant, credential.Flood, credential.Scoped,
	} {
		if got, ok := credential.PurposeOf(p.Setting()); got != p || !ok {
			t.Errorf("%s: %q %v", p, got, ok)
		}
	}
	for _, setting := range []string{
		"", "full", "credentials.", "credentials.ful", "credentials.full[0]", "fixtures.full",
	} {
		if got, ok := credential.PurposeOf(setting); ok {
			t.Errorf("%q is %q", setting, got)
		}
	}
}

// TestLabels: every key has an expression of its own, that from which it was read if it was; a mark changes none.
func TestLabels(t *testing.T) {
	set := keys().With(credential.Revoked, "r").With(credential.IPDenied, "d").With(credential.Flood, "x")
	set[1].Expression = "${SECOND}"
	want := "${KEY_FULL}=f1 ${SECOND}=f2 ${KEY_OTHER}=o ${KEY_SCOPED_1}=s1 ${KEY_SCOPED_2}=s2 ${KEY_SCOPED_3}=s3 " +
		"${KEY_REVOKED}=r ${KEY_IP_DENIED}=d ${KEY_FLOOD}=x"
	for _, set := range []credential.Set{set, set.Mark(credential.Full, 0, "x").Mark(credential.Scoped, 1, "x")} {
		var got []string
		for label, secret := range set.Labels() {
			got = append(got, label+"="+secret)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Error(diff)
		}
	}
	for label := range keys().Labels() {
		if label != "${KEY_FULL}" {
			t.Errorf("went on to %s", label)
		}
		break
	}
	if got := (credential.Set{}.With(credential.Full, "a", "b", "c")); !slices.Contains(labels(got), "${KEY_FULL_3}") {
		t.Errorf("the third of three is none of %q", labels(got))
	}
}

func labels(s credential.Set) []string {
	var out []string
	for label := range s.Labels() {
		out = append(out, label)
	}
	return out
}

// TestWritten: what a set is written as is read as the same set.
func TestWritten(t *testing.T) {
	for name, set := range map[string]credential.Set{
		"empty": nil,
		"some":  keys(),
		"one of each": credential.Set{}.With(credential.Full, "f").With(credential.Revoked, "r").With(credential.IPDenied,
			"d").
			With(credential.OtherTenant, "o").With(credential.Flood, "x").WithScoped("s", "a"),
	} {
		t.Run(name, func(t *testing.T) {
			text, err := yaml.Marshal(set)
			if err != nil {
				t.Fatal(err)
			}
			var got credential.Set
			if err := yaml.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(set, got); diff != "" {
				t.Errorf("%s\n%s", diff, text)
			}
		})
	}
	var got credential.Set
	if err := yaml.Unmarshal([]byte("scoped: [{key: s}]"), &got); err != nil || got[0].Scopes != nil {
		t.Errorf("scopes that nobody gave are %q, %v", got[0].Scopes, err)
	}
}

// TestScoped: whatever scoped keys there are, each scope that might wrongly open an operation is tried by one of them,
// by as few as possible; and the narrowest is the one with the fewest scopes.
func TestScoped(t *testing.T) {
	// d implies c
	lacks := func(scopes []string) bool { return !slices.Contains(scopes, "c") && !slices.Contains(scopes, "d") }
	for name, c := range map[string]struct {
		given         [][]string
		cover, narrow string
	}{
		"all but one":            {[][]string{{"a"}, {"a", "b"}, {"c"}}, "a, b", "a"},
		"one each":               {[][]string{{"a"}, {"b"}, {"c"}}, "a; b", "a"},
		"they overlap":           {[][]string{{"a", "b"}, {"b", "e"}, {"a"}}, "a, b; b, e", "a"},
		"one implies the scope":  {[][]string{{"d"}, {"a"}}, "a", "a"},
		"one that has none":      {[][]string{{}, {"a"}}, "a", "no scope"},
		"none but one with none": {[][]string{{}}, "no scope", "no scope"},
		"all suffice":            {[][]string{{"c"}}, "", ""},
		"there is none":          {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			set := credential.Set{}.With(credential.Full, "f")
			for i, scopes := range c.given {
				set = set.WithScoped(string(rune('0'+i)), scopes...)
			}
			var cover []string
			for _, k := range set.Cover(lacks) {
				cover = append(cover, k.ScopeList())
			}
			if got := strings.Join(cover, "; "); got != c.cover {
				t.Errorf("tried %s, want %s", got, c.cover)
			}
			narrow, ok := set.Narrowest(lacks)
			if ok != (c.narrow != "") || ok && narrow.ScopeList() != c.narrow {
				t.Errorf("the narrowest has %s, %v; want %s", narrow.ScopeList(), ok, c.narrow)
			}
			for i := range c.given {
				set = set.Mark(credential.Scoped, i, "x")
			}
			if got := set.Cover(lacks); len(got) > 0 {
				t.Errorf("keys that are unusable are tried: %v", got)
			}
		})
	}
}
