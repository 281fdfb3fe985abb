#!/usr/bin/env bash
# What action.yml does between GitHub's own actions: `action.sh install` puts the binary into $RUNNER_TEMP, `action.sh run` runs it.
# Everything comes in through the environment and nothing is ever evaluated, so that no input can become a command. It keeps to what
# macOS's bash 3.2 knows.
set -euo pipefail

bin="$RUNNER_TEMP/conformance-bin"
exe="$bin/conformance"
if [ "${RUNNER_OS:-}" = Windows ]; then exe="$exe.exe"; fi

die() {
	echo "::error::conformance: $1"
	exit 2
}

build() {
	cd "$(dirname "${BASH_SOURCE[0]}")/.."
	CGO_ENABLED=0 go build -trimpath -ldflags "-X conformance/internal/cli.release=${ACTION_REF:-}" -o "$exe" ./cmd/conformance
}

# download fetches a release's archive and unpacks it only if it is what the release's checksums say.
download() {
	local os arch archive from tag
	case "$RUNNER_OS" in
	Linux) os=linux ;;
	macOS) os=darwin ;;
	Windows) os=windows ;;
	*) die "there is no release for $RUNNER_OS; leave the input version empty to build from source" ;;
	esac
	case "$RUNNER_ARCH" in
	X64) arch=amd64 ;;
	ARM64) arch=arm64 ;;
	*) die "there is no release for $RUNNER_ARCH; leave the input version empty to build from source" ;;
	esac
	case "$INPUT_VERSION" in
	*[!0-9A-Za-z.+-]*) die "the input version is not the name of a release, such as v1.2.3" ;;
	esac
	tag="v${INPUT_VERSION#v}"
	archive="conformance_${tag#v}_${os}_${arch}.tar.gz"
	from="$GITHUB_SERVER_URL/${ACTION_REPOSITORY:-$GITHUB_REPOSITORY}/releases/download/$tag"
	cd "$bin"
	for file in "$archive" checksums.txt; do
		curl --fail --silent --show-error --location --retry 3 --output "$file" "$from/$file" ||
			die "$from/$file cannot be downloaded"
	done
	grep -F -- "  $archive" checksums.txt >expected.txt || die "checksums.txt of $tag does not name $archive"
	if command -v sha256sum >/dev/null; then
		sha256sum --check --status expected.txt || die "$archive is not what checksums.txt of $tag says"
	else
		shasum --algorithm 256 --check --status expected.txt || die "$archive is not what checksums.txt of $tag says"
	fi
	tar -xzf "$archive"
}

install_binary() {
	mkdir -p "$bin"
	if [ -n "${INPUT_VERSION:-}" ]; then download; else build; fi
	"$exe" version
}

# aim adds to args what is judged. An empty input is an unset variable of somebody's: it must not mean another target, nor the sandbox.
aim() {
	case "${INPUT_TARGET:-}" in
	*[![:space:]]*) ;;
	*) die "the input target is empty; give the URL of the API with its base path, or sandbox: true to judge the embedded sandbox" ;;
	esac
	if [ "$INPUT_TARGET" = from-config ]; then
		INPUT_CONFIG="${INPUT_CONFIG:-conformance.yaml}" # named, so that it must be there and have a target
	else
		args+=("--target=$INPUT_TARGET")
	fi
	if [ -n "${INPUT_CONFIG:-}" ]; then args+=("--config=$INPUT_CONFIG"); fi
}

# run never fails for what the target did: the reports are to be uploaded first. Its exit status is an output.
run() {
	local args status line
	args=(run)
	case "${INPUT_SANDBOX:-false}" in
	true)
		case "${INPUT_TARGET:-}" in '' | from-config) ;; *) die "the inputs target and sandbox exclude each other" ;; esac
		args+=(--sandbox)
		;;
	false) aim ;;
	*) die "the input sandbox is neither true nor false" ;;
	esac
	if [ -n "${INPUT_CONTRACT:-}" ]; then args+=("--contract=$INPUT_CONTRACT"); fi
	if [ -n "${INPUT_PROFILE:-}" ]; then args+=("--profile=$INPUT_PROFILE"); fi
	if [ -n "${INPUT_REPORTS:-}" ]; then args+=("--reports=$INPUT_REPORTS"); fi
	while IFS= read -r line; do
		line="${line%$'\r'}"
		if [ -n "$line" ]; then args+=("$line"); fi
	done <<<"${INPUT_ARGS:-}"
	status=0
	"$exe" "${args[@]}" || status=$?
	echo "exit-status=$status" >>"$GITHUB_OUTPUT"
}

# judge ends the job as the run ended, unless the caller wants to decide.
judge() {
	case "${INPUT_FAIL:-true}" in
	true) exit "${EXIT_STATUS:-3}" ;;
	false) ;;
	*) die "the input fail is neither true nor false" ;;
	esac
}

case "${1:-}" in
install) install_binary ;;
run) run ;;
judge) judge ;;
*) die "usage: action.sh install|run|judge" ;;
esac
