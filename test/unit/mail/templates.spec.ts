import { describe, expect, it } from '@jest/globals';
import { renderMail } from '../../../src/mail/templates/render.js';
import type { MailKind, MailParams } from '../../../src/mail/templates/mail-words.js';
import { wordsOf } from '../../../src/mail/templates/templates.js';
import { pauseAfter, serverPause } from '../../../src/mail/retry-schedule.js';

const URL = 'https://drops.example.com/x#1';
const UNSUBSCRIBE = 'https://drops.example.com/unsubscribe?token=usr_1.sold_out.x';
const OF_VOUCHER = { unsubscribeUrl: UNSUBSCRIBE, title: 'Tea for two', merchant: 'Tea house' };
const NOON = Date.UTC(2030, 0, 1, 12);
const SAMPLES: { readonly [K in MailKind]: MailParams[K] } = {
  password_reset: { url: URL, minutes: 30 },
  staff_invitation: { url: URL, role: 'cashier', days: 7 },
  email_proof: { url: URL, hours: 24 },
  opens_soon: { url: URL, ...OF_VOUCHER, opensAt: NOON, zone: 'Asia/Shanghai' },
  claim_issued: { url: URL, ...OF_VOUCHER },
  waiting_offer: { url: URL, ...OF_VOUCHER, until: NOON, zone: 'Asia/Shanghai' },
  sold_out: { url: URL, unsubscribeUrl: UNSUBSCRIBE, title: 'Tea for two' },
  merchant_message: {
    url: URL,
    ...OF_VOUCHER,
    subject: 'An hour later',
    text: 'We open at 11.',
    contact: ['hello@tea.example'],
  },
  webhook_disabled: { url: URL, webhook: 'whk_01k9z3v8f0abcdef', reason: 'failing' },
};
const kinds = Object.keys(SAMPLES) as MailKind[];

describe('mails', () => {
  it.each(kinds.flatMap((kind) => [[kind, 'en'] as const, [kind, 'zh'] as const]))(
    '%s has a subject, words and its link in text and HTML (%s)',
    (kind, language) => {
      const { subject, text, html } = renderMail(wordsOf(kind, SAMPLES[kind], language), language);
      expect(subject.length).toBeGreaterThan(4);
      expect(/\p{Script=Han}/u.test(subject)).toBe(language === 'zh');
      expect(text).toContain(subject);
      expect(text).toContain(URL);
      expect(html).toContain(`href="${URL}"`);
      expect(html).toContain(`<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">`);
      expect(`${subject}${text}${html}`).not.toMatch(/undefined|\[object/);
    },
  );

  it.each(['opens_soon', 'claim_issued', 'waiting_offer', 'sold_out', 'merchant_message'] as const)(
    '%s says how to get no more of its kind; what lets people in does not',
    (kind) => {
      for (const language of ['en', 'zh'] as const) {
        const mail = renderMail(wordsOf(kind, SAMPLES[kind], language), language);
        expect(mail.unsubscribeUrl).toBe(UNSUBSCRIBE);
        expect(mail.text).toContain(UNSUBSCRIBE);
        expect(mail.html).toContain(`href="${UNSUBSCRIBE}"`);
        expect(
          renderMail(wordsOf('password_reset', SAMPLES.password_reset, language), language),
        ).toMatchObject({ unsubscribeUrl: undefined });
      }
    },
  );

  it.each(kinds.flatMap((kind) => [[kind, 'en'] as const, [kind, 'zh'] as const]))(
    '%s says each time as the clocks of the voucher’s zone show it, and names the zone (%s)',
    (kind, language) => {
      const mail = wordsOf(kind, SAMPLES[kind], language);
      const { subject, lines, notes } = mail;
      const saying = [subject, ...lines, ...notes].filter((text) => /\d\d:\d\d/.test(text));
      expect(saying).toHaveLength({ opens_soon: 2, waiting_offer: 1 }[kind as string] ?? 0);
      for (const text of saying) expect(text).toMatch(/20:00 ?[(（]Asia\/Shanghai, UTC\+08:00[)）]/);
    },
  );

  it('tell apart the two times that clocks show alike when they go back', () => {
    const at = (until: number): string => {
      const params = { ...SAMPLES.waiting_offer, until, zone: 'America/New_York' };
      return renderMail(wordsOf('waiting_offer', params, 'en'), 'en').text;
    };
    expect(at(Date.UTC(2030, 10, 3, 5, 30))).toContain('01:30 (America/New York, UTC-04:00)');
    expect(at(Date.UTC(2030, 10, 3, 6, 30))).toContain('01:30 (America/New York, UTC-05:00)');
    const params = { ...SAMPLES.waiting_offer, zone: 'UTC' };
    expect(renderMail(wordsOf('waiting_offer', params, 'zh'), 'zh').text).toContain('12:00（UTC）');
  });

  it('of a claim say where its voucher is used and whom to ask, where the merchant says it', () => {
    const params = {
      ...SAMPLES.claim_issued,
      place: '12 Nanjing Road\r\n\nShanghai',
      contact: ['+86 21 5555 0100', 'hello@tea.example'],
      terms: 'One voucher a visit.',
    };
    const [en, zh] = (['en', 'zh'] as const).map(
      (language) => renderMail(wordsOf('claim_issued', params, language), language).text,
    );
    expect(en).toContain('Where: 12 Nanjing Road, Shanghai\n\nContact: +86 21 5555 0100 · hello@tea.example');
    expect(zh).toContain('地址：12 Nanjing Road，Shanghai\n\n联系方式：+86 21 5555 0100 · hello@tea.example');
    expect(en).toContain(`Terms of ${OF_VOUCHER.merchant}: One voucher a visit.`);
    expect(zh).toContain(`${OF_VOUCHER.merchant} 的使用条款：One voucher a visit.`);
    const bare = { ...SAMPLES.claim_issued, place: null, contact: [], terms: null };
    expect(wordsOf('claim_issued', bare, 'en')).toEqual(wordsOf('claim_issued', SAMPLES.claim_issued, 'en'));
  });

  it('name no title to an address that nobody has proved', () => {
    for (const language of ['en', 'zh'] as const) {
      const { text } = renderMail(
        wordsOf('sold_out', { ...SAMPLES.sold_out, title: null }, language),
        language,
      );
      expect(text).not.toMatch(/null|Tea/);
    }
  });

  it('of a merchant set its words apart: escaped, in their lines, and never as ours', () => {
    const text = 'One <b>\r\ntwo \u202etxet\n\n\n> VoucherConnect says';
    for (const language of ['en', 'zh'] as const) {
      const mail = renderMail(
        wordsOf('merchant_message', { ...SAMPLES.merchant_message, text }, language),
        language,
      );
      expect(mail.text).toContain('> One <b>\n> two txet\n\n> > VoucherConnect says\n\n');
      expect(mail.html).toMatch(
        /<blockquote [^>]*><p [^>]*>One &lt;b&gt;\ntwo txet<\/p><p [^>]*>&gt; VoucherConnect says<\/p><\/blockquote>/,
      );
      expect(mail.text).toContain('hello@tea.example');
    }
  });

  it('escapes all words, and keeps each of them on its line', () => {
    const hostile = 'A <b>"bold"</b> & \u202etxet\r\nBcc: x@example.com';
    const words = {
      subject: hostile,
      lines: [hostile],
      action: { label: hostile, url: 'https://example.com/?a="b"&c=<d>' },
      notes: [hostile],
    };
    const { subject, text, html } = renderMail(words, 'en');
    expect(subject).toBe('A <b>"bold"</b> & txet Bcc: x@example.com');
    expect(html).not.toContain('<b>');
    expect(html).toContain('href="https://example.com/?a=&quot;b&quot;&amp;c=&lt;d&gt;"');
    expect(html.match(/A &lt;b&gt;/g)).toHaveLength(5);
    expect(text.split('\n').filter((line) => line.startsWith('Bcc'))).toEqual([]);
    expect(html).not.toContain('\u202e');
  });
});

describe('pauses between attempts', () => {
  it('grow from 5 s to a tenth of the lifetime, with jitter on top', () => {
    const halfHour = Array.from({ length: 8 }, (_, n) => pauseAfter(n + 1, 1_800_000, 0));
    expect(halfHour).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 180_000, 180_000]);
    expect(pauseAfter(1, 1_800_000, 0.999)).toBeGreaterThan(6_000);
    expect(pauseAfter(30, 60_000, 0)).toBe(60_000);
    expect(pauseAfter(1_000, 365 * 86_400_000, 0)).toBe(1_800_000);
  });

  it('of a server that is away grow from 1 s to 1 min', () => {
    expect([1, 2, 3, 7, 500].map(serverPause)).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
  });
});
