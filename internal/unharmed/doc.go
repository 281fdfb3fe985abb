// Package unharmed owns the proof that a run leaves alone what it did not make: on a real server, whose records and
// database are compared before the run and after it. It has only tests. They know a run by runner.Judge and the server
// by its vendor's documentation. scripts/setup-powerdns.sh fetches the server; without it they are skipped.
//
// CONFORMANCE_EXAM=all tries every combination of document, configuration and profile.
package unharmed
