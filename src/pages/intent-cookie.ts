import { setCookie } from '../http/cookies.js';

/** Read and removed by web/src/lib/claim-world.ts. */
const NAME = 'vc_intent';
const LASTS_S = 900;

/**
 * Keeps which voucher's button was pressed by somebody who has to sign in first, so that the press counts afterwards. Only a form of
 * this origin leads here.
 * @param voucherId `undefined` forgets it
 */
export const intentCookie = (voucherId: string | undefined): string =>
  setCookie(NAME, voucherId ?? '', {
    maxAgeS: voucherId === undefined ? 0 : LASTS_S,
    secure: false,
    httpOnly: false,
  });
