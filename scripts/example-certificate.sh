#!/bin/sh
# Makes reports/certified/example anew: a certificate of the embedded sandbox. Its private key is thrown away, so nobody can sign another
# with it.
set -eu
cd "$(dirname "$0")/.."
example=reports/certified/example
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go build -o "$work/conformance" ./cmd/conformance
(
	cd "$work" # away from any conformance.yaml
	./conformance keygen --out example
	./conformance certify --subject "Embedded sandbox, self-made example" --signing-key example.key --out bundle
)
rm -rf "$example"
mkdir -p "$example"
cp "$work/bundle"/* "$example/"
cp "$work/example.pub" "$example/public-key.pem"
"$work/conformance" verify "$example" --public-key "$example/public-key.pem"
