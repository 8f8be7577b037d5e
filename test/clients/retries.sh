#!/usr/bin/env bash
# test/clients/retries.sh [node] [python] [go]: whether HTTP clients that retry by themselves do the right thing with our 429
# and 503. They come from npm, PyPI and the Go proxy. docs/reference/clients.md has what came of it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- node python go

cd "$top"
[ -e dist/src/main.js ] || node scripts/build.mjs --server
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
      python3 -m venv "$work/venv"
      "$work/venv/bin/pip" -q install urllib3==2.8.0
      clients+=("urllib3=$work/venv/bin/python $here/retries/client.py")
      ;;
    go)
      mkdir "$work/go"
      cp "$here/retries/client.go" "$work/go"
      (
        cd "$work/go"
        go mod init client
        go get github.com/hashicorp/go-retryablehttp@v0.7.8
        CGO_ENABLED=0 go build -o client .
      ) >"$work/go.log" 2>&1 || { cat "$work/go.log"; exit 1; }
      clients+=("retryablehttp=$work/go/client")
      ;;
    *)
      echo "no such language: $language"
      exit 2
      ;;
  esac
done

NODE_ENV=test LOG_LEVEL=silent PORT=0 OPS_PORT=0 DATA_DIR="$work/data" RATE_LIMIT_REGISTER=off RATE_LIMIT_LOGIN=off \
  RATE_LIMIT_STATUS='1/4s sliding-window local' MAX_IN_FLIGHT_REQUESTS=1 PASSWORD_MEMORY_KIB=8 PASSWORD_ITERATIONS=1 \
  node "$here/server.mjs" >"$work/url" 2>"$work/server.log" &
server=$!
for _ in $(seq 600); do [ -s "$work/url" ] && break; sleep 0.1; done
url=$(cat "$work/url")
[ -n "$url" ] || { cat "$work/server.log"; exit 1; }
node "$here/retries/ask.mjs" "$url" "${clients[@]}"
