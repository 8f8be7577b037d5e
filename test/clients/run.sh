#!/usr/bin/env bash
# test/clients/run.sh [CLIENT...]: makes clients of the API document, compiles them, and does the whole job with each of them
# against a server of its own: register, create, publish, read, claim, redeem, and two refusals. The clients:
#   python go rust java typescript-axios typescript-fetch    by openapi-generator, which needs Java and Maven
#   hey-api orval                                            TypeScript
#   openapi-python-client                                    Python
#   oapi-codegen ogen                                        Go; the compiler takes 6 GB of memory for ogen's client
# Needs the tools of the languages that are named. docs/reference/clients.md has what came of it.
. "$(dirname "$0")/lib.sh"
VERSION=7.25.0
ARTIFACT=org.openapitools:openapi-generator-cli:$VERSION
HEY_API=0.99.0
ORVAL=8.38.0
PYTHON_CLIENT=0.29.1
OAPI_CODEGEN=v2.8.2
OGEN=v1.25.0
[ $# -gt 0 ] || set -- python go

built
node dist/test/harness/openapi.js "$work/openapi.json" "$work/openapi-3.1.json"

generate() { # LANGUAGE [OPTION...]
  local language=$1
  shift
  # Copied from Maven's own cache, wherever that is.
  [ -e "$work/openapi-generator-cli-$VERSION.jar" ] ||
    mvn -q dependency:copy -Dartifact=$ARTIFACT -DoutputDirectory="$work" -Dmdep.useBaseVersion=true
  java -jar "$work/openapi-generator-cli-$VERSION.jar" generate -i "$work/openapi.json" -g "$language" \
    -o "$work/$language" "$@" >"$work/$language.log" 2>&1 || { tail -20 "$work/$language.log"; return 1; }
}

# npm_generate COMMAND PACKAGE...: runs a generator of npm in the folder $work/$client; COMMAND ends before the name of its config.
# It needs Node 22 and, where it makes TypeScript, the last compiler with an API for programs; the client needs neither.
npm_generate() {
  local command=$1
  shift
  mkdir "$work/$client"
  cp "$here/$client.config.mjs" "$work/$client"
  (
    cd "$work/$client"
    npm init --yes >npm.log 2>&1
    npm install --silent --no-fund --no-audit node@22 typescript@6.0.3 "$@"
    PATH=$PWD/node_modules/.bin:$PATH $command "$client.config.mjs" >>npm.log 2>&1 || { tail -20 npm.log; exit 1; }
  )
}

# typescript JOB PACKAGE...: compiles the job beside the client in $work/$client, strictly, and does it.
typescript() {
  # .mts: its imports are the generated files beside the copy, which are not here.
  cp "$here/$1.mts" "$work/$client/job.ts"
  shift
  (
    cd "$work/$client"
    npm install --silent --no-save --no-package-lock @types/node@20 "$@"
    "$top/node_modules/.bin/tsc" --outDir built --strict --target es2022 --module commonjs --moduleResolution node10 \
      --ignoreDeprecations 6.0 --lib es2022,dom --types node --skipLibCheck job.ts
    node built/job.js
  )
}

# go_generate MODULE COMMAND...: runs a generator of a Go module in the folder $work/$client, which is a module of its own.
go_generate() {
  local module=$1
  shift
  mkdir "$work/$client"
  (
    cd "$work/$client"
    GOBIN=$work/bin go install "$module"
    go mod init job
    PATH=$work/bin:$PATH "$@"
  ) >"$work/$client.log" 2>&1 || { tail -20 "$work/$client.log"; exit 1; }
}

# go_job REQUIREMENT...: compiles the job beside the client in $work/$client, and does it.
go_job() {
  cp "$here/job-$client.go" "$work/$client/job.go"
  (
    cd "$work/$client"
    for requirement in "$@"; do go mod edit -require "$requirement"; done
    go mod tidy >"$work/tidy.log" 2>&1 || { tail -20 "$work/tidy.log"; exit 1; }
    go vet .
    go run .
  )
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
      typescript "job-${client#typescript-}" axios@1
      ;;
    hey-api)
      npm_generate "openapi-ts --file" "@hey-api/openapi-ts@$HEY_API"
      typescript job-hey-api zod@4
      ;;
    orval)
      npm_generate "orval --config" "orval@$ORVAL"
      typescript job-orval zod@4
      ;;
    openapi-python-client)
      python_with "openapi-python-client==$PYTHON_CLIENT"
      # It ends well where it has left something out, and says so.
      PATH=$work/venv/bin:$PATH openapi-python-client generate --path "$work/openapi-3.1.json" --config "$here/$client.yaml" \
        --output-path "$work/$client" >"$work/$client.log" 2>&1 || { tail -20 "$work/$client.log"; exit 1; }
      (
        cd "$work/$client"
        "$python" -m compileall -q voucher_connect_client
        PYTHONPATH=. "$python" "$here/job-openapi-python-client.py"
      )
      ;;
    oapi-codegen)
      go_generate "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@$OAPI_CODEGEN" \
        oapi-codegen -generate client,models -package main -o client.gen.go ../openapi.json
      go_job github.com/oapi-codegen/runtime@v1.9.0
      ;;
    ogen)
      go_generate "github.com/ogen-go/ogen/cmd/ogen@$OGEN" ogen --config "$here/ogen.yml" --target api ../openapi.json
      go_job "github.com/ogen-go/ogen@$OGEN"
      ;;
    *)
      no_language "$client"
      ;;
  esac
  echo "--- $client: done"
done
