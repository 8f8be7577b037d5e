#!/usr/bin/env bash
# test/clients/schemathesis.sh [OPTION...]: asks a server of its own what the API document allows, and what it forbids,
# with schemathesis (Python, from PyPI). Options go to `st run`, for example --include-operation-id checkVoucher.
# docs/reference/clients.md has what came of it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
VERSION=4.32.5
ST=${ST:-$work/venv/bin/st}

cd "$top"
[ -e dist/src/main.js ] || node scripts/build.mjs --server
[ -x "$ST" ] || { python3 -m venv "$work/venv" && "$work/venv/bin/pip" -q install "schemathesis==$VERSION"; }

# Limits would answer in the place of the operations.
limits=()
for policy in GLOBAL REGISTER LOGIN CLAIM CHALLENGE WRITE REDEMPTION STATUS READ; do
  limits+=("RATE_LIMIT_$policy=off")
done
env NODE_ENV=test LOG_LEVEL=silent PORT=0 OPS_PORT=0 DATA_DIR="$work/data" PASSWORD_MEMORY_KIB=8 PASSWORD_ITERATIONS=1 \
  "${limits[@]}" node "$here/server.mjs" >"$work/url" 2>"$work/server.log" &
server=$!
for _ in $(seq 600); do [ -s "$work/url" ] && break; sleep 0.1; done
url=$(cat "$work/url")
[ -n "$url" ] || { cat "$work/server.log"; exit 1; }
owner='{"email":"owner@example.com","password":"correct horse battery staple","name":"Chen Bo"}'
token=$(curl -sf "$url/v1/merchants" -H 'content-type: application/json' \
  -d "{\"name\":\"Tea House\",\"time_zone\":\"Asia/Shanghai\",\"owner\":$owner}" |
  grep -o '"access_token":"[^"]*' | cut -d '"' -f 4)

# Streams do not end by themselves, and what ends the session would leave the rest without one. That one field is before
# another cannot be said in OpenAPI 3.0, so a request that fits its schema may be refused with 422.
cd "$work" # it leaves a folder of its own
"$ST" run "$url/openapi.json" --checks all --exclude-checks positive_data_acceptance \
  --header "Authorization: Bearer $token" --request-timeout 60 --max-examples "${EXAMPLES:-20}" \
  --exclude-path-regex '/events$|^/v1/(me|auth)(/|$)' "$@"
