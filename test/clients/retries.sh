#!/usr/bin/env bash
# test/clients/retries.sh [node] [python] [go]: whether HTTP clients that retry by themselves do the right thing with our 429
# and 503. They come from npm, PyPI and the Go proxy. docs/reference/clients.md has what came of it.
. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || set -- node python go

built
clients=()
for language in "$@"; do
  case $language in
    node)
      npm i --prefix "$work" --no-save --ignore-scripts --no-fund --no-audit --loglevel=error \
        got@14.6.6 ky@1.14.3 axios@1.21.1 axios-retry@4.5.0 undici@7.30.2
      cp "$here/retries/clients.mjs" "$work"
      for client in got ky axios-retry undici; do clients+=("$client=node $work/clients.mjs $client"); done
      ;;
    python)
      python_with urllib3==2.8.0
      clients+=("urllib3=$python $here/retries/client.py")
      ;;
    go)
      go_program "$here/retries/client.go" github.com/hashicorp/go-retryablehttp@v0.7.8
      clients+=("retryablehttp=$go_built")
      ;;
    *)
      no_language "$language"
      ;;
  esac
done

serve RATE_LIMIT_REGISTER=off RATE_LIMIT_LOGIN=off RATE_LIMIT_STATUS='1/4s sliding-window local' MAX_IN_FLIGHT_REQUESTS=1
node "$here/retries/ask.mjs" "$url" "${clients[@]}"
