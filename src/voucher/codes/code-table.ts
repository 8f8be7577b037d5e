import { foldImportedCode } from '../../common/imported-code.js';

const FIRST_SLOTS = 1_024;

/**
 * Codes of a file in their order, each once. An open-addressing table of numbers beside the codes themselves: a Map by the folded text
 * would hold each text twice, which is some 100 MB for a million.
 */
export class CodeTable {
  readonly codes: string[] = [];
  /** Of each code, from 1. */
  readonly lines: number[] = [];
  private readonly hashes: number[] = [];
  /** Places in `codes`, from 1; 0 is free. */
  private slots = new Int32Array(FIRST_SLOTS);

  /** @returns the line of the same code before, which stays; `undefined` where there was none */
  add(code: string, line: number): number | undefined {
    const folded = foldImportedCode(code) ?? code;
    const hash = fnv1a(folded);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (; ; slot = (slot + 1) & mask) {
      const at = (this.slots[slot] ?? 0) - 1;
      if (at < 0) break;
      if (this.hashes[at] === hash && foldImportedCode(this.codes[at] ?? '') === folded)
        return this.lines[at];
    }
    this.slots[slot] = this.codes.push(code);
    this.lines.push(line);
    this.hashes.push(hash);
    if (this.codes.length * 2 > this.slots.length) this.grow();
    return undefined;
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (let at = 0; at < this.hashes.length; at++) {
      let slot = (this.hashes[at] ?? 0) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = at + 1;
    }
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
