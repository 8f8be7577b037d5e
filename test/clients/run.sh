#!/usr/bin/env bash
# test/clients/run.sh [python] [go] [rust] [java] [typescript-axios] [typescript-fetch]: makes clients of the API document
# with openapi-generator, compiles them, and does the whole job with those of Python and Go against a server of its own.
# Needs Java, Maven, and the tools of the languages that are named. docs/reference/clients.md has what came of it.
. "$(dirname "$0")/lib.sh"
VERSION=7.25.0
ARTIFACT=org.openapitools:openapi-generator-cli:$VERSION
[ $# -gt 0 ] || set -- python go

npm run --silent openapi -- "$work/openapi.json"
# Copied from Maven's own cache, wherever that is.
mvn -q dependency:copy -Dartifact=$ARTIFACT -DoutputDirectory="$work" -Dmdep.useBaseVersion=true
generate() { # LANGUAGE [OPTION...]
  local language=$1
  shift
  java -jar "$work/openapi-generator-cli-$VERSION.jar" generate -i "$work/openapi.json" -g "$language" \
    -o "$work/$language" "$@" >"$work/$language.log" 2>&1 || { tail -20 "$work/$language.log"; return 1; }
}

serve
export API_URL="$url"

for client in "$@"; do
  echo "--- $client"
  case $client in
    python)
      generate python
      python_with "$work/python"
      "$python" "$here/job.py"
      ;;
    go)
      generate go --additional-properties=useOneOfDiscriminatorLookup=true
      cp "$here/job.go" "$work/go/job_test.go"
      rm -rf "$work/go/test"
      (cd "$work/go" && go mod tidy >"$work/tidy.log" 2>&1 && go vet . && go test -run TestJob .)
      ;;
    rust)
      generate rust
      (cd "$work/rust" && cargo check)
      ;;
    java)
      generate java
      (cd "$work/java" && mvn -q -DskipTests compile)
      ;;
    typescript-axios | typescript-fetch)
      generate "$client"
      cd "$work/$client"
      [ "$client" = typescript-fetch ] || npm install --silent --no-save --no-package-lock axios@1 @types/node
      "$top/node_modules/.bin/tsc" --noEmit --strict --target es2022 --module esnext --moduleResolution bundler \
        --lib es2022,dom --skipLibCheck index.ts
      cd "$top"
      ;;
    *)
      echo "no such client: $client"
      exit 2
      ;;
  esac
  echo "--- $client: done"
done
