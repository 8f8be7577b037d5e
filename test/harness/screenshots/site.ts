import { HOUR_MS, PASSWORD, type Scene } from './scene.js';

export const ADMIN = 'admin@example.com';
/** Who has a page open; everybody but a visitor is signed in. */
export const EMAILS = {
  newcomer: 'new@example.com',
  shopper: 'lin@example.com',
  beginner: 'beginner@example.com',
  owner: 'owner@example.com',
  admin: ADMIN,
} as const;

/** What the pictures are of: drops in every state, and people with claims on them. */
export interface Site {
  readonly live: string;
  readonly scheduled: string;
  readonly paused: string;
  readonly ended: string;
  readonly soldOut: string;
  readonly captcha: string;
  readonly draft: string;
  readonly claim: string;
  readonly code: string;
  readonly usedCode: string;
}

const DESCRIPTION =
  'One pot of any oolong for half the price, on weekdays. Two cups come with it.\n\nShow the code at the counter.';

const login = async (scene: Scene, email: string): Promise<string> =>
  (await scene.call('POST', '/v1/auth/login', { email, password: PASSWORD })).access_token as string;

/** Somebody who has just registered waits for a unit of the drop that is sold out. */
export async function waitForUnit(scene: Scene, { soldOut }: Site): Promise<void> {
  const token = await login(scene, EMAILS.newcomer);
  await scene.call('POST', `/v1/vouchers/${soldOut}/waiting-list`, undefined, token);
}

/** People who have just registered; nobody has published anything. */
export async function emptySite(scene: Scene): Promise<void> {
  await scene.shopper(EMAILS.newcomer);
  await scene.merchant('Corner Bakery', EMAILS.beginner);
}

export async function fullSite(scene: Scene): Promise<Site> {
  const owner = await scene.merchant('Tea House', EMAILS.owner);
  await scene.describe(owner, {
    color: '#0f766e',
    address: '12 Nanjing Road, Shanghai',
    terms: 'One voucher a visit. No change is given.',
    contact: { email: 'hello@tea.example', phone: '+862155550100', website: 'https://tea.example' },
  });
  const soon = {
    opens_at: new Date(Date.now() + 2 * HOUR_MS).toISOString(),
    closes_at: new Date(Date.now() + 4 * HOUR_MS).toISOString(),
  };
  const live = await scene.publish(owner, { title: 'Half price oolong', description: DESCRIPTION });
  const scheduled = await scene.publish(owner, { title: 'Spring longjing, first picking', ...soon });
  const paused = await scene.publish(owner, { title: 'A tin of white peony' });
  const ended = await scene.publish(owner, { title: 'Autumn oolong' });
  const soldOut = await scene.publish(owner, { title: 'Jasmine tasting for two', total_stock: 20 });
  const captcha = await scene.publish(owner, {
    title: 'Aged pu-erh, one cake',
    protection: { captcha: 'image' },
  });
  const draft = await scene.draft(owner, { title: 'Winter rock tea', ...soon });
  await scene.crowd(live, 40);
  await scene.crowd(ended, 10);
  await scene.crowd(soldOut, 20);
  await scene.call('POST', `/v1/vouchers/${paused}/pause`, undefined, owner);
  await scene.call('POST', `/v1/vouchers/${ended}/end`, undefined, owner);
  const shopper = await scene.shopper(EMAILS.shopper);
  const { id: claim, code } = await scene.issued(shopper, live);
  const { code: usedCode } = await scene.issued(await scene.shopper('used@example.com'), live);
  await scene.call('POST', '/v1/redemptions', { code: usedCode, location: 'Harbour, till 1' }, owner);
  await scene.call('POST', '/v1/staff-invitations', { email: 'wang@example.com', role: 'cashier' }, owner);
  const admin = await login(scene, ADMIN);
  await scene.call(
    'POST',
    '/v1/admin/blocks',
    { address: '203.0.113.0/24', reason: 'a flood of claims' },
    admin,
  );
  return { live, scheduled, paused, ended, soldOut, captcha, draft, claim, code, usedCode };
}
