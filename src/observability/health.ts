interface PartReport {
  readonly ready: boolean;
  readonly required: boolean;
  readonly detail?: string;
}

export interface HealthReport {
  /** Whether every required part is ready. */
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, PartReport>>;
}

const CHECK_TIMEOUT_MS = 2_000;

/** Parts register how to ask whether they are ready; `/readyz` asks all of them. */
export class Health {
  private readonly checks = new Map<string, { check: () => Promise<void> | void; required: boolean }>();
  private stopping = false;

  /**
   * `check` resolves when the part is ready and rejects, with a reason fit to be shown, when it is not. A part that is not
   * `required` is shown, but the process goes on serving without it, so a load balancer must not turn away.
   */
  register(part: string, check: () => Promise<void> | void, { required = true } = {}): void {
    this.checks.set(part, { check, required });
  }

  /** From now on not ready, so that load balancers turn away before the last requests are answered. */
  stop(): void {
    this.stopping = true;
  }

  async report(): Promise<HealthReport> {
    const entries = await Promise.all(
      [...this.checks].map(async ([part, { check, required }]) => {
        try {
          await withTimeout(Promise.resolve().then(check));
          return [part, { ready: true, required }] as const;
        } catch (error) {
          return [
            part,
            { ready: false, required, detail: error instanceof Error ? error.message : 'not ready' },
          ] as const;
        }
      }),
    );
    const parts: Record<string, PartReport> = Object.fromEntries<PartReport>(entries);
    if (this.stopping) parts['process'] = { ready: false, required: true, detail: 'shutting down' };
    return { ready: Object.values(parts).every((part) => part.ready || !part.required), parts };
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
