#!/bin/sh
# Fetches three large public OpenAPI documents from the package registries into the git-ignored .documents/: GitHub's, Stripe's and
# Kubernetes'. Without them the test of vendors' documents leaves them out.
set -eu
octokit=23.0.2
libopenapi=v0.42.5
cd "$(dirname "$0")/.."

mkdir -p .documents
echo '*' >.documents/.gitignore
if ! [ -s .documents/github.json ]; then
	npm pack --silent --pack-destination .documents "@octokit/openapi@$octokit" >/dev/null
	tar -xzOf ".documents/octokit-openapi-$octokit.tgz" package/generated/api.github.com.json >.documents/github.json
	rm ".documents/octokit-openapi-$octokit.tgz"
fi
if ! [ -s .documents/kubernetes.json ]; then
	module=$(mktemp -d)
	(cd "$module" && go mod init fetch >/dev/null 2>&1 && go mod download -json "github.com/pb33f/libopenapi@$libopenapi" >module.json)
	dir=$(sed -n 's/.*"Dir": "\(.*\)",*/\1/p' "$module/module.json")
	cp "$dir/test_specs/stripe.yaml" .documents/stripe.yaml
	cp "$dir/test_specs/k8s.json" .documents/kubernetes.json
	chmod u+w .documents/*
	rm -r "$module"
fi
sha256sum --check --quiet <<'SUMS'
829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a  .documents/github.json
afe1837249665fea044e749b06c2aa84d3148d4570bca59f53932387759dc283  .documents/stripe.yaml
a24fd530d57c03b7e5cd55ef867ef70d41c387baa17d2cc0d48afb75c033872a  .documents/kubernetes.json
SUMS
echo "documents: .documents (GitHub, Stripe, Kubernetes)"
