package sandbox_test

import ("testing";"fmt";"sort";"conformance/internal/sandbox")

func TestZZ(t *testing.T) {
	c, _ := load()
	m := map[string]int{}
	for _, f := range sandbox.Faults(c) { m[f.Family]++ }
	var k []string
	for n := range m { k = append(k, fmt.Sprintf("%3d %s", m[n], n)) }
	sort.Strings(k)
	for _, s := range k { if s > "  2" { fmt.Println(s) } }
}
