#!/usr/bin/env bash
# Verifies the bundles that a pull request brings: verify-certified.sh BASE CANDIDATE, two checkouts. The program is built from BASE, so that no
# pull request brings its own judge. What the pull request does not touch is verified too, but only warns: it may have grown old.
set -euo pipefail
base=$(cd "$1" && pwd)
candidate=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$base" && go build -o "$work/conformance" ./cmd/conformance)

# From here on names and texts of the pull request are printed: none of them may speak to the runner.
if [[ ${GITHUB_ACTIONS:-} == true ]]; then
	token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	echo "::stop-commands::$token"
fi

failed=0
shopt -s nullglob dotglob
for dir in "$candidate"/reports/certified/*; do
	name=${dir##*/}
	[[ $name != README.md ]] || continue
	printf '== %q\n' "$name"
	if [[ ! $name =~ ^[a-z0-9][a-z0-9-]{0,62}$ || -L $dir || ! -d $dir ]]; then
		echo "A bundle is a directory that is named with small letters, digits and dashes."
		failed=1
		continue
	fi
	key=$dir/public-key.pem
	known=$base/reports/certified/$name
	if [[ -L $key || ! -f $key ]]; then
		echo "public-key.pem is missing."
		failed=1
	elif diff -rq -- "$known" "$dir" >/dev/null 2>&1; then
		"$work/conformance" verify "$dir" --public-key "$key" || echo "Warning: this bundle, which the pull request does not touch, does not count any more."
	else
		if ! cmp -s -- "$known/public-key.pem" "$key"; then
			echo "NOTE: the key is new here. A reviewer compares its id with what the partner said by another way:"
		fi
		"$work/conformance" verify "$dir" --public-key "$key" || failed=1
	fi
done
exit "$failed"
