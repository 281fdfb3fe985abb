package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"conformance/internal/result"
)

// large is a run of so many rows, one in ten of them failing with two exchanges of a few kilobytes.
func large(tb testing.TB, rows int) result.Run {
	tb.Helper()
	r := recorded(tb)
	var failing result.Check
	for _, c := range r.Checks {
		if c.Outcome == result.Fail && len(c.Exchanges) == 2 {
			failing = c
		}
	}
	body := `{"items":[` + strings.Repeat(`{"id":1,"name":"a name of some length"},`, 40) + `{}]}`
	failing.Exchanges = append([]result.Exchange{}, failing.Exchanges...)
	failing.Exchanges[1].Response = &result.Response{Status: 200, Proto: "HTTP/1.1", Body: body}
	r.Checks = make([]result.Check, 0, rows)
	for i := range rows {
		c := result.Check{
			Level: result.Must, Title: "a title of the usual length", Source: "API error codes, 400", Outcome: result.Pass,
			DurationMS: 12.5,
		}
		if i%10 == 0 {
			c = failing
			c.Differences = []result.Difference{{
				Kind: result.KindCode, Rule: result.CodeOfCase, At: "/error", Want: []string{"validation_failed"},
				Got: fmt.Sprintf("code_%d", i%997),
			}}
		}
		c.ID = fmt.Sprintf("%s-%03d", []string{"AUTH", "VALID", "FOUND", "STATUS"}[i%4], i%40)
		c.Operation, c.Situation = fmt.Sprintf("operation%d", i%500), fmt.Sprintf("situation-%d", i%22)
		c.Variant = fmt.Sprintf("variant %d of a field with a name", i)
		r.Checks = append(r.Checks, c)
	}
	r.Finish()
	return r
}

const manyRows = 50_000

// counter counts what is written and keeps nothing.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// BenchmarkFormats renders a results file of 50,000 rows in every format; each is to take less than 10 s and 500 MB.
func BenchmarkFormats(b *testing.B) {
	r := large(b, manyRows)
	formats := append(Formats(), Format{
		"console", 0o600, func(w io.Writer, r result.Run) error { return WriteConsole(w, r, ConsoleOptions{}) },
	})
	for _, f := range formats {
		b.Run(f.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var out counter
				if err := f.Write(&out, r); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(out.n)/1e6, "MB")
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	var data bytes.Buffer
	if err := WriteJSON(&data, large(b, manyRows)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(data.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(data.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	r := large(b, manyRows)
	for b.Loop() {
		if _, err := Compare(r, r, false); err != nil {
			b.Fatal(err)
		}
	}
}
