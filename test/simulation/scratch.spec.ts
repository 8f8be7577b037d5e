import { it } from '@jest/globals';
import { run } from './support/scenario.js';

it('scratch', async () => {
  const from = Number(process.env['SIM_SEED'] ?? 1);
  const count = Number(process.env['SIM_SEEDS'] ?? 1);
  const t = performance.now(); const c0 = process.cpuUsage();
  let bad = 0, acc = 0, rec = 0;
  const kinds = new Map<string, number[]>();
  for (let s = from; s < from + count; s++) {
    if (process.env['ONLY'] && s % 2 !== Number(process.env['ONLY']) - 1) continue;
    const o = await run(s, undefined, count === 1);
    acc += o.accepted; rec += o.recoveries;
    if (count === 1) console.log(o.trace.join('\n'));
    if (o.broken.length) { bad++; const k=(o.broken[0] as string).replace(/clm_\S+|\d+/g,'N'); kinds.set(k,[...(kinds.get(k)??[]),s]); if (count===1) console.log(o.broken.join('\n')); }
  }
  console.log({ bad, acc, rec, ms: (performance.now() - t) / count, cpu: process.cpuUsage(c0).user / 1000 / count });
  for (const [k, v] of kinds) console.log(v.length, k, v.slice(0, 8).join(' '));
}, 600_000);
