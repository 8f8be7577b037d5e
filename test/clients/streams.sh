#!/usr/bin/env bash
# test/clients/streams.sh [node] [python] [go]: whether EventSource clients follow a claim over a restart of the server, with
# `id`, `retry` and `Last-Event-ID`. They come from npm, PyPI and the Go proxy. docs/reference/clients.md has what came of it.
. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || set -- node python go

built
clients=()
for language in "$@"; do
  case $language in
    node)
      npm i --prefix "$work" --no-save --ignore-scripts --no-fund --no-audit --loglevel=error eventsource@5.1.5
      cp "$here/streams/follow.mjs" "$work"
      clients+=("eventsource=node $work/follow.mjs")
      ;;
    python)
      python3 -m venv "$work/venv"
      "$work/venv/bin/pip" -q install sseclient==0.0.27
      clients+=("sseclient=$work/venv/bin/python $here/streams/follow.py")
      ;;
    go)
      mkdir "$work/go"
      cp "$here/streams/follow.go" "$work/go"
      (
        cd "$work/go"
        go mod init client
        go get github.com/tmaxmax/go-sse@v0.11.0
        CGO_ENABLED=0 go build -o follow .
      ) >"$work/go.log" 2>&1 || { cat "$work/go.log"; exit 1; }
      clients+=("go-sse=$work/go/follow")
      ;;
    *)
      echo "no such language: $language"
      exit 2
      ;;
  esac
done

node "$here/streams/restart.mjs" "$work/data" "${clients[@]}"
