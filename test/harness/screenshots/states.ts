import type { Page } from 'playwright-core';
import { EMAILS, type Site } from './site.js';

/** A page in one of its states. */
export interface State {
  readonly name: string;
  readonly who: 'visitor' | keyof typeof EMAILS;
  readonly path: string;
  /** What shows that the page is there. */
  readonly ready: string;
  /** What leads from there to the state. */
  readonly act?: (page: Page) => Promise<void>;
  /** As it comes out of a printer. */
  readonly print?: true;
}

const CLAIM = '[data-test="claim"]';
const SUBMIT = 'form.form button:not([type="button"])';
const FIGURES = '[data-test="board-remaining"]';
const DIALOG = 'dialog[open]';

/** The server is away: nothing is answered from now on. */
const away = async (page: Page): Promise<void> => {
  await page.route('**/v1/**', (route) => route.abort());
};
const offline = async (page: Page): Promise<void> => {
  await page.context().setOffline(true);
  await page.waitForSelector('.offline-bar');
};
/** Presses something, and waits for what it brings. */
const press =
  (button: string, brings: string) =>
  async (page: Page): Promise<void> => {
    await page.locator(button).first().click();
    await page.waitForSelector(brings);
  };
/** Goes to a page by a link while the server is away. */
const goneTo =
  (path: string) =>
  async (page: Page): Promise<void> => {
    await away(page);
    await page.locator(`a[href="${path}"]`).first().click();
    await page.locator('main [role="alert"]').first().waitFor();
  };

/** Before anybody has published anything. */
export const statesOfEmptySite = (): readonly State[] => [
  { name: 'drops-empty', who: 'visitor', path: '/', ready: '.empty' },
  { name: 'wallet-empty', who: 'newcomer', path: '/wallet', ready: '.empty' },
  { name: 'console-empty', who: 'beginner', path: '/console', ready: '.empty' },
  { name: 'audit-log-start', who: 'beginner', path: '/console/audit-log', ready: 'main h1' },
  { name: 'admin-dead-letters-empty', who: 'admin', path: '/admin/dead-letters', ready: '.empty' },
  { name: 'admin-blocks-empty', who: 'admin', path: '/admin/blocks', ready: '.empty' },
];

const shopperStates = (site: Site): readonly State[] => [
  { name: 'drops', who: 'visitor', path: '/', ready: '.drop-card' },
  { name: 'drops-error', who: 'visitor', path: '/login', ready: SUBMIT, act: goneTo('/') },
  { name: 'drops-offline', who: 'visitor', path: '/', ready: '.drop-card', act: offline },
  { name: 'drop-before', who: 'visitor', path: `/drops/${site.scheduled}`, ready: '.countdown' },
  { name: 'drop-live', who: 'visitor', path: `/drops/${site.live}`, ready: CLAIM },
  { name: 'drop-offline', who: 'visitor', path: `/drops/${site.live}`, ready: CLAIM, act: offline },
  { name: 'drop-paused', who: 'visitor', path: `/drops/${site.paused}`, ready: '[data-test="paused"]' },
  { name: 'drop-sold-out', who: 'visitor', path: `/drops/${site.soldOut}`, ready: '[data-test="sold-out"]' },
  { name: 'drop-ended', who: 'visitor', path: `/drops/${site.ended}`, ready: '[data-test="ended"]' },
  { name: 'drop-missing', who: 'visitor', path: '/drops/vch_0000000000000000', ready: '[role="alert"]' },
  { name: 'not-found', who: 'visitor', path: '/nowhere', ready: 'main h1' },
  { name: 'login', who: 'visitor', path: '/login', ready: SUBMIT },
  {
    name: 'login-wrong',
    who: 'visitor',
    path: '/login',
    ready: SUBMIT,
    act: async (page) => {
      await page.fill('input[name="email"]', 'nobody@example.com');
      await page.fill('input[name="password"]', 'not this password');
      await press(SUBMIT, 'main [role="alert"]')(page);
    },
  },
  { name: 'password-reset', who: 'visitor', path: '/password-reset', ready: 'main h1' },
  { name: 'invitation-without-link', who: 'visitor', path: '/staff-invitation', ready: '.notice' },
  {
    name: 'drop-captcha',
    who: 'shopper',
    path: `/drops/${site.captcha}`,
    ready: CLAIM,
    act: press(CLAIM, '.captcha__picture'),
  },
  { name: 'drop-claimed', who: 'shopper', path: `/drops/${site.live}`, ready: '.ticket__qr' },
  { name: 'claim', who: 'shopper', path: `/claims/${site.claim}`, ready: '.facts' },
  { name: 'claim-printed', who: 'shopper', path: `/claims/${site.claim}`, ready: '.facts', print: true },
  { name: 'claim-missing', who: 'shopper', path: '/claims/clm_none', ready: '[role="alert"]' },
  { name: 'wallet', who: 'shopper', path: '/wallet', ready: '.ticket__qr' },
  { name: 'wallet-offline', who: 'shopper', path: '/wallet', ready: '.ticket__qr', act: offline },
  { name: 'account', who: 'shopper', path: '/account', ready: '[data-test="login"]' },
  { name: 'email-proof', who: 'shopper', path: '/email-proof', ready: 'main h1' },
  { name: 'forbidden', who: 'shopper', path: '/admin', ready: 'main h1' },
  {
    name: 'waiting-list',
    who: 'newcomer',
    path: `/drops/${site.soldOut}`,
    ready: '[data-status="waiting"]',
  },
];

const consoleStates = (site: Site): readonly State[] => {
  const own = (id: string, more = ''): string => `/console/vouchers/${id}${more}`;
  return [
    { name: 'console-register', who: 'visitor', path: '/console/register', ready: SUBMIT },
    { name: 'console', who: 'owner', path: '/console', ready: 'main li, main tbody tr' },
    { name: 'console-error', who: 'owner', path: '/wallet', ready: 'main h1', act: goneTo('/console') },
    { name: 'voucher-new', who: 'owner', path: '/console/vouchers/new', ready: SUBMIT },
    {
      name: 'voucher-new-wrong',
      who: 'owner',
      path: '/console/vouchers/new',
      ready: SUBMIT,
      act: press(SUBMIT, '[aria-invalid="true"]'),
    },
    { name: 'voucher-draft', who: 'owner', path: own(site.draft), ready: '[data-test="preview"]' },
    {
      name: 'voucher-publish',
      who: 'owner',
      path: own(site.draft),
      ready: '[data-test="preview"]',
      act: press('.voucher-head button', `${DIALOG} [data-test="publish-facts"]`),
    },
    { name: 'voucher-edit', who: 'owner', path: own(site.draft, '/edit'), ready: 'input[name="title"]' },
    { name: 'voucher-edit-live', who: 'owner', path: own(site.live, '/edit'), ready: 'input[name="title"]' },
    { name: 'board-before', who: 'owner', path: own(site.scheduled), ready: FIGURES },
    { name: 'board-live', who: 'owner', path: own(site.live), ready: 'canvas' },
    { name: 'board-sold-out', who: 'owner', path: own(site.soldOut), ready: 'canvas' },
    { name: 'board-ended', who: 'owner', path: own(site.ended), ready: 'canvas' },
    {
      name: 'board-server-away',
      who: 'owner',
      path: own(site.live),
      ready: 'canvas',
      act: async (page) => {
        await away(page);
        await page.waitForSelector('[data-test="stale"]');
      },
    },
    { name: 'claims', who: 'owner', path: own(site.live, '/claims'), ready: 'tbody tr' },
    { name: 'claims-empty', who: 'owner', path: own(site.scheduled, '/claims'), ready: '.empty' },
    { name: 'claims-none-found', who: 'owner', path: own(site.live, '/claims?q=nobody'), ready: '.empty' },
    {
      name: 'claims-cancel',
      who: 'owner',
      path: own(site.live, '/claims'),
      ready: 'tbody tr',
      act: press('[data-test="cancel-all"]', DIALOG),
    },
    { name: 'poster', who: 'owner', path: own(site.live, '/poster'), ready: '[data-test="poster"] svg' },
    {
      name: 'poster-printed',
      who: 'owner',
      path: own(site.live, '/poster'),
      ready: '[data-test="poster"] svg',
      print: true,
    },
    { name: 'door-list', who: 'owner', path: own(site.live, '/door-list'), ready: '[data-test="door-list"]' },
    {
      name: 'door-list-printed',
      who: 'owner',
      path: own(site.live, '/door-list'),
      ready: '[data-test="door-list"]',
      print: true,
    },
    {
      name: 'voucher-waiting-list',
      who: 'owner',
      path: own(site.soldOut, '/waiting-list'),
      ready: '#place-status',
    },
    { name: 'voucher-messages', who: 'owner', path: own(site.live, '/messages'), ready: 'form.card' },
    { name: 'voucher-rehearsal', who: 'owner', path: own(site.scheduled, '/rehearsal'), ready: 'form.card' },
    { name: 'profile', who: 'owner', path: '/console/profile', ready: SUBMIT },
    { name: 'webhooks', who: 'owner', path: '/console/webhooks', ready: 'main h1' },
    { name: 'staff', who: 'owner', path: '/console/staff', ready: '[data-test="member"]' },
    { name: 'api-keys', who: 'owner', path: '/console/api-keys', ready: SUBMIT },
    { name: 'audit-log', who: 'owner', path: '/console/audit-log', ready: '[data-test="entry"]' },
    { name: 'counter', who: 'owner', path: '/counter', ready: '[data-test="decision"]' },
    counterState('counter-used', site.usedCode, 'refused'),
    counterState('counter-unknown', '0000-0000-0000-0000', 'refused'),
  ];
};

const counterState = (name: string, code: string, kind: string): State => ({
  name,
  who: 'owner',
  path: '/counter',
  ready: '[data-test="decision"]',
  act: async (page) => {
    await page.fill('input[name="code"]', code);
    await page.press('input[name="code"]', 'Enter');
    await page.waitForSelector(`[data-test="decision"][data-kind="${kind}"]`);
  },
});

const adminStates = (): readonly State[] => [
  { name: 'admin', who: 'admin', path: '/admin', ready: '.figure' },
  {
    name: 'admin-server-away',
    who: 'admin',
    path: '/admin',
    ready: '.figure',
    act: async (page) => {
      await away(page);
      await page.locator('main [role="alert"], main [data-test="stale"]').first().waitFor();
    },
  },
  { name: 'admin-accounts', who: 'admin', path: '/admin/accounts', ready: 'main form' },
  {
    name: 'admin-accounts-found',
    who: 'admin',
    path: '/admin/accounts',
    ready: 'main form',
    act: async (page) => {
      await page.fill('input[name="q"]', EMAILS.owner);
      await page.press('input[name="q"]', 'Enter');
      await page.waitForSelector('main article');
    },
  },
  { name: 'admin-take-down', who: 'admin', path: '/admin/take-down', ready: 'main form' },
  { name: 'admin-audit-log', who: 'admin', path: '/admin/audit-log', ready: '[data-test="entry"]' },
  { name: 'admin-blocks', who: 'admin', path: '/admin/blocks', ready: 'main h1' },
  { name: 'admin-policies', who: 'admin', path: '/admin/policies', ready: 'main table' },
];

export const statesOfFullSite = (site: Site): readonly State[] => [
  ...shopperStates(site),
  ...consoleStates(site),
  ...adminStates(),
];
