package certify

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"

	"conformance/internal/contract"
	"conformance/internal/report"
	"conformance/internal/result"
)

// tiny is what the suite demands by a small contract.
func tiny(t testing.TB) *Reference {
	t.Helper()
	data, err := os.ReadFile("../contract/testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return plan(c)
}

// Held against another contract, a bundle proves nothing, and its rows are not compared.
func TestAnotherContract(t *testing.T) {
	key := pair(t)
	found := Verify(t.Context(), tiny(t), bundle(t, key, product, nil), Options{Key: &key.PublicKey, Now: verified})
	for name, want := range map[string]State{
		"signature": Proven, "contract": Refuted, "suite": Refuted, "rows": Open, "judged": Open, "coverage": Open,
	} {
		if p := property(t, found, name); p.State != want {
			t.Errorf("%s is %s: %s", name, p.State, p.Text)
		}
	}
	if Certified(found) {
		t.Error("certified")
	}
}

// Whatever is given for a bundle: it is refused or understood, and never more than it says.
func FuzzStatement(f *testing.F) {
	key, reference := pair(f), tiny(f)
	run := result.Run{
		Schema: result.Schema, Profile: "full", Started: begun, Checks: []result.Check{{ID: "A-1", Outcome: result.Pass}},
	}
	b, err := reference.Make(f.Context(), product, [2]result.Run{run, run}, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b.Files[StatementFile])
	_, payload, _ := openEnvelope(b.Files[StatementFile])
	f.Add(payload)
	f.Add(
		[]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":"AA=="}]}`),
	)
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v1","subject":[{}],"predicateType":"","predicate":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if strictJSON(data) == nil && !json.Valid(data) {
			t.Fatal("taken for JSON")
		}
		statements := [][]byte{data}
		if sealed, payload, err := openEnvelope(data); err == nil {
			statements = append(statements, payload)
			if again, err := encodeEnvelope(sealed); err != nil || !bytes.Equal(again, data) {
				t.Fatal("an envelope that is written in two ways")
			}
		}
		for _, statement := range statements {
			if _, err := decodeStatement(statement); err != nil {
				continue
			}
			forged, err := seal(t.Context(), statement, key)
			if err != nil {
				t.Fatal(err)
			}
			v := &verification{
				reference: reference, bundle: b.with(StatementFile, forged), options: Options{Key: &key.PublicKey, Now: verified},
			}
			v.examine(t.Context())
		}
	})
}

// The same for results: what is taken is exactly what is written again.
func FuzzResults(f *testing.F) {
	reference := tiny(f)
	for _, run := range []result.Run{
		{Schema: result.Schema},
		{Schema: result.Schema, Profile: "full", DurationMS: math.MaxInt64, Started: begun, Notes: []string{
			"--",
		}, Coverage: result.Coverage{Unprovoked: []result.Pair{{}, {}}},
			Checks: []result.Check{
				{ID: "A-1", Outcome: result.Skip}, {ID: "A-1", Known: &result.Known{}, Differences: []result.Difference{{}}},
			}},
	} {
		var b bytes.Buffer
		if err := report.WriteJSON(&b, run); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		run, err := readResults(data)
		if err != nil {
			return
		}
		v := &verification{reference: reference, bundle: &Bundle{}, options: Options{Now: verified}}
		v.runs[0], v.runs[1] = &run, &run
		v.rows()
		v.seeds()
		v.times()
		v.age()
		reference.Missing(run)
	})
}
