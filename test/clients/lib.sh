# Sourced by the scripts beside it: $here, $top, the folder $work for what they make, and a server of their own. Folder and
# server are gone when the script ends.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$top"

# Builds the server where it was not.
built() {
  [ -e dist/src/main.js ] || node scripts/build.mjs --server
}

# serve [NAME=VALUE...]: starts a server in embedded mode with these settings; $url is its address.
serve() {
  env NODE_ENV=test LOG_LEVEL=silent PORT=0 OPS_PORT=0 DATA_DIR="$work/data" PASSWORD_MEMORY_KIB=8 PASSWORD_ITERATIONS=1 "$@" \
    node "$here/server.mjs" >"$work/url" 2>"$work/server.log" &
  server=$!
  for _ in $(seq 600); do [ -s "$work/url" ] && break; sleep 0.1; done
  url=$(cat "$work/url")
  [ -n "$url" ] || { cat "$work/server.log"; exit 1; }
}

# python_with REQUIREMENT...: $python has these packages.
python_with() {
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" -q install "$@"
  python=$work/venv/bin/python
}

# go_program SOURCE MODULE: builds a program that rests on a module; $go_built is its path.
go_program() {
  go_built=$work/go/$(basename "$1" .go)
  mkdir "$work/go"
  cp "$1" "$work/go"
  (
    cd "$work/go"
    go mod init program
    go get "$2"
    CGO_ENABLED=0 go build -o "$go_built" .
  ) >"$work/go.log" 2>&1 || { cat "$work/go.log"; exit 1; }
}

# no_language NAME: ends a script that was asked for a language which it does not know.
no_language() {
  echo "no such language: $1"
  exit 2
}
