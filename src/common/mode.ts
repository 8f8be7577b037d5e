/**
 * Live or test: what belongs to the test mode has a `t` where a live id has its time's first digit, which is `0` until the year 3084. So a
 * merchant's test side is a merchant of its own in every query, a test voucher's id tells what it is without a look-up, and all live
 * ids of a kind sort before all test ids (docs/adr/0092).
 */
export type Mode = 'live' | 'test';
export const MODES = ['live', 'test'] as const;

const PLACE = 'vch_'.length;
const MARK = { live: '0', test: 't' } as const;

/** @param id with a prefix of three letters: of a voucher, a claim, a merchant or a user */
export const modeOf = (id: string): Mode => (id.charAt(PLACE) === MARK.test ? 'test' : 'live');

/** The same id in a mode: of a merchant, its live or its test side. */
export const inMode = (id: string, mode: Mode): string =>
  id.slice(0, PLACE) + MARK[mode] + id.slice(PLACE + 1);

/** What every test id sorts behind or equals, and every live one before. @param prefix three letters */
export const firstTestId = (prefix: string): string => `${prefix}_${MARK.test}`;

/** Who acts, as far as their mode is concerned: a merchant's people, its keys, and its test shoppers name their side of it. */
interface Side {
  readonly merchantId?: string | undefined;
}

/** Whether a voucher is of the mode of whoever asks; a test voucher is shown on the test side of its own merchant alone. */
export const isInModeOf = (
  actor: Side | undefined,
  voucher: { readonly id: string; readonly merchantId: string },
): boolean =>
  modeOf(voucher.id) === 'test'
    ? actor?.merchantId === voucher.merchantId
    : actor?.merchantId === undefined || modeOf(actor.merchantId) === 'live';

/** A shopper that a test key made up (`POST /v1/test/shoppers`). */
export const isTestShopper = ({ role, merchantId }: Side & { readonly role: string }): boolean =>
  role === 'shopper' && merchantId !== undefined;

/** Of the addresses of test shoppers: nobody reads mail there (RFC 2606), so none is sent. */
export const TEST_MAIL_DOMAIN = 'test.invalid';
