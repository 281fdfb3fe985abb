#!/usr/bin/env bash
# Measures other tools beside conformance on the same sandbox, contract and faults, and prints two Markdown tables.
#
#   scripts/peers/run.sh [TOOL…]     tools: conformance, "conformance, one key", schemathesis, specmatic, portman (default: all)
#
#   FAULTS=a,b     only these of faults.txt        CLEAN=2       so many runs against the clean sandbox (default 3)
#   MAX_EXAMPLES=50  Schemathesis's --max-examples (default 10)  PORT=18110  this port and the next one are used
#
#   PEERS_DIR=DIR  where to install and work (default .peers/ beside this file, which git ignores)
#
# Needs go, node, npm, java and python3 with venv, and package registries for the first run, which installs the versions below. All takes
# about three quarters of an hour on two cores. What each run said stays in PEERS_DIR/work/TOOL/FAULT/.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=${PEERS_DIR:-$here/.peers}
mkdir -p "$tools/npm" "$tools/work"
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

(cd "$root" && go build -o "$tools/conformance" ./cmd/conformance)

echo "$(date -u +%F), $(nproc) cores,$(sed -n 's/^model name[^:]*://p' /proc/cpuinfo | head -1), $(go version | cut -d' ' -f3), node $(node -v), $(
  "$tools/st/bin/python" --version), $(java -version 2>&1 | head -1); load $(cut -d' ' -f1 /proc/loadavg)"
echo
exec "$tools/st/bin/python" "$here/measure.py" "$tools/work" "$tools/conformance" "$tools" "$@"
