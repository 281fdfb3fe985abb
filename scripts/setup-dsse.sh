#!/bin/sh
# Installs what the test of signed statements holds them against: an implementation of DSSE that is not ours, from the npm registry into the
# git-ignored .dsse/. Without it that test is skipped.
set -eu
bundle_version=4.0.0
verify_version=3.1.1
cd "$(dirname "$0")/.."

mkdir -p .dsse
echo '*' >.dsse/.gitignore
if ! grep -qs "\"version\": \"$verify_version\"" .dsse/node_modules/@sigstore/verify/package.json; then
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix .dsse "@sigstore/bundle@$bundle_version" "@sigstore/verify@$verify_version"
fi
echo "sigstore: .dsse/node_modules/@sigstore ($verify_version)"
