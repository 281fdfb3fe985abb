#!/usr/bin/env bash
# Installs the tools that run.sh compares with conformance, at the versions that docs/performance.md names.
#
#   PEERS_DIR=DIR  where to (default .peers/ next to this file, which git ignores)
#
# Needs npm, java and python3 with venv, and package registries.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tools=${PEERS_DIR:-$here/.peers}
mkdir -p "$tools/npm"
echo '*' > "$tools/.gitignore"

if [ ! -x "$tools/st/bin/schemathesis" ]; then
  python3 -m venv "$tools/st"
  "$tools/st/bin/pip" install --quiet schemathesis==4.32.5
fi
if [ ! -e "$tools/npm/node_modules/.bin/portman" ] || [ ! -e "$tools/npm/node_modules/specmatic/specmatic.jar" ]; then
  # Portman needs tslib and does not ask for it.
  (cd "$tools/npm" && echo '{"private": true}' > package.json &&
    npm install --silent --no-audit --no-fund @apideck/portman@1.33.0 newman@6.2.2 specmatic@2.55.1 tslib@2)
fi
