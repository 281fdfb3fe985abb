.PHONY: all run test race lint check bench sample update

all: lint test

run: # judge the embedded sandbox
	go run ./cmd/conformance run

test race lint: # as in CI
	.ci/run $@

check: # everything that CI runs
	.ci/run

bench: # runs, core and full, next to a bare replay of their requests and to other tools where installed; docs/performance.md
	go run ./internal/bench
	scripts/peers/run.sh

sample: # reports/sample again, at a release; needs jq, and chromium for the picture
	scripts/sample.sh

update: # write the generated files again; read the diff before you commit it
	go test ./internal/report ./internal/generate -run Golden -update
	go test ./suite -run 'TestBaseline|TestChecksDocument' -update
	go test ./internal/repo -run TestTextsDocument -update
