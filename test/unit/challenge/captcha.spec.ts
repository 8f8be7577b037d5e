import { describe, expect, it } from '@jest/globals';
import { drawCaptchaImage } from '../../../src/challenge/captcha-image.js';
import { inChinese, inWords, newTask, normalAnswer } from '../../../src/challenge/captcha-task.js';
import { solve } from '../../support/captcha.js';

describe('a captcha task', () => {
  const many = <T>(make: () => T): T[] => Array.from({ length: 2_000 }, make);

  it('of kind math is a small sum whose result is not negative', () => {
    for (const { kind, picture = '', question, answer } of many(() => newTask('math', undefined))) {
      expect([kind, question]).toEqual(['math', undefined]);
      const [, left, sign, right] = /^(\d\d)([+−])(\d)$/.exec(picture) ?? [];
      expect(Number(answer)).toBe(sign === '+' ? Number(left) + Number(right) : Number(left) - Number(right));
      expect(Number(answer)).toBeGreaterThanOrEqual(2);
    }
  });

  it('of kind math has no result that is worth guessing', () => {
    const times = new Map<string, number>();
    for (const { answer } of many(() => newTask('math', undefined)))
      times.set(answer, (times.get(answer) ?? 0) + 1);
    expect(Math.max(...times.values()) / 2_000).toBeLessThan(0.04);
  });

  it('of kind image is five characters, none of which looks like another', () => {
    for (const { kind, picture, answer } of many(() => newTask('image', undefined))) {
      expect(kind).toBe('image');
      expect(picture).toBe(answer);
      expect(answer).toMatch(/^[A-Z0-9]{5}$/);
      expect(answer).not.toMatch(/[0OQ1I2Z5S6G8BV]/);
      expect(normalAnswer(answer)).toBe(answer);
    }
  });

  it.each(['math', 'image'] as const)('of kind %s can be had in words', (kind) => {
    for (const task of many(() => newTask(kind, 'en'))) {
      expect([task.kind, task.picture]).toEqual(['math', undefined]);
      expect(solve(task.question ?? '')).toBe(task.answer);
      expect(task.question).not.toMatch(/\d/);
    }
  });

  it('can be had in Chinese', () => {
    const value = (han: string): number =>
      Array.from({ length: 100 }, (_, n) => n).find((n) => inChinese(n) === han) ?? NaN;
    for (const { question, answer } of many(() => newTask('image', 'zh'))) {
      const [, left = '', sign, right = ''] =
        /^(.+)([加减])(.+)等于多少？请用数字回答。$/.exec(question ?? '') ?? [];
      expect(String(sign === '加' ? value(left) + value(right) : value(left) - value(right))).toBe(answer);
    }
    expect([0, 9, 10, 11, 20, 43, 90].map(inChinese)).toEqual([
      '零',
      '九',
      '十',
      '十一',
      '二十',
      '四十三',
      '九十',
    ]);
  });

  it('takes an answer in small letters, wide digits, with spaces', () => {
    expect(normalAnswer(' ak 7p x\n')).toBe('AK7PX');
    expect(normalAnswer('５１')).toBe('51');
  });

  it('writes numbers in words', () => {
    expect([0, 7, 12, 20, 21, 99].map(inWords)).toEqual([
      ...['zero', 'seven', 'twelve', 'twenty', 'twenty-one', 'ninety-nine'],
    ]);
  });
});

describe('a captcha picture', () => {
  const size = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];

  it('is a PNG of one size, and shows the text: without a font all would look alike', async () => {
    const still = () => 0.5;
    const pictures = await Promise.all(
      ['AAAAA', 'KKKKK', '43+8'].map((text) => drawCaptchaImage(text, still)),
    );
    for (const png of pictures) {
      expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
      expect(size(png)).toEqual([220, 72]);
    }
    expect(new Set(pictures.map((png) => png.toString('base64'))).size).toBe(3);
  });

  it('is never drawn twice in the same way', async () => {
    const pictures = await Promise.all(Array.from({ length: 20 }, () => drawCaptchaImage('AK7PX')));
    expect(new Set(pictures.map((png) => png.toString('base64'))).size).toBe(20);
  });
});
