// Command conformance judges the error side of a REST API against its contract.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"conformance/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // the second signal ends the process at once
	}()
	os.Exit(cli.Run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}
