#!/usr/bin/env bash
# test/clients/schemathesis.sh [OPTION...]: asks a server of its own what the API document allows, and what it forbids,
# with schemathesis (Python, from PyPI). Options go to `st run`, for example --include-operation-id checkVoucher.
# schemathesis.sh links [OPTION...]: follows the links of the document, a few at a time.
# EXAMPLES: made-up requests of each operation, 20 unless given. VENV: where schemathesis is, or will be installed.
# schemathesis.toml has what it expects of us; docs/reference/clients.md has what came of it.
. "$(dirname "$0")/lib.sh"
VENV=${VENV:-$work/venv}

built
[ -x "$VENV/bin/st" ] || { python3 -m venv "$VENV" && "$VENV/bin/pip" -q install -r "$here/schemathesis.txt"; }

# Limits would answer in the place of the operations.
limits=()
for policy in GLOBAL REGISTER LOGIN CLAIM CHALLENGE WRITE REDEMPTION STATUS READ; do
  limits+=("RATE_LIMIT_$policy=off")
done
# Not the password of the document's examples: changing it ends the session.
PASSWORD='another horse, another battery'
ADMIN=admin@example.com
serve ADMIN_EMAIL="$ADMIN" ADMIN_PASSWORD="$PASSWORD" "${limits[@]}"
token() { # PATH BODY: of the session that it begins
  curl -sf "$url$1" -H 'content-type: application/json' -d "$2" | grep -o '"access_token":"[^"]*' | cut -d '"' -f 4
}
shopper="{\"email\":\"shopper@example.com\",\"password\":\"$PASSWORD\",\"name\":\"Lin\"}"
owner=${shopper/shopper@/owner@}
MERCHANT_TOKEN=$(token /v1/merchants "{\"name\":\"Tea House\",\"time_zone\":\"Asia/Shanghai\",\"owner\":$owner}")
SHOPPER_TOKEN=$(token /v1/auth/register "$shopper")
ADMIN_TOKEN=$(token /v1/auth/login "{\"email\":\"$ADMIN\",\"password\":\"$PASSWORD\"}")
export MERCHANT_TOKEN SHOPPER_TOKEN ADMIN_TOKEN

# Streams do not end by themselves; the others end a session, and the rest would be refused.
without=(streamAvailability streamClaim)
without+=(endSession endLogin endAllLogins deleteAccount disableUser disableMerchant)
mkdir "$work/run"
cd "$work/run" # it leaves a folder of its own
cp "$here/schemathesis_checks.py" .
ask() { # OPTION...
  # All checks are on by themselves; `--checks all` would turn on what schemathesis.toml turns off for an operation.
  "$VENV/bin/st" --config-file "$here/schemathesis.toml" run "$url/openapi.json" \
    --max-examples "${EXAMPLES:-20}" "${without[@]/#/--exclude-operation-id=}" "$@"
}
[ "${1:-}" = links ] || { ask "$@"; exit; }
shift
curl -sf "$url/openapi.json" >openapi.json
failed=0
while read -r -a operations; do
  if ask --phases stateful "${operations[@]/#/--include-operation-id=}" "$@" >links.log 2>&1; then
    echo "$(grep -o '[0-9]* covered / [0-9]* selected' links.log): ${operations[*]}"
  else
    cat links.log
    failed=1
  fi
done < <(node "$here/links.mjs" openapi.json "${without[@]}")
exit $failed
