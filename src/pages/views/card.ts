import { createHash } from 'node:crypto';
import type { VoucherView } from '../../voucher/index.js';
import type { CardFace } from '../card-image.js';
import { faceValue, time } from './formats.js';
import type { RenderContext } from './layout.js';

/** Longer texts are cut by everybody who shows them. */
const TEXT_MAX = 200;

type Speech = Pick<RenderContext, 't' | 'language'>;

/** What somebody who gets a link has to know, in words: when it can be had, and what it is. */
export function cardText(speech: Speech, view: VoucherView): string {
  const { t, language } = speech;
  const at = (ms: number): string => zonedTime(speech, ms, view);
  const when = {
    scheduled: () => t('drops.opens', { time: at(view.opensAt) }),
    ended: () => t('drop.endedTitle'),
    live: () => t('drops.closes', { time: at(view.closesAt) }),
  };
  const status = view.status === 'scheduled' || view.status === 'ended' ? view.status : 'live';
  const text = [faceValue(language, view), when[status](), view.description].filter(Boolean).join(' · ');
  return [...text].slice(0, TEXT_MAX).join('');
}

/** The same as a picture. It shows nothing that time alone changes: others keep it. */
export function cardFace(speech: Speech, view: VoucherView): CardFace {
  const { t, language } = speech;
  const line = (what: 'drop.opens' | 'drop.closes', at: number): string =>
    t('plain.card', { what: t(what), time: zonedTime(speech, at, view) });
  return {
    title: view.title,
    merchant: view.merchant?.name,
    value: faceValue(language, view),
    times: [line('drop.opens', view.opensAt), line('drop.closes', view.closesAt)],
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
