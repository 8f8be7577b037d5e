const TAG = /<(\/?)([A-Za-z][\w.:-]*)((?:\s+[\w.:-]+="[^"<]*")*)\s*(\/?)>/y;

/** Enough of XML to find a file that a person broke: every tag has its end, attributes are quoted, nothing is loose. @throws Error */
export function wellFormed(xml: string): void {
  const open: string[] = [];
  let roots = 0;
  const text = xml.replace(/^<\?xml[^?]*\?>/, '').replaceAll(/<!--(?:(?!--)[^])*-->/g, '');
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('<', at);
    const between = text.slice(at, next < 0 ? undefined : next);
    if (/&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(between)) throw new Error(`a bare & in "${between}"`);
    if (open.length === 0 && between.trim() !== '') throw new Error(`text outside the root: "${between}"`);
    if (next < 0) break;
    TAG.lastIndex = next;
    const tag = TAG.exec(text);
    if (!tag) throw new Error(`no tag at "${text.slice(next, next + 60)}"`);
    const [all, ending, name = '', , alone] = tag;
    if (ending) {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> where </${expected}> was expected`);
    } else if (!alone) {
      if (open.length === 0) roots += 1;
      open.push(name);
    }
    at = next + all.length;
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> has no end`);
  if (roots !== 1) throw new Error(`${roots} roots`);
}
