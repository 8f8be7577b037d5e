export interface HealthReport {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, { ready: boolean; detail?: string }>>;
}

const CHECK_TIMEOUT_MS = 2_000;

/** Parts register how to ask whether they are ready; `/readyz` asks all of them. */
export class Health {
  private readonly checks = new Map<string, () => Promise<void> | void>();
  private stopping = false;

  /** `check` resolves when the part is ready and rejects, with a reason fit to be shown, when it is not. */
  register(part: string, check: () => Promise<void> | void): void {
    this.checks.set(part, check);
  }

  /** From now on not ready, so that load balancers turn away before the last requests are answered. */
  stop(): void {
    this.stopping = true;
  }

  async report(): Promise<HealthReport> {
    const entries = await Promise.all(
      [...this.checks].map(async ([part, check]) => {
        try {
          await withTimeout(Promise.resolve().then(check));
          return [part, { ready: true }] as const;
        } catch (error) {
          return [part, { ready: false, detail: error instanceof Error ? error.message : 'not ready' }] as const;
        }
      }),
    );
    const parts: Record<string, { ready: boolean; detail?: string }> = Object.fromEntries(entries);
    if (this.stopping) parts['process'] = { ready: false, detail: 'shutting down' };
    return { ready: Object.values(parts).every((part) => part.ready), parts };
  }
}

async function withTimeout(check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check, late]);
  } finally {
    clearTimeout(timer);
  }
}
