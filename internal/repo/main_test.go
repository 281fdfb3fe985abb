package repo

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// TestMain goes to the root of the module, from which every path in these tests is written.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

var update = flag.Bool("update", false, "write docs/texts.md again")
