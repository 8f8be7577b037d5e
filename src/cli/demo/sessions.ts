import type { Schemas, VoucherConnect } from '../../../clients/typescript/src/index.js';
import type { Headers } from './client.js';

type Session = Schemas['Session'];

/** Of a session that was not asked for in cookies. */
export const tokenOf = ({ access_token: token = '' }: Session): string => token;

/** Built once for each person. A POST without a body says so, else Node announces chunks. */
export const bearer = (token: string): Headers => ({
  authorization: `Bearer ${token}`,
  'content-length': '0',
});

/** @returns the access token of a new shopper */
export async function register(
  api: VoucherConnect,
  body: Schemas['RegisterRequest'],
  headers: Headers = {},
): Promise<string> {
  return tokenOf(await api.call('post', '/v1/auth/register', { body, headers }));
}
