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
      python_with standardwebhooks==1.1.0
      verifiers+=("python=$python $here/webhooks/verify.py")
      ;;
    go)
      go_program "$here/webhooks/verify.go" github.com/standard-webhooks/standard-webhooks/libraries@v0.0.1
      verifiers+=("go=$go_built")
      ;;
    java)
      jar=standardwebhooks-1.1.0.jar
      mvn -q dependency:copy -Dartifact=com.standardwebhooks:standardwebhooks:1.1.0 -DoutputDirectory="$work"
      javac -cp "$work/$jar" -d "$work" "$here/webhooks/Verify.java"
      verifiers+=("java=java -cp $work/$jar:$work Verify")
      ;;
    *)
      no_language "$language"
      ;;
  esac
done

serve WEBHOOK_PRIVATE_ADDRESSES=allowed WEBHOOK_INTERVAL_MS=50 OUTBOX_INTERVAL_MS=50
node "$here/webhooks/delivery.mjs" "$url" "${verifiers[@]}"
