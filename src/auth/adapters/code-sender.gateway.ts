import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CodeSender, type CodePurpose } from '../ports/code-sender.js';

export interface GatewayOptions {
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token: string | undefined;
  /** For one try. */
  readonly timeoutMs: number;
  /** Pause before the second try; doubles, with jitter. */
  readonly retryMs?: number;
}

const TRIES = 3;

const PURPOSES: Readonly<Record<CodePurpose, string>> = {
  login: 'is your login code',
  proof: 'is the code that adds this number to an account',
};

/**
 * Hands codes to a message gateway: POST of `{to, code, text, expires_in}` as JSON. A try without an answer and the answers 408,
 * 429 and 5xx are repeated with the same `Idempotency-Key`, three tries in all; any other answer is final.
 */
export class GatewayCodeSender extends CodeSender {
  constructor(private readonly options: GatewayOptions) {
    super();
  }

  async send(phone: string, code: string, ttlS: number, purpose: CodePurpose): Promise<void> {
    const messageId = randomUUID();
    const minutes = Math.max(1, Math.round(ttlS / 60));
    const text = `${code} ${PURPOSES[purpose]}. It expires in ${minutes} min. Do not share it.`;
    const body = JSON.stringify({ to: phone, code, text, expires_in: ttlS });
    for (let attempt = 1; ; attempt++) {
      const fault = await this.post(messageId, body);
      if (fault === undefined) return;
      if (!fault.repeatable || attempt >= TRIES) throw new Error(`the message gateway: ${fault.reason}`);
      await delay((this.options.retryMs ?? 500) * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }

  private async post(
    messageId: string,
    body: string,
  ): Promise<{ readonly repeatable: boolean; readonly reason: string } | undefined> {
    const { url, token, timeoutMs } = this.options;
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': messageId,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body,
        redirect: 'error', // a token and a code go where they were configured to go, and nowhere else
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.body?.cancel();
      if (answer.ok) return undefined;
      const { status } = answer;
      return { repeatable: status >= 500 || status === 408 || status === 429, reason: `answered ${status}` };
    } catch (error) {
      return { repeatable: true, reason: error instanceof Error ? error.name : 'unknown fault' };
    }
  }
}
