#!/usr/bin/env bash
# test/clients/webhooks.sh [node] [python] [go] [java]: whether the libraries of Standard Webhooks themselves verify what a
# server of ours delivers, and refuse what was altered. They come from npm, PyPI, the Go proxy and Maven Central.
. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || set -- node python go java

built
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

serve WEBHOOK_PRIVATE_ADDRESSES=allowed WEBHOOK_INTERVAL_MS=50 OUTBOX_INTERVAL_MS=50
node "$here/webhooks/delivery.mjs" "$url" "${verifiers[@]}"
