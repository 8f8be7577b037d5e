#!/usr/bin/env bash
# The API document, in OpenAPI 3.0 and 3.1, by the linters that integrators use: Spectral without a warning, Redocly without an error.
set -eu
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
npm run --silent openapi -- "$out/openapi.json" "$out/openapi-3.1.json"
parts=()
for name in openapi openapi-3.1; do
  node test/clients/split-document.mjs "$out/$name.json" "$out/$name-everything.json" "$out/$name-problems.json"
  parts+=("$out/$name-everything.json" "$out/$name-problems.json")
done
npx -y @stoplight/spectral-cli@6.16.3 lint "${parts[@]}" -r test/clients/.spectral.yaml --fail-severity warn
npx -y @redocly/cli@2.77.0 lint --extends recommended "$out/openapi.json" "$out/openapi-3.1.json"
