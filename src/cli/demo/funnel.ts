/** The layers between shoppers and gate in the order in which a request meets them. */
const LAYERS = ['block_list', 'address', 'user', 'challenge', 'sold_out_flag', 'gate'];

const LINE = /^voucherconnect_funnel_total\{layer="([^"]+)",outcome="([^"]+)",reason="([^"]*)"\} (\d+)/;

interface Layer {
  passed: number;
  refused: number;
  readonly why: Map<string, number>;
}

/** What each layer of the server let through and refused, from its metrics, as a table. Layers that saw nothing are left out. */
export async function funnelTable(opsPort: number): Promise<string> {
  const text = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
  const layers = new Map<string, Layer>();
  for (const line of text.split('\n')) {
    const [, name, outcome, reason, value] = LINE.exec(line) ?? [];
    if (name === undefined || reason === undefined) continue;
    const layer = layers.get(name) ?? { passed: 0, refused: 0, why: new Map<string, number>() };
    layers.set(name, layer);
    if (outcome === 'passed') layer.passed += Number(value);
    else {
      layer.refused += Number(value);
      layer.why.set(reason, (layer.why.get(reason) ?? 0) + Number(value));
    }
  }
  const rows = LAYERS.flatMap((name) => {
    const layer = layers.get(name);
    return layer && layer.passed + layer.refused > 0 ? [row(name, layer)] : [];
  });
  return [`  ${'funnel'.padEnd(16)}${'passed'.padStart(9)} ${'refused'.padStart(9)}  why`, ...rows, ''].join(
    '\n',
  );
}

function row(name: string, { passed, refused, why }: Layer): string {
  const reasons = [...why].map(([reason, count]) => `${reason} ${count.toLocaleString('en-US')}`).join(', ');
  return `  ${name.padEnd(16)}${passed.toLocaleString('en-US').padStart(9)} ${refused.toLocaleString('en-US').padStart(9)}  ${reasons}`.trimEnd();
}
