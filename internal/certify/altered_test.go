package certify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"conformance/internal/result"
)

// One byte of any file is enough, wherever it stands.
func TestOneByte(t *testing.T) {
	key := pair(t)
	honest := bundle(t, key, product, nil)
	for _, f := range limits {
		step := max(1, len(honest.Files[f.name])/40)
		if f.name == StatementFile {
			step = 13
		}
		if testing.Short() {
			step *= 10
		}
		for i := 0; i < len(honest.Files[f.name]); i += step {
			b := honest.with(f.name, bytes.Clone(honest.Files[f.name]))
			b.Files[f.name][i] ^= 1
			want := "digests"
			if f.name == StatementFile {
				want = "signature"
			}
			if p := property(t, verifyQuickly(t, b, key), want); p.State != Refuted {
				t.Fatalf("byte %d of %s: %+v", i, f.name, p)
			}
		}
		b := honest.with(f.name, append(bytes.Clone(honest.Files[f.name]), '\n'))
		if Certified(verifyQuickly(t, b, key)) {
			t.Errorf("a byte more in %s", f.name)
		}
	}
}

// verifyQuickly leaves the runs out: the digests tell before them.
func verifyQuickly(t *testing.T, b *Bundle, key *PrivateKey) []Property {
	v := &verification{reference: clean(t).reference, bundle: b, options: Options{Now: verified}}
	if key != nil {
		v.options.Key = &key.PublicKey
	}
	v.signature(t.Context())
	if v.statement != nil {
		v.digests()
	}
	return v.found
}

// Every value of the statement, changed alone and signed again by the signer, contradicts the rest; a product's own
// digest and name are the exception: they are the signer's word.
func TestEveryValueOfTheStatement(t *testing.T) {
	key := pair(t)
	honest := bundle(t, key, Subject{Name: "P", Digest: strings.Repeat("ab", 32)}, nil)
	_, payload, err := openEnvelope(honest.Files[StatementFile])
	if err != nil {
		t.Fatal(err)
	}
	e := clean(t)
	runs := [2]*result.Run{&e.runs[0], &e.runs[1]} // read before: they are not what is changed
	free := []string{".subject[0].name", ".subject[0].digest.sha256"}
	changed := 0
	for _, at := range leaves(t, payload) {
		altered := at.change(payload)
		v := &verification{
			reference: clean(t).reference, bundle: honest.stating(t, altered, key),
			options: Options{Key: &key.PublicKey, Now: verified}, runs: runs,
		}
		v.examine(t.Context())
		certified := Certified(v.found)
		if certified != slices.Contains(free, at.path) {
			t.Errorf("%s changed: certified is %t", at.path, certified)
		}
		if p := property(t, verifyQuickly(t, honest.with(StatementFile, withPayload(t, honest, altered)), key),
			"signature"); p.State != Refuted {
			t.Errorf("%s changed under the same signature: %+v", at.path, p)
		}
		changed++
	}
	if changed < 30 {
		t.Errorf("only %d values were changed", changed)
	}
}

// withPayload is the honest envelope around another statement.
func withPayload(t *testing.T, honest *Bundle, payload []byte) []byte {
	e, _, err := openEnvelope(honest.Files[StatementFile])
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal(t.Context(), payload, nil)
	if err != nil {
		t.Fatal(err)
	}
	o, _, err := openEnvelope(other)
	if err != nil {
		t.Fatal(err)
	}
	e.Payload = o.Payload
	data, err := encodeEnvelope(e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type leaf struct {
	path   string
	change func([]byte) []byte
}

// leaves are the values of a document that are neither objects nor arrays; of an array of texts the first two. change
// spoils one and leaves every other byte alone.
func leaves(t *testing.T, document []byte) []leaf {
	var out []leaf
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.UseNumber()
	var walk func(path string, few bool)
	walk = func(path string, few bool) {
		token, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch v := token.(type) {
		case json.Delim:
			for i := 0; dec.More(); i++ {
				if v == '{' {
					name, _ := dec.Token()
					walk(fmt.Sprint(path, ".", name), false)
				} else {
					walk(fmt.Sprintf("%s[%d]", path, i), i > 1 && !strings.HasSuffix(path, "configuration"))
				}
			}
			_, _ = dec.Token()
		default:
			end := dec.InputOffset() - 1
			if _, text := v.(string); text {
				end--
			}
			if !few {
				out = append(out, leaf{path, func(data []byte) []byte {
					data = bytes.Clone(data)
					data[end] = spoiled(data[end])
					return data
				}})
			}
		}
	}
	walk("", false)
	return out
}

// spoiled is another character of the same kind, so that a digest stays a digest and a time a time.
func spoiled(b byte) byte {
	switch {
	case b == '9':
		return '8'
	case '0' <= b && b < '9':
		return b + 1
	case b == 'a':
		return 'b'
	default:
		return 'a'
	}
}
