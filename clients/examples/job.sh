#!/usr/bin/env bash
# The whole job with curl alone: API=http://127.0.0.1:3000 bash clients/examples/job.sh
# A shell receives no webhooks: what is sent is read from the log of deliveries.
set -euo pipefail
API=${API:-http://127.0.0.1:3000}
RUN=$(date +%s%N)

# pick NAME: the first member of that name, of the JSON on stdin.
pick() { grep -o "\"$1\":\"[^\"]*" | head -n 1 | cut -d '"' -f 4; }

# call METHOD PATH [TOKEN] [JSON]: curl repeats what was answered 429 or 503 after Retry-After, with the same Idempotency-Key.
keys=$(mktemp)
trap 'rm -f "$keys"' EXIT
call() {
  echo >>"$keys" # commands in $(...) cannot count in a variable
  local options=(-sSf --retry 5 --max-time 60 -X "$1" -H "idempotency-key: $RUN-$(wc -l <"$keys")")
  [ -z "${3:-}" ] || options+=(-H "authorization: Bearer $3")
  [ -z "${4:-}" ] || options+=(-H 'content-type: application/json' --data-raw "$4")
  curl "${options[@]}" "$API$2"
}
person() { printf '{"email":"%s-%s@example.com","password":"correct horse battery staple","name":"%s"}' "$1" "$RUN" "$1"; }
at() { date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ; }

# A merchant publishes a voucher, and wants to hear of redemptions.
merchant=$(call POST /v1/merchants '' "{\"name\":\"Tea House\",\"time_zone\":\"Asia/Shanghai\",\"owner\":$(person chen)}" | pick access_token)
webhook=$(call POST /v1/webhooks "$merchant" "{\"url\":\"$API/nobody-listens-here\",\"events\":[\"claim.redeemed\"]}" | pick id)
voucher=$(call POST /v1/vouchers "$merchant" "{\"title\":\"Half price oolong\",\"total_stock\":100,
  \"opens_at\":\"$(at '1 minute ago')\",\"closes_at\":\"$(at '1 hour')\"}" | pick id)
call POST "/v1/vouchers/$voucher/publish" "$merchant" >/dev/null

# A shopper claims, and waits for the code.
shopper=$(call POST /v1/auth/register '' "$(person lin)" | pick access_token)
claim=$(call POST "/v1/vouchers/$voucher/claims" "$shopper" | pick id)
until state=$(call GET "/v1/claims/$claim" "$shopper") && [ "$(pick status <<<"$state")" != pending ]; do sleep 0.2; done
echo "claim $(pick status <<<"$state")"

# The merchant redeems it, and looks at what is sent.
call POST /v1/redemptions "$merchant" "{\"code\":\"$(pick code <<<"$state")\"}" >/dev/null
until delivery=$(call GET "/v1/webhooks/$webhook/deliveries" "$merchant") && [ -n "$(pick event_type <<<"$delivery" || true)" ]; do sleep 0.2; done
[ "$(pick subject <<<"$delivery")" = "$claim" ] && whose='the claim' || whose='another claim'
echo "webhook $(pick event_type <<<"$delivery") of $whose"
