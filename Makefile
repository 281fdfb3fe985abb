.PHONY: all run test race lint check bench update

all: lint test

run: # judge the embedded sandbox
	go run ./cmd/conformance run

test race lint: # as in CI
	.ci/run $@

check: # everything that CI runs
	.ci/run

bench:
	go test -run '^$$' -bench . -benchmem ./...

update: # write the golden files anew; read the diff before you commit it
	go test ./internal/report -update
