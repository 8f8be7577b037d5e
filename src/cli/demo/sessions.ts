import type { Headers } from './client.js';

export interface Session {
  readonly access_token: string;
}

export interface ClaimAnswer {
  readonly id: string;
  readonly voucher_id: string;
  readonly status: string;
  readonly code: string | null;
  readonly sequence: number | null;
  readonly issued_at: string | null;
}

/** Built once for each person. A POST without a body says so, else Node announces chunks. */
export const bearer = (session: Session): Headers => ({
  authorization: `Bearer ${session.access_token}`,
  'content-length': '0',
});
