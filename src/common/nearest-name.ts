/**
 * The name that somebody probably meant: at most two slips away (one in a short name), whatever the case.
 * @returns `undefined` where none is so near
 */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const given = name.toUpperCase();
  const most = given.length > 5 ? 2 : 1;
  let best: { readonly name: string; readonly slips: number } | undefined;
  for (const candidate of names) {
    if (Math.abs(candidate.length - given.length) > most) continue;
    const slips = slipsBetween(given, candidate.toUpperCase());
    if (slips <= most && (best === undefined || slips < best.slips)) best = { name: candidate, slips };
  }
  return best?.name;
}

/**
 * Letters that are missing, too many, wrong, or exchanged with their neighbour: the distance of Damerau and Levenshtein in its
 * restricted form (optimal string alignment).
 */
function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const wrong = a[i - 1] === b[j - 1] ? 0 : 1;
      let slips = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + wrong);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        slips = Math.min(slips, (beforeLast[j - 2] ?? 0) + 1);
      row.push(slips);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
