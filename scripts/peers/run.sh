#!/usr/bin/env bash
# Measures other tools and conformance on the same sandbox, contract and faults, and prints two Markdown tables.
#
#   scripts/peers/run.sh [TOOL…]     tools: conformance, "conformance, one key", schemathesis, specmatic, portman
#                                    (default: those that install.sh has installed; if none is, nothing is measured)
#
#   FAULTS=a,b     only these of faults.txt        CLEAN=2       so many runs against the clean sandbox (default 3)
#   MAX_EXAMPLES=50  Schemathesis's --max-examples (default 10)  PORT=18110  this port and the next one are used
#   PEERS_DIR=DIR  where install.sh installed, and where to work (default .peers/ next to this file, which git ignores)
#
# All takes some 25 minutes on two cores. What each run said stays in PEERS_DIR/work/TOOL/FAULT/.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=${PEERS_DIR:-$here/.peers}
if [ $# -eq 0 ]; then
  [ ! -x "$tools/st/bin/schemathesis" ] || set -- "$@" schemathesis
  [ ! -e "$tools/npm/node_modules/specmatic/specmatic.jar" ] || set -- "$@" specmatic
  [ ! -e "$tools/npm/node_modules/.bin/portman" ] || set -- "$@" portman
  if [ $# -eq 0 ]; then
    echo "No other tool is installed; scripts/peers/install.sh installs them, and then they are measured too." >&2
    exit 0
  fi
  set -- conformance "conformance, one key" "$@"
fi
mkdir -p "$tools/work"
(cd "$root" && go build -o "$tools/conformance" ./cmd/conformance)

echo "$(date -u +%F), $(nproc) cores,$(sed -n 's/^model name[^:]*://p' /proc/cpuinfo | head -1), $(go version | cut -d' ' -f3), node $(node -v), $(
  "$tools/st/bin/python" --version), $(java -version 2>&1 | head -1); load $(cut -d' ' -f1 /proc/loadavg)"
echo
exec "$tools/st/bin/python" "$here/measure.py" "$tools/work" "$tools/conformance" "$tools" "$@"
