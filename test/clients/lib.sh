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
