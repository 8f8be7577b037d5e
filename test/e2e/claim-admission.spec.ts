import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AccessTokenGuard } from '../../src/auth/access.js';
import { ClaimAdmission } from '../../src/claim/admission/claim-admission.js';
import type { AdmissionCheck } from '../../src/claim/admission/claim-attempt.js';
import { ClaimAppender } from '../../src/claim/log/claim-appender.js';
import { GateKeeper } from '../../src/claim/epoch/gate-keeper.js';
import { SoldOutFlag } from '../../src/claim/gate/sold-out-flag.js';
import { BlockList, ClientLimits, type Block } from '../../src/rate-limit/index.js';
import { Problem, type ProblemCode } from '../../src/common/problems.js';
import { newEmail, PASSWORD, type Answer, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';

let server: TestApp;
let merchant: Session;
let plain: string;
let hidden: string;
/** Of the test mode. */
let ofTests: string;
let forNobody: string;
let hiddenForNobody: string;
let forPhones: string;
let hiddenForPhones: string;

beforeAll(async () => {
  server = await startApp({ WEB_DIR: 'test/support/web', RATE_LIMIT_CHALLENGE: 'off' });
  merchant = await server.api.registerMerchant();
  plain = (await server.api.liveVoucher(merchant.access_token, { total_stock: 1_000 })).id;
  hidden = (
    await server.api.liveVoucher(merchant.access_token, {
      total_stock: 1_000,
      protection: { claim_link: true, captcha: 'none' },
    })
  ).id;
  forNobody = await voucherForNobody({});
  const phones = { total_stock: 1_000, requires: 'verified_phone' };
  forPhones = (await server.api.liveVoucher(merchant.access_token, phones)).id;
  hiddenForPhones = (
    await server.api.liveVoucher(merchant.access_token, {
      ...phones,
      protection: { claim_link: true, captcha: 'none' },
    })
  ).id;
  const key = await server.api.expect(201, 'POST', '/v1/api-keys', {
    token: merchant.access_token,
    json: { name: 'Tests', mode: 'test', scopes: ['vouchers:write'] },
  });
  ofTests = (await server.api.liveVoucher(key.secret)).id;
  hiddenForNobody = await voucherForNobody({ protection: { claim_link: true, captcha: 'none' } });
});

/** Live, for people none of whom has an account here. */
async function voucherForNobody(terms: Readonly<Record<string, unknown>>): Promise<string> {
  const { id } = await server.api.createVoucher(merchant.access_token, { total_stock: 1_000, ...terms });
  await server.api.expect(200, 'PUT', `/v1/vouchers/${id}/eligibility`, {
    token: merchant.access_token,
    raw: 'nobody-here@example.com',
    headers: { 'content-type': 'text/csv' },
  });
  await server.api.publish(merchant.access_token, id);
  return id;
}
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => server.stop());

interface Asked {
  /** Sets a condition after what comes before the claim itself: the login, the link. */
  readonly before?: () => void;
  readonly headers?: Readonly<Record<string, string>>;
  /** A voucher in place of the usual one of this entrance. */
  readonly voucherId?: string;
}

const CLIENT_REFUSED = 'this client asks too often';

/** A new shopper who asks for one unit. */
type Entrance = (asked: Asked) => Promise<Answer>;

async function person(): Promise<{ readonly token: string; readonly tab: Browser }> {
  const email = newEmail();
  const json = { email, password: PASSWORD, name: 'Lin' };
  const { access_token: token } = await server.api.expect(201, 'POST', '/v1/auth/register', { json });
  const tab = new Browser(server.url, { accept: 'application/json' });
  await tab.send('POST', '/login', { form: { email, password: PASSWORD, next: '/' } });
  return { token, tab };
}

const ENTRANCES: Readonly<Record<string, Entrance>> = {
  'the fast path': async ({ before, headers = {}, voucherId = plain }) => {
    const { token } = await person();
    await server.api.claim((await person()).token, voucherId, headers); // the process knows the voucher from then on
    before?.();
    const guard = jest.spyOn(AccessTokenGuard.prototype, 'canActivate');
    const answer = await server.api.claim(token, voucherId, headers);
    expect(guard).not.toHaveBeenCalled();
    return answer;
  },
  'the standard route': async ({ before, headers = {}, voucherId = plain }) => {
    const { token } = await person();
    before?.();
    const guard = jest.spyOn(AccessTokenGuard.prototype, 'canActivate');
    const answer = await server.api.call('POST', `/v1/vouchers/${voucherId}/claims`, {
      token,
      headers,
      raw: '{}',
    });
    // The client is judged before anything is known of a user.
    if (answer.body.detail !== CLIENT_REFUSED) expect(guard).toHaveBeenCalled();
    return answer;
  },
  'a claim link': async ({ before, headers = {}, voucherId = hidden }) => {
    const { token } = await person();
    const path = `/v1/vouchers/${voucherId}/claim-links`;
    const { url } = await server.api.expect<{ url: string }>(201, 'POST', path, { token });
    before?.();
    return server.api.call('POST', url, { token, headers });
  },
  'a form': async ({ before, headers = {}, voucherId = plain }) => {
    const { tab } = await person();
    before?.();
    return tab.send('POST', `/drops/${voucherId}/claim`, { form: {}, headers });
  },
  'a form behind a challenge': async ({ before, headers = {}, voucherId = hidden }) => {
    const { tab } = await person();
    before?.();
    return tab.send('POST', `/drops/${voucherId}/challenge`, { form: {}, headers });
  },
};
const NAMES = Object.keys(ENTRANCES);
const through = (name: string, asked: Asked = {}): Promise<Answer> => (ENTRANCES[name] as Entrance)(asked);

const listed = (): AdmissionCheck[] => server.app.get(ClaimAdmission).checks as AdmissionCheck[];
const TAKEN: readonly number[] = [202, 303];

describe.each(NAMES)('%s', (name) => {
  it('lets a claim through that passes all checks', async () => {
    const walked: string[] = [];
    const answer = await through(name, {
      before: () => {
        for (const check of listed()) {
          const refusal = check.refusal.bind(check);
          jest.spyOn(check, 'refusal').mockImplementation((attempt, admission) => {
            walked.push(check.name);
            return refusal(attempt, admission);
          });
        }
      },
    });
    expect(TAKEN).toContain(answer.status);
    expect(walked).toEqual(listed().map((check) => check.name));
  });

  it('refuses by each check of the list, and asks none behind it', async () => {
    for (const [place, check] of listed().entries()) {
      const later = listed().slice(place + 1);
      let asked: jest.SpiedFunction<AdmissionCheck['refusal']>[] = [];
      const answer = await through(name, {
        before: () => {
          jest.spyOn(check, 'refusal').mockReturnValue(new Problem('blocked', { detail: check.name }));
          asked = later.map((other) => jest.spyOn(other, 'refusal'));
        },
      });
      expect({ status: answer.status, detail: answer.body.detail }).toEqual({
        status: 403,
        detail: check.name,
      });
      for (const spy of asked) expect(spy).not.toHaveBeenCalled();
      jest.restoreAllMocks();
    }
  });

  it('refuses by a check that was added once, to the list', async () => {
    const added = { name: 'added', refusal: () => new Problem('blocked', { detail: 'added' }) };
    listed().push(added);
    try {
      const answer = await through(name);
      expect({ status: answer.status, detail: answer.body.detail }).toEqual({ status: 403, detail: 'added' });
    } finally {
      listed().pop();
    }
    expect(TAKEN).toContain((await through(name)).status);
  });
});

const BLOCK = { endsAt: null } as Block;

interface Cause {
  readonly code: ProblemCode;
  readonly asked: (name: string) => Asked;
  /** Where the condition cannot come about. */
  readonly never?: readonly string[];
}

const FORMS = ['a form', 'a form behind a challenge'];
const LINKS = ['a claim link', 'a form behind a challenge'];

/** By the name of the check: what makes it refuse, and with what. */
const CAUSES: Readonly<Record<string, Cause>> = {
  client: {
    code: 'rate_limited',
    asked: () => ({
      before: () =>
        void jest
          .spyOn(server.app.get(ClientLimits), 'rateRefusal')
          .mockReturnValue(new Problem('rate_limited', { detail: CLIENT_REFUSED })),
    }),
  },
  'user-block': {
    code: 'blocked',
    asked: () => ({
      before: () => void jest.spyOn(server.app.get(BlockList), 'blockedUser').mockReturnValue(BLOCK),
    }),
  },
  'idempotency-key': {
    code: 'validation_failed',
    asked: () => ({ headers: { 'idempotency-key': 'x'.repeat(256) } }),
    never: FORMS, // their key is what a press means
  },
  mode: {
    code: 'not_found',
    asked: () => ({ voucherId: ofTests }),
    never: LINKS, // nobody gets a link for it
  },
  challenge: {
    code: 'challenge_required',
    asked: () => ({ voucherId: hidden }),
    never: [...FORMS, ...LINKS], // claim-links.spec.ts has the links that are no good; a form is led to the challenge
  },
  voucher: {
    code: 'not_found',
    asked: () => ({ voucherId: 'vch_0000000000000000' }),
    never: LINKS, // nobody gets a link for it
  },
  gate: {
    code: 'gate_recovering',
    asked: () => ({
      before: () => void jest.spyOn(server.app.get(GateKeeper), 'epochForClaims').mockReturnValue(undefined),
    }),
  },
  storage: {
    code: 'overloaded',
    asked: () => ({
      before: () => void jest.spyOn(server.app.get(ClaimAppender), 'healthy', 'get').mockReturnValue(false),
    }),
  },
  'claim-rate': {
    code: 'rate_limited',
    asked: () => ({
      before: () => {
        const check = listed().find(({ name }) => name === 'claim-rate') as AdmissionCheck;
        const refusal = check.refusal.bind(check);
        jest.spyOn(check, 'refusal').mockImplementation((attempt, admission) => {
          let problem: Problem | undefined;
          for (let n = 0; n <= 5; n += 1) problem = refusal(attempt, admission);
          return problem;
        });
      },
    }),
    never: [...FORMS, ...LINKS], // they carry a key, and a replay is never limited
  },
  'sold-out': {
    code: 'sold_out',
    asked: () => ({
      before: () => void jest.spyOn(server.app.get(SoldOutFlag), 'refuses').mockReturnValue(true),
    }),
  },
  eligibility: {
    code: 'not_eligible',
    asked: (name) => ({ voucherId: LINKS.includes(name) ? hiddenForNobody : forNobody }),
  },
  proof: {
    code: 'phone_unverified',
    asked: (name) => ({ voucherId: LINKS.includes(name) ? hiddenForPhones : forPhones }),
  },
};

it('there is a cause for each check of the list', () => {
  expect(Object.keys(CAUSES)).toEqual(listed().map(({ name }) => name));
});

describe.each(Object.entries(CAUSES))('the check %s', (_check, { code, asked, never = [] }) => {
  it.each(NAMES.filter((name) => !never.includes(name)))('refuses at %s', async (name) => {
    const answer = await through(name, asked(name));
    expect({ status: answer.status, code: answer.body?.code, text: answer.text.slice(0, 200) }).toMatchObject(
      {
        code,
      },
    );
  });
});
