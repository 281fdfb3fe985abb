#!/usr/bin/env bash
# Makes reports/sample/ again, once per release: the reports of a run against the sandbox while it has one fault, small enough to keep in the repository.
# The run is a whole one; what is kept of it are the rows of one resource, and the sample says so. Port and seed are fixed; times,
# durations and the names of new records differ each time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fault=foreign-record-served
resource=jobs kept='Job|^/jobs' # in the sample's words, and as a pattern of operations
addr=127.0.0.1:18080
limit=1500000 # bytes of all files together

for tool in go jq; do
	command -v "$tool" >/dev/null || { echo "sample: $tool is missing" >&2; exit 2; }
done
work=$(mktemp -d)
server=
finish() {
	if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
	rm -rf "$work"
}
trap finish EXIT

# Neither the revision nor this machine's paths belong into the sample.
go build -trimpath -buildvcs=false -o "$work/conformance" ./cmd/conformance
"$work/conformance" serve --addr "$addr" --limit 600 --window 1s --fault "$fault" --write-config "$work/target.yaml" >"$work/serve.log" 2>&1 &
server=$!
for _ in $(seq 100); do
	if [ -s "$work/target.yaml" ]; then break; fi
	kill -0 "$server" || { cat "$work/serve.log" >&2; exit 3; }
	sleep 0.1
done

status=0
"$work/conformance" run --config "$work/target.yaml" --profile full --seed 1 --reports "$work/run" >/dev/null 2>&1 || status=$?
if [ "$status" -ne 1 ]; then
	echo "sample: the run ended with $status; a run that finds a fault ends with 1" >&2
	exit 3
fi
jq --arg fault "$fault" --arg resource "$resource" --arg kept "$kept" '
	.notes = ["A sample: the sandbox had the fault \($fault). Only the rows of \($resource) are kept; all else is of the whole run."]
	| .checks |= map(select(.operation | test($kept)))
	| .checks as $all | .counts |= with_entries(.key as $outcome | .value = ([$all[] | select(.outcome == $outcome)] | length))
' "$work/run/results.json" >"$work/results.json"

out=reports/sample
mkdir -p "$out"
for report in json:results.json html:report.html markdown:summary.md junit:junit.xml har:exchanges.har; do
	"$work/conformance" render "$work/results.json" --as "${report%%:*}" --out "$out/${report#*:}"
	chmod 644 "$out/${report#*:}" # it is published
done

# No key that the sandbox made up may be in it.
sed -n 's/.*\(sandbox_[A-Za-z0-9_]*\).*/\1/p' "$work/target.yaml" | sort -u >"$work/keys"
test -s "$work/keys"
if grep -rIqFf "$work/keys" "$out" || grep -rIqwF -e "$work" -e "$PWD" -e "$(hostname)" "$out"; then
	echo "sample: a key, a path or this machine's name is in $out" >&2
	exit 1
fi

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -n "$browser" ]; then
	"$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/browser" --window-size=1280,1600 \
		--screenshot="$out/report.png" "file://$PWD/$out/report.html" >"$work/browser.log" 2>&1 || { cat "$work/browser.log" >&2; exit 1; }
else
	echo "sample: without Chromium report.png stays as it is" >&2
fi

size=$(cat "$out"/* | wc -c)
if [ "$size" -gt "$limit" ]; then
	echo "sample: $out holds $size bytes, more than $limit" >&2
	exit 1
fi
ls -l "$out"
