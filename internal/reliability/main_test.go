package reliability

import (
	"io"
	"log"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // as main does
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	if code == 0 {
		// Ginkgo listens for signals to the end of the process.
		ginkgo := goleak.IgnoreAnyFunction("github.com/onsi/ginkgo/v2/internal/interrupt_handler." +
			"(*InterruptHandler).registerForInterrupts.func2")
		if err := goleak.Find(ginkgo); err != nil {
			println("goroutines are left behind:", err.Error())
			code = 1
		}
	}
	os.Exit(code)
}
