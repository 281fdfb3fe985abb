#!/bin/sh
# Installs what the browser tests of report.html need: Chromium from Debian's packages, and axe-core, which judges accessibility,
# unpacked into the git-ignored .browser/. Without them those tests are skipped.
set -eu
axe_version=4.14.1
cd "$(dirname "$0")/.."

if ! command -v chromium >/dev/null; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
fi

mkdir -p .browser
echo '*' >.browser/.gitignore
if ! grep -qs "axe v$axe_version" .browser/axe.min.js; then
	npm pack --silent --pack-destination .browser "axe-core@$axe_version" >/dev/null
	tar -xzf ".browser/axe-core-$axe_version.tgz" -C .browser --strip-components=1 package/axe.min.js
	rm ".browser/axe-core-$axe_version.tgz"
fi
echo "chromium: $(command -v chromium), axe-core: .browser/axe.min.js ($axe_version)"
