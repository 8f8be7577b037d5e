import { nextWave, voucherBody, type Availability, type VoucherView } from '../../voucher/index.js';
import { markup, type Html } from '../../common/markup.js';
import { claimMerchantBody } from '../../merchant/index.js';
import { faceValue, number, time, timeElement } from './formats.js';
import { invitationForm } from './invitation.js';
import { layout, notice, type RenderContext } from './layout.js';
import type { Translate } from '../words/words.js';

/** The statuses that the list shows, in the order of its sections. */
export const LISTED = ['live', 'paused', 'scheduled', 'ended'] as const;
export type Listed = (typeof LISTED)[number];

/** `/`: what is on, what comes, what was. */
export function dropList(
  renderContext: RenderContext,
  drops: Readonly<Record<Listed, readonly VoucherView[]>>,
  stock: readonly Availability[],
): Html {
  const { t } = renderContext;
  const left = new Map(stock.map(({ voucherId, remaining }) => [voucherId, remaining]));
  const isSoldOut = ({ id }: VoucherView): boolean => left.get(id) === 0;
  const sections = [
    { id: 'live', title: t('drops.live'), views: drops.live.filter((view) => !isSoldOut(view)) },
    { id: 'scheduled', title: t('drops.scheduled'), views: drops.scheduled },
    { id: 'halted', title: t('drops.halted'), views: [...drops.paused, ...drops.live.filter(isSoldOut)] },
    { id: 'ended', title: t('drops.ended'), views: drops.ended },
  ];
  const empty = sections.every(({ views }) => views.length === 0);
  return layout(
    renderContext,
    markup`<main id="main" class="page">
      <header class="page-head">
        <h1 tabindex="-1">${t('drops.title')}</h1>
        <p class="muted">${t('drops.lead')}</p>
      </header>
      ${
        empty
          ? markup`<div class="empty">
              <p class="empty__title">${t('drops.none')}</p>
              <p>${t('drops.noneText')}</p>
              <a class="button" href="/console/register">${t('drops.create')}</a>
            </div>`
          : sections
              .filter(({ id, views }) => id === 'live' || views.length > 0)
              .map(
                ({ id, title, views }) =>
                  markup`<section class="section" aria-labelledby="drops-${id}">
                    <h2 id="drops-${id}">${title}</h2>
                    ${
                      views.length === 0
                        ? markup`<p class="muted">${t('drops.noneLive')}</p>`
                        : markup`<ul class="grid">
                            ${views.map((view) => card(renderContext, view, left.get(view.id)))}
                          </ul>`
                    }
                  </section>`,
              )
      }
    </main>`,
  );
}

function card({ t, language }: RenderContext, view: VoucherView, remaining: number | undefined): Html {
  const status = view.status as Listed; // nothing else is listed
  const value = faceValue(language, view);
  const at = (ms: number) => time(language, ms, view.timeZone);
  // One that is over may have been ended before its time.
  const when =
    status === 'ended'
      ? ''
      : status === 'scheduled'
        ? `${t('drops.opens', { time: at(view.opensAt) })} · `
        : `${t('drops.closes', { time: at(view.closesAt) })} · `;
  const left = status === 'live' || status === 'paused' ? remaining : undefined;
  return markup`<li class="card card--link drop-card">
    ${badge(t, status, left)}
    <h3><a href="/drops/${view.id}">${view.title}</a></h3>
    ${merchantLine(view)} ${value !== undefined && markup`<p class="drop__value">${value}</p>`}
    <p class="drop-card__foot">
      ${when}<span data-test="units">${units({ t, language }, view, remaining)}</span>
    </p>
  </li>`;
}

/** What there is, what is left of it, or what was claimed of it: by when that is. */
export function units(
  { t, language }: Pick<RenderContext, 't' | 'language'>,
  { status, totalStock }: Pick<VoucherView, 'status' | 'totalStock'>,
  remaining: number | undefined,
): string {
  const total = number(language, totalStock);
  if (remaining === undefined || status === 'scheduled')
    return t('drops.units', { count: total }, totalStock);
  if (status !== 'ended') return t('drops.left', { left: number(language, remaining), total });
  const claimed = claimedOf(totalStock, remaining);
  return t('drops.claimed', { claimed: number(language, claimed), total }, claimed);
}

/** Of a drop that is over nobody can have what is left. */
const claimedOf = (total: number, remaining: number): number => Math.max(0, total - remaining);

/** `/embed/drops/:id`: the card of a drop in somebody else's page. */
export function embeddedDrop(
  renderContext: RenderContext,
  view: VoucherView,
  { remaining }: Pick<Availability, 'remaining'>,
): Html {
  const { t, language } = renderContext;
  const value = faceValue(language, view);
  const status = view.status as Listed; // public ones have no other
  const at = (ms: number) => time(language, ms, view.timeZone);
  // One that is over may have been ended before its time.
  const times = [
    status === 'scheduled' && t('drops.opens', { time: at(view.opensAt) }),
    status !== 'ended' && t('drops.closes', { time: at(view.closesAt) }),
    units(renderContext, view, remaining),
  ];
  return markup`<main class="embed card stack stack--tight">
    ${badge(t, status, remaining)}
    <h1>${view.title}</h1>
    ${merchantLine(view)} ${value !== undefined && markup`<p class="drop__value">${value}</p>`}
    <p class="small" data-test="embed-facts">${times.filter((part) => part !== false).join(' · ')}</p>
    ${status !== 'ended' && markup`<p class="muted small">${t('plain.zone', { zone: view.timeZone })}</p>`}
    <p class="embed__go"><a class="button" href="/drops/${view.id}" target="_blank" rel="noopener">${t('plain.seeDrop')}</a></p>
  </main>`;
}

/** Whose voucher it is. */
function merchantLine(view: VoucherView): Html | undefined {
  const merchant = voucherBody(view).merchant;
  if (merchant === null) return undefined;
  const { name, logo_url: logo } = merchant;
  return markup`<p class="merchant" data-test="merchant">
    ${logo !== null && markup`<img class="merchant__logo" src="${logo}" alt="" width="28" height="28" />`}
    <span>${name}</span>
  </p>`;
}

/** Where it is used, what its merchant asks of all who use one, and whom to ask. */
function merchantPlace({ t }: RenderContext, view: VoucherView): Html | undefined {
  if (view.merchant === null) return undefined;
  const { address, terms, contact } = claimMerchantBody(view.merchant);
  const ways = [contact.phone, contact.email, contact.website].filter((way) => way !== null);
  if (address === null && terms === null && ways.length === 0) return undefined;
  const fact = (name: string, text: string | null) =>
    text !== null &&
    markup`<dt>${name}</dt>
      <dd class="ticket__terms">${text}</dd>`;
  return markup`<dl class="facts small" data-test="merchant-place">
    ${fact(t('ticket.where'), address)} ${fact(t('ticket.terms'), terms)}
    ${fact(t('ticket.contact'), ways.length === 0 ? null : ways.join('\n'))}
  </dl>`;
}

function badge(t: Translate, status: Listed, remaining: number | undefined): Html {
  const shown = status === 'live' && remaining === 0 ? 'sold_out' : status;
  return markup`<span class="badge badge--${shown}">${t(`status.${shown}`)}</span>`;
}

/** `/drops/:id`: one drop, and the plain form that claims. */
export function dropPage(renderContext: RenderContext, view: VoucherView, availability: Availability): Html {
  const { t, language } = renderContext;
  const status = view.status as Listed; // public ones have no other
  const value = faceValue(language, view);
  const when = (ms: number) => timeElement(language, ms, view.timeZone);
  const over = status === 'ended';
  const total = number(language, view.totalStock);
  const figure = over ? claimedOf(view.totalStock, availability.remaining) : availability.remaining;
  const endedEarly = status === 'ended' && view.closesAt > availability.asOf;
  const wave = over ? undefined : nextWave(view.waves);
  return layout(
    renderContext,
    markup`<main id="main" class="page">
      <p class="small"><a href="/">${t('drop.other')}</a></p>
      <article class="drop">
        <header class="drop__head">
          ${badge(t, status, availability.remaining)}
          <h1 tabindex="-1">${view.title}</h1>
          ${merchantLine(view)}
          ${value !== undefined && markup`<p class="drop__value">${t('drop.value', { amount: value })}</p>`}
        </header>
        <aside class="drop__side card" aria-label="${over ? t('drop.claimedUnits') : t('drop.stock')}">
          <div class="stock">
            <p class="stock__figure">
              <b data-test="${over ? 'claimed' : 'remaining'}">${number(language, figure)}</b>
              <span class="muted">${over ? t('drop.claimed', { total }, figure) : t('drop.left', { total })}</span>
            </p>
            <progress
              class="stock__bar"
              aria-label="${over ? t('drop.claimedUnits') : t('drop.stock')}"
              max="${view.totalStock}"
              value="${figure}"
            ></progress>
          </div>
          ${wave && markup`<p class="small" data-test="next-units">${t('drop.nextUnits', { count: number(language, wave.units) })} ${when(wave.at)}</p>`}
          ${claimPart(renderContext, view, availability.remaining)}
        </aside>
        <div class="drop__main">
          ${view.description !== null && markup`<p class="drop__description">${view.description}</p>`}
          <dl class="facts">
            <dt>${t('drop.opens')}</dt>
            <dd>${when(view.opensAt)}</dd>
            ${
              !endedEarly &&
              markup`<dt>${t('drop.closes')}</dt>
                <dd>${when(view.closesAt)}</dd>`
            }
            <dt>${t('drop.redeem')}</dt>
            <dd>${view.redeemUntil === null ? t('drop.redeemForever') : when(view.redeemUntil)}</dd>
            ${
              view.eligibility !== 'everyone' &&
              markup`<dt>${t('drop.forWhom')}</dt>
                <dd>${t('drop.forListed')}</dd>`
            }
            ${
              (view.requires !== 'none' || view.onePer === 'person') &&
              markup`<dt>${t('drop.forWhom')}</dt>
                <dd>${t('drop.forProven', { what: t(`drop.${PROVEN[view.requires]}`) })}</dd>`
            }
            <dt>${t('drop.perPerson')}</dt>
            <dd>${t('drop.perPersonCount', { n: number(language, view.perUserLimit) }, view.perUserLimit)}</dd>
          </dl>
          ${merchantPlace(renderContext, view)}
          <p class="muted small">${t('plain.zone', { zone: view.timeZone })}</p>
        </div>
      </article>
    </main>`,
  );
}

const PROVEN = {
  none: 'provenEither',
  verified_email: 'provenEmail',
  verified_phone: 'provenPhone',
} as const;

function claimPart(renderContext: RenderContext, view: VoucherView, remaining: number): Html {
  const { t } = renderContext;
  switch (view.status) {
    case 'live':
      if (remaining === 0) return notice('warn', t('drop.soldOut'), t('plain.drop.soldOutText'));
      return markup`<form class="form" method="post" action="/drops/${view.id}/claim">
        <button class="button button--large button--wide">${t('drop.claim')}</button>
        <p class="muted small">${t('drop.needsSignIn')}</p>
      </form>
      ${view.eligibility === 'token' && invitationForm(renderContext, view.id)}`;
    case 'scheduled':
    case 'draft':
      return notice('info', t('plain.drop.notOpen'), t('plain.drop.notOpenText'));
    case 'paused':
      return notice('warn', t('drop.pausedTitle'), t('plain.drop.pausedText'));
    case 'ended':
    case 'archived':
      return notice('info', t('drop.endedTitle'));
  }
}
