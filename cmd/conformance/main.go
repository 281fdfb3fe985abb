// Command conformance judges the error side of a REST API against its contract.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"conformance/internal/cli"
)

func main() {
	debug.SetGCPercent(60)    // what a target sends is garbage soon, and there can be much of it
	log.SetOutput(io.Discard) // net/http logs there, unasked, what a target sends unasked: with keys in it, if it likes
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		again := <-signals // ends the process at once: sent again, while nobody listens any more, Ginkgo included
		signal.Reset()
		if self, err := os.FindProcess(os.Getpid()); err != nil || self.Signal(again) != nil {
			os.Exit(130)
		}
	}()
	os.Exit(cli.Run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}
