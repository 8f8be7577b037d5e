#!/usr/bin/env bash
# test/clients/webhooks.sh [node] [python] [go] [java]: whether the libraries of Standard Webhooks themselves verify what a
# server of ours delivers, and refuse what was altered. They come from npm, PyPI, the Go proxy and Maven Central.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- node python go java

cd "$top"
[ -e dist/src/main.js ] || node scripts/build.mjs --server
verifiers=()
for language in "$@"; do
  case $language in
    node)
      verifiers+=("node=node $here/webhooks/verify.mjs")
      ;;
    python)
      python3 -m venv "$work/venv"
      "$work/venv/bin/pip" -q install standardwebhooks==1.1.0
      verifiers+=("python=$work/venv/bin/python $here/webhooks/verify.py")
      ;;
    go)
      mkdir "$work/go"
      cp "$here/webhooks/verify.go" "$work/go"
      (
        cd "$work/go"
        go mod init verify
        go get github.com/standard-webhooks/standard-webhooks/libraries@v0.0.1
        CGO_ENABLED=0 go build -o verify .
      ) >"$work/go.log" 2>&1 || { cat "$work/go.log"; exit 1; }
      verifiers+=("go=$work/go/verify")
      ;;
    java)
      jar=standardwebhooks-1.1.0.jar
      mvn -q dependency:copy -Dartifact=com.standardwebhooks:standardwebhooks:1.1.0 -DoutputDirectory="$work"
      javac -cp "$work/$jar" -d "$work" "$here/webhooks/Verify.java"
      verifiers+=("java=java -cp $work/$jar:$work Verify")
      ;;
    *)
      echo "no such language: $language"
      exit 2
      ;;
  esac
done

NODE_ENV=test LOG_LEVEL=silent PORT=0 OPS_PORT=0 DATA_DIR="$work/data" \
  WEBHOOK_PRIVATE_ADDRESSES=allowed WEBHOOK_INTERVAL_MS=50 OUTBOX_INTERVAL_MS=50 \
  node "$here/server.mjs" >"$work/url" 2>"$work/server.log" &
server=$!
for _ in $(seq 600); do [ -s "$work/url" ] && break; sleep 0.1; done
url=$(cat "$work/url")
[ -n "$url" ] || { cat "$work/server.log"; exit 1; }
node "$here/webhooks/delivery.mjs" "$url" "${verifiers[@]}"
