// Package foreign owns the proof that the suite judges an API that it was not made for: a real server by its vendor's
// document, which is not changed, with an overlay and a configuration as a user would write them. It has only tests.
// Each finding that they expect was confirmed by hand and is explained in docs/foreign.md.
// scripts/setup-alertmanager.sh fetches server and document; without them the tests are skipped.
package foreign
