import { createHash } from 'node:crypto';
import type { Availability, VoucherView } from '../../voucher/index.js';
import type { CardFace } from '../card-image.js';
import { units } from './drops.js';
import { faceValue, time } from './formats.js';
import type { RenderContext } from './layout.js';

/** Longer texts are cut by everybody who shows them. */
const TEXT_MAX = 200;

type Speech = Pick<RenderContext, 't' | 'language'>;

/** What somebody who gets a link has to know, in words: when it can be had, or that it is over, and what it is. */
export function cardText(
  speech: Speech,
  view: VoucherView,
  { remaining }: Pick<Availability, 'remaining'>,
): string {
  const { t, language } = speech;
  const at = (ms: number): string => zonedTime(speech, ms, view);
  const when = {
    scheduled: () => t('drops.opens', { time: at(view.opensAt) }),
    ended: () => `${t('drop.endedTitle')} · ${units(speech, view, remaining)}`,
    live: () => t('drops.closes', { time: at(view.closesAt) }),
  };
  const status = view.status === 'scheduled' || view.status === 'ended' ? view.status : 'live';
  const text = [faceValue(language, view), when[status](), view.description].filter(Boolean).join(' · ');
  return [...text].slice(0, TEXT_MAX).join('');
}

/**
 * The same as a picture. It shows no number that changes: others keep it.
 * @param over whether it is shown as over: its planned times are then of no use, and may not be when it ended
 */
export function cardFace(speech: Speech, view: VoucherView, over = view.status === 'ended'): CardFace {
  const { t, language } = speech;
  const line = (what: 'drop.opens' | 'drop.closes', at: number): string =>
    t('plain.card', { what: t(what), time: zonedTime(speech, at, view) });
  return {
    title: view.title,
    merchant: view.merchant?.name,
    value: faceValue(language, view),
    times: over
      ? [t('drop.endedTitle')]
      : [line('drop.opens', view.opensAt), line('drop.closes', view.closesAt)],
    site: t('app.name'),
    color: view.merchant?.color ?? undefined,
  };
}

/** Changes with all that the picture shows. */
export function cardPath({ id, merchant }: VoucherView, face: CardFace): string {
  const shown = JSON.stringify([face, merchant?.logo ?? null]);
  return `/drops/${id}/cards/${createHash('sha256').update(shown).digest('base64url').slice(0, 22)}.png`;
}

const zonedTime = ({ language }: Speech, ms: number, { timeZone }: VoucherView): string =>
  `${time(language, ms, timeZone)} (${timeZone.replaceAll('_', ' ')})`;
