import { inject, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue';
import { call } from '../../api/client.js';
import type { Failure } from '../../api/failure.js';
import type { Voucher } from '../../api/types.js';

export interface OwnVoucher {
  readonly voucher: Readonly<ShallowRef<Voucher | undefined>>;
  /** Of what is shown: a change is sent with it. */
  readonly etag: Readonly<ShallowRef<string>>;
  readonly failure: Readonly<ShallowRef<Failure | undefined>>;
  load(): Promise<void>;
  /** Shows what an answer said the voucher now is. */
  show(voucher: Voucher, headers: Headers): void;
}

const KEY: InjectionKey<OwnVoucher> = Symbol('own voucher');

/** One of the merchant's vouchers, for the page and its parts. */
export function provideOwnVoucher(id: string): OwnVoucher {
  const voucher = shallowRef<Voucher>();
  const etag = shallowRef('');
  const failure = shallowRef<Failure>();

  function show(next: Voucher, headers: Headers): void {
    voucher.value = next;
    etag.value = headers.get('etag') ?? '';
    failure.value = undefined;
  }
  async function load(): Promise<void> {
    const reply = await call('get', '/v1/merchants/me/vouchers/{id}', { params: { id } });
    if (reply.ok) show(reply.body, reply.headers);
    else failure.value = reply.failure;
  }
  const own = { voucher, etag, failure, load, show };
  provide(KEY, own);
  return own;
}

export function useOwnVoucher(): OwnVoucher {
  const own = inject(KEY);
  if (!own) throw new Error('there is no voucher around this part');
  return own;
}
