package reliability

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println("goroutines are left behind:", err.Error())
			code = 1
		}
	}
	os.Exit(code)
}
