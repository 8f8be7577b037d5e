#!/usr/bin/env bash
# The API document by the linters that integrators use: Spectral without a warning, Redocly without an error.
set -eu
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
npm run --silent openapi -- "$out/openapi.json"
node test/clients/split-document.mjs "$out/openapi.json" "$out/everything.json" "$out/problems.json"
npx -y @stoplight/spectral-cli@6.16.3 lint "$out/everything.json" "$out/problems.json" -r test/clients/.spectral.yaml --fail-severity warn
npx -y @redocly/cli@2.77.0 lint --extends recommended "$out/openapi.json"
