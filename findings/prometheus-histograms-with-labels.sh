#!/usr/bin/env bash
# Metrics as prom-client 15.1.3 (npm) writes them in the text format of Prometheus: a histogram and a summary with a label of their own, as
# of two drops. parse-prometheus-text-format 1.1.1 (npm) gives one of them for all drops: buckets and quantiles of the last one, without
# its label, and no sum or count at all. Where there is one drop alone it loses the label, sum and count too; counters, gauges, and a
# histogram without labels are read whole. Python's prometheus-client 0.26.0 reads each.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts prom-client@15.1.3 parse-prometheus-text-format@1.1.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check prometheus-client==0.26.0
cat > read.py <<'PY'
import sys

from prometheus_client.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.read()):
    if family.type in ("histogram", "summary"):
        ends = [s for s in family.samples if s.name.endswith(("_sum", "_count"))]
        print("Python", family.name, *[f"{s.labels.get('drop')}:{s.name.split('_')[-1]}={s.value:g}" for s in ends])
PY
cat > try.cjs <<'JS'
const { execFileSync } = require('node:child_process');
const { Counter, Histogram, Registry, Summary } = require('prom-client');
const parse = require('parse-prometheus-text-format');

async function textOf(drops, labelNames) {
  const registers = [new Registry()];
  const help = 'seen';
  const wait = new Histogram({ name: 'wait', help, labelNames, registers, buckets: [1] });
  const age = new Summary({ name: 'age', help, labelNames, registers, percentiles: [0.5] });
  const claims = new Counter({ name: 'claims', help, labelNames, registers });
  for (const [drop, seconds] of drops) {
    const of = labelNames.length > 0 ? [drop] : [];
    for (const metric of [wait, age]) metric.labels(...of).observe(seconds);
    claims.labels(...of).inc(seconds);
  }
  return registers[0].metrics();
}

async function main() {
  const two = await textOf([['tea', 0.5], ['cake', 3]], ['drop']);
  const cases = { two, one: await textOf([['tea', 0.5]], ['drop']), none: await textOf([['', 0.5]], []) };
  for (const [name, text] of Object.entries(cases))
    for (const family of parse(text)) console.log(name, family.name, JSON.stringify(family.metrics));
  process.stdout.write(execFileSync('venv/bin/python', ['read.py'], { input: two, encoding: 'utf8' }));
}
main();
JS
node try.cjs | tee seen.txt
diff - seen.txt <<'SEEN' && echo "as described"
two wait [{"buckets":{"1":"0","+Inf":"1"}}]
two age [{"quantiles":{"0.5":"3"}}]
two claims [{"value":"0.5","labels":{"drop":"tea"}},{"value":"3","labels":{"drop":"cake"}}]
one wait [{"buckets":{"1":"1","+Inf":"1"}}]
one age [{"quantiles":{"0.5":"0.5"}}]
one claims [{"value":"0.5","labels":{"drop":"tea"}}]
none wait [{"buckets":{"1":"1","+Inf":"1"},"count":"1","sum":"0.5"}]
none age [{"quantiles":{"0.5":"0.5"},"count":"1","sum":"0.5"}]
none claims [{"value":"0.5"}]
Python wait tea:sum=0.5 tea:count=1 cake:sum=3 cake:count=1
Python age tea:sum=0.5 tea:count=1 cake:sum=3 cake:count=1
SEEN
