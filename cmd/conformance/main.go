// Command conformance judges the error side of a REST API against its contract.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"conformance/internal/cli"
)

func main() {
	log.SetOutput(io.Discard) // net/http logs there, unasked, what a target sends unasked: with keys in it, if it likes
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // the second signal ends the process at once
	}()
	os.Exit(cli.Run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}
