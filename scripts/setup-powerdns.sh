#!/bin/sh
# Fetches what the tests of internal/unharmed judge: PowerDNS, a name server with an HTTP API, and sqlite3, which shows
# its database, from the packages of Debian or Ubuntu. They are unpacked into the git-ignored .powerdns/ and not
# installed: nothing is configured, and no service starts. Without them those tests are skipped.
set -eu
cd "$(dirname "$0")/.."
server=.powerdns/usr/sbin/pdns_server

fail() {
	echo "setup-powerdns.sh: $*" >&2
	exit 1
}

if [ ! -e .powerdns/complete ]; then
	command -v apt-get >/dev/null || fail "there is no apt-get; only packages of Debian and Ubuntu are known here"
	root=
	[ "$(id -u)" = 0 ] || root=sudo
	$root apt-get update -qq
	rm -rf .powerdns
	mkdir -p .powerdns/packages
	echo '*' >.powerdns/.gitignore
	# What apt would install, with the libraries that this machine lacks. --reinstall: the three are named in any case.
	wanted=$(apt-get install --simulate --reinstall --no-install-recommends pdns-server pdns-backend-sqlite3 sqlite3 |
		awk '/^Inst/ { print $2 }')
	# shellcheck disable=SC2086 # one word per package
	(cd .powerdns/packages && apt-get download -qq $wanted)
	for package in .powerdns/packages/*.deb; do
		dpkg-deb --extract "$package" .powerdns
	done
	rm -r .powerdns/packages
	touch .powerdns/complete
fi
version=$(LD_LIBRARY_PATH=$(echo .powerdns/usr/lib/*-linux-gnu) "$server" --version 2>&1 |
	sed -n 's/.*PowerDNS Authoritative Server \([^ ]*\).*/\1/p')
[ -n "$version" ] || fail "$server does not start; remove .powerdns and try again"
echo "PowerDNS: $server ($version)"
