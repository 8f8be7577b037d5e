import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { CONFIG, type Config } from '../config/index.js';
import { Problem } from '../common/problems.js';

/** The library declares its enum as ambient `const enum`, which isolated modules cannot read. */
const ARGON2ID = 2;

/** Hashes that may wait for a core at once: beyond it a login would be answered after its client has gone. */
const MAX_WAITING = 1_000;

export type PasswordCheck = 'wrong' | 'right' | 'right-but-outdated';

/** argon2id (RFC 9106), with parameters of the OWASP Password Storage Cheat Sheet in production. */
@Injectable()
export class PasswordHasher implements OnModuleInit {
  private decoy: Promise<string> | undefined;
  private waiting = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'PASSWORD_MEMORY_KIB' | 'PASSWORD_ITERATIONS'>,
  ) {}

  /** Before the first request: made at the first unknown e-mail, the decoy would make that answer the slow one. */
  async onModuleInit(): Promise<void> {
    await this.decoyHash();
  }

  /** @throws Problem overloaded where too many wait already */
  async hash(password: string): Promise<string> {
    return this.bounded(() =>
      hash(normal(password), {
        algorithm: ARGON2ID,
        memoryCost: this.config.PASSWORD_MEMORY_KIB,
        timeCost: this.config.PASSWORD_ITERATIONS,
        parallelism: 1,
      }),
    );
  }

  /**
   * Without a stored hash (unknown account, account without a password) the same work is done on a decoy, so that the time
   * of the answer does not tell which accounts exist.
   * @throws Problem overloaded where too many wait already
   */
  async check(password: string, stored: string | null | undefined): Promise<PasswordCheck> {
    const against = stored ?? (await this.decoyHash());
    const matches = await this.bounded(() => verify(against, normal(password)));
    if (!matches || !stored) return 'wrong';
    return this.isOutdated(stored) ? 'right-but-outdated' : 'right';
  }

  private isOutdated(stored: string): boolean {
    const { algorithm, memoryCost, timeCost } = parseOptions(stored);
    return (
      (algorithm as number) !== ARGON2ID ||
      memoryCost < this.config.PASSWORD_MEMORY_KIB ||
      timeCost < this.config.PASSWORD_ITERATIONS
    );
  }

  private decoyHash(): Promise<string> {
    this.decoy ??= this.hash(randomBytes(32).toString('base64url')).catch((error: unknown) => {
      this.decoy = undefined;
      throw error;
    });
    return this.decoy;
  }

  private async bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= MAX_WAITING) throw new Problem('overloaded');
    this.waiting += 1;
    try {
      return await work();
    } finally {
      this.waiting -= 1;
    }
  }
}

/** The same password typed on two systems may come composed or decomposed (RFC 8265, section 4.2.2). */
const normal = (password: string): string => password.normalize('NFC');
