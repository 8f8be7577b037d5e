#!/usr/bin/env bash
# docs/reference/asyncapi.yaml by AsyncAPI's own parser: not a single finding.
set -eu
cd "$(dirname "$0")/../.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
npm i --prefix "$tools" --no-save --ignore-scripts --no-fund --no-audit --loglevel=error @asyncapi/parser@3.6.6
node test/clients/asyncapi.mjs "$tools" docs/reference/asyncapi.yaml
