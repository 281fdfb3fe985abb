#!/bin/sh
# Fetches what the tests of internal/foreign judge: Prometheus Alertmanager from the packages of Debian or Ubuntu, and
# its OpenAPI document from its Go module. The package is unpacked into the git-ignored .alertmanager/ and not installed:
# nothing is configured, and no service starts. Only its templates go to /usr/share, the one place where this build looks
# for them. Without all that those tests are skipped.
set -eu
version=0.25.0
cd "$(dirname "$0")/.."
server=.alertmanager/usr/bin/prometheus-alertmanager
templates=/usr/share/prometheus/alertmanager
root=
[ "$(id -u)" = 0 ] || root=sudo

fail() {
	echo "setup-alertmanager.sh: $*" >&2
	exit 1
}

if [ ! -e .alertmanager/complete ]; then
	command -v apt-get >/dev/null || fail "there is no apt-get; only packages of Debian and Ubuntu are known here"
	$root apt-get update -qq
	rm -rf .alertmanager
	mkdir -p .alertmanager/packages .alertmanager/module
	echo '*' >.alertmanager/.gitignore
	(cd .alertmanager/packages && apt-get download -qq prometheus-alertmanager)
	dpkg-deb --extract .alertmanager/packages/*.deb .alertmanager
	rm -r .alertmanager/packages
	(cd .alertmanager/module && go mod init fetch >/dev/null 2>&1 &&
		go mod download -json "github.com/prometheus/alertmanager@v$version" >module.json)
	dir=$(sed -n 's/.*"Dir": "\(.*\)",*/\1/p' .alertmanager/module/module.json)
	cp "$dir/api/v2/openapi.yaml" .alertmanager/openapi.yaml
	chmod u+w .alertmanager/openapi.yaml
	rm -r .alertmanager/module
	touch .alertmanager/complete
fi
if [ ! -e "$templates/default.tmpl" ]; then
	$root mkdir -p "$templates"
	$root cp .alertmanager"$templates"/*.tmpl "$templates"
fi
installed=$("$server" --version 2>&1 | sed -n 's/^alertmanager, version \([^ ]*\).*/\1/p')
[ -n "$installed" ] || fail "$server does not start; remove .alertmanager and try again"
[ "${installed%%+*}" = "$version" ] ||
	fail "the package holds version $installed; the tests know the findings of $version only"
sha256sum --check --quiet <<'SUMS'
9cab89e8f7728ecd0b1d2399e4e07e06d90eee8f79f9096437e819cca9afd650  .alertmanager/openapi.yaml
SUMS
echo "Alertmanager: $server ($installed)"
