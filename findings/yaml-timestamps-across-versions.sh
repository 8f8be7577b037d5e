#!/usr/bin/env bash
# yaml 2.9.1 (npm) writes a string that looks like an RFC 3339 time without quotes: it writes YAML 1.2, which has no timestamps. PyYAML 6.0.3
# reads YAML 1.1, where the same text is a timestamp, so an OpenAPI or AsyncAPI document written by the one has `datetime` objects instead
# of strings in its examples when it is read by the other, and what checks examples against `type: string` says that they are wrong.
# With { version: '1.1' } yaml quotes them, and both read the same.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit yaml@2.9.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyyaml==6.0.3
cat > write.mjs <<'JS'
import { stringify } from 'yaml';
const document = { type: 'string', format: 'date-time', example: '2026-05-01T12:00:00.000Z' };
process.stdout.write(stringify(document, process.argv[2] ? { version: process.argv[2] } : {}));
JS
cat > read.py <<'PY'
import sys, yaml
print(type(yaml.safe_load(sys.stdin)["example"]).__name__)
PY
plain=$(node write.mjs | venv/bin/python read.py)
quoted=$(node write.mjs 1.1 | venv/bin/python read.py)
echo "example as read by PyYAML: $plain as written by default, $quoted as written for YAML 1.1"
[ "$plain" = datetime ] && [ "$quoted" = str ]
echo "as described: yaml 2.9.1 writes times that PyYAML 6.0.3 reads as datetime"
