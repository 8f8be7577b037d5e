import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { until } from './api.js';

export interface ClaimStream {
  /** All that has come. */
  text(): string;
  isOpen(): boolean;
  /** @throws Error where the server does not end it: not earlier than by itself, after two minutes */
  ended(): Promise<void>;
  close(): void;
}

/** Opens `GET /v1/claims/:id/events` on a connection of its own; resolves with the first event. */
export async function openClaimStream(
  url: string,
  claimId: string,
  token: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ClaimStream> {
  const asked = request(`${url}/v1/claims/${claimId}/events`, {
    agent: false,
    headers: { authorization: `Bearer ${token}`, ...headers },
  }).end();
  asked.on('error', () => undefined);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  let text = '';
  let open = true;
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => (text += chunk.toString()));
  response.on('close', () => (open = false));
  await until(async () => (text.includes('\n\n') ? true : undefined));
  return {
    text: () => text,
    isOpen: () => open,
    ended: async () => void (await until(async () => (open ? undefined : true))),
    close: () => void asked.destroy(),
  };
}
