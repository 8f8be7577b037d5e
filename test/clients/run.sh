#!/usr/bin/env bash
# test/clients/run.sh [python] [go] [rust] [java] [typescript-axios] [typescript-fetch]: makes clients of the API document
# with openapi-generator, compiles them, and does the whole job with each of them against a server of its own: register,
# create, publish, read, claim, redeem, and two refusals. Needs Java, Maven, and the tools of the languages that are named. docs/reference/clients.md has what came of it.
. "$(dirname "$0")/lib.sh"
VERSION=7.25.0
ARTIFACT=org.openapitools:openapi-generator-cli:$VERSION
[ $# -gt 0 ] || set -- python go

built
node dist/test/harness/openapi.js "$work/openapi.json"
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
      # Its runtime is the job's choice; everything else is of the package.
      sed -i '/^\[features\]/i [dev-dependencies]\ntokio = { version = "1", features = ["macros", "rt", "time"] }\n' \
        "$work/rust/Cargo.toml"
      mkdir "$work/rust/tests"
      cp "$here/job.rs" "$work/rust/tests"
      (cd "$work/rust" && cargo test --quiet --test job)
      ;;
    java)
      generate java
      mkdir -p "$work/java/src/main/java"
      cp "$here/Job.java" "$work/java/src/main/java"
      (
        cd "$work/java"
        # From the registry: openapi-generator's own choice of compiler and libraries.
        mvn -q -DskipTests compile
        mvn -q dependency:build-classpath -Dmdep.outputFile="$work/classpath"
        java -cp "target/classes:$(cat "$work/classpath")" Job
      )
      ;;
    typescript-axios | typescript-fetch)
      generate "$client"
      # .mts: its imports are the generated files beside the copy, which are not here.
      cp "$here/job-${client#typescript-}.mts" "$work/$client/job.ts"
      cd "$work/$client"
      npm install --silent --no-save --no-package-lock axios@1 @types/node@20
      "$top/node_modules/.bin/tsc" --outDir built --strict --target es2022 --module commonjs --moduleResolution node10 \
        --ignoreDeprecations 6.0 --lib es2022,dom --types node --skipLibCheck job.ts
      node built/job.js
      cd "$top"
      ;;
    *)
      echo "no such client: $client"
      exit 2
      ;;
  esac
  echo "--- $client: done"
done
