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
      python_with sseclient==0.0.27
      clients+=("sseclient=$python $here/streams/follow.py")
      ;;
    go)
      go_program "$here/streams/follow.go" github.com/tmaxmax/go-sse@v0.11.0
      clients+=("go-sse=$go_built")
      ;;
    *)
      no_language "$language"
      ;;
  esac
done

node "$here/streams/restart.mjs" "$work/data" "${clients[@]}"
