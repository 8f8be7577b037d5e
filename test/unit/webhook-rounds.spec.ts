import { describe, expect, it } from '@jest/globals';
import { Rounds, type Steps } from '../../src/webhook/domain/rounds.js';

interface Round {
  readonly n: number;
}

/** Steps that end when the test says so, and what was begun and ended, in order. */
class Script implements Steps<Round, string> {
  readonly heard: string[] = [];
  held = 0;
  mostHeld = 0;
  mayOverlap = true;
  isHalfTaken = true;
  private read_ = 0;
  private readonly gates = new Map<string, (error?: Error) => void>();

  constructor(private readonly rounds: number) {}

  async read(): Promise<Round | undefined> {
    const n = this.read_;
    if (n === this.rounds) return undefined;
    this.read_ += 1;
    this.heard.push(`read ${n}`);
    this.held += 1;
    this.mostHeld = Math.max(this.held, this.mostHeld);
    return { n };
  }

  async send({ n }: Round, halfway: () => void): Promise<{ sent: string; mayOverlap: boolean }> {
    this.heard.push(`send ${n}`);
    if (this.isHalfTaken) halfway();
    await this.gate(`sent ${n}`);
    return { sent: `sent ${n}`, mayOverlap: this.mayOverlap };
  }

  async write({ n }: Round, sent: string): Promise<void> {
    expect(sent).toBe(`sent ${n}`);
    this.heard.push(`write ${n}`);
    await this.gate(`written ${n}`);
  }

  letGo(): void {
    this.held -= 1;
  }

  /** Ends a step, and lets all follow that it held back. */
  async end(step: string, error?: Error): Promise<void> {
    this.gates.get(step)?.(error);
    await settled();
  }

  private gate(step: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.gates.set(step, (error) => {
        this.heard.push(step);
        if (error) reject(error);
        else resolve();
      });
    });
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('rounds', () => {
  it('the next is read while one is sent, and sent while that is written; a third waits', async () => {
    const script = new Script(4);
    const run = new Rounds(script, () => false).run();
    await settled();
    expect(script.heard).toEqual(['read 0', 'send 0', 'read 1']);
    await script.end('sent 0');
    expect(script.heard.slice(4)).toEqual(['write 0', 'send 1', 'read 2']);
    await script.end('sent 1');
    // The first is not written yet: nothing more is sent, or written before it.
    expect(script.heard.slice(7)).toEqual(['sent 1']);
    expect(script.held).toBe(3);
    await script.end('written 0');
    expect(script.heard.slice(8)).toEqual(['written 0', 'write 1', 'send 2', 'read 3']);
    for (const step of ['sent 2', 'written 1', 'sent 3', 'written 2', 'written 3']) await script.end(step);
    await run;
    expect([script.held, script.mostHeld]).toEqual([0, 3]);
  });

  it('what did not go well is written before anything else is read, and what was read ahead is not sent', async () => {
    const script = new Script(3);
    const run = new Rounds(script, () => false).run();
    await settled();
    script.mayOverlap = false;
    await script.end('sent 0');
    expect(script.heard).toEqual(['read 0', 'send 0', 'read 1', 'sent 0', 'write 0']);
    script.isHalfTaken = false;
    await script.end('written 0');
    expect(script.heard.slice(6)).toEqual(['read 2', 'send 2']);
    await script.end('sent 2');
    await script.end('written 2');
    await run;
    expect(script.held).toBe(0);
  });

  it('a round that cannot be written ends the run once the next was sent, and no round stays held', async () => {
    const script = new Script(9);
    const run = new Rounds(script, () => false).run();
    const ended = expect(run).rejects.toThrow('database away');
    await settled();
    await script.end('sent 0');
    await script.end('written 0', new Error('database away'));
    await script.end('sent 1');
    await ended;
    expect(script.heard).not.toContain('write 1');
    expect(script.held).toBe(0);
  });

  it('stopped, it writes what it sent, and sends nothing more', async () => {
    const script = new Script(9);
    let isStopped = false;
    const run = new Rounds(script, () => isStopped).run();
    await settled();
    isStopped = true;
    await script.end('sent 0');
    await script.end('written 0');
    await run;
    expect(script.heard).toEqual(['read 0', 'send 0', 'read 1', 'sent 0', 'write 0', 'written 0']);
    expect(script.held).toBe(0);
  });
});
