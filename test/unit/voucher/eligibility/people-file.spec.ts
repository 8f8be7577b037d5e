import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Problem } from '../../../../src/common/problems.js';
import { personHash, readPeople } from '../../../../src/voucher/eligibility/people-file.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const read = (text: string): Promise<ReadonlySet<string>> => readPeople(Buffer.from(text));
const refusal = async (file: Buffer | string): Promise<Problem> => {
  const error: unknown = await readPeople(Buffer.from(file)).catch((caught: unknown) => caught);
  if (!(error instanceof Problem)) throw new Error('the file was taken');
  return error;
};

describe('a list of people', () => {
  it('names them by e-mail address, phone number or hash, each in its one form', async () => {
    const people = await read(
      ['Lin@Example.COM', '138 0013 8000', '+1 415 555 2671', sha256('wang@example.com').toUpperCase()].join(
        '\n',
      ),
    );
    expect([...people]).toEqual(
      ['lin@example.com', '+8613800138000', '+14155552671', 'wang@example.com'].map(sha256),
    );
    expect(personHash('lin@example.com')).toBe(sha256('lin@example.com'));
  });

  it('may have a byte order mark, a header, quotes, empty lines, and any line break', async () => {
    const people = await read(
      '\ufeffE-Mail\r\n"lin@example.com"\r\n\r\n  wang@example.com \rli@example.com\n',
    );
    expect([...people]).toEqual(['lin', 'wang', 'li'].map((name) => sha256(`${name}@example.com`)));
  });

  it('has somebody once who is named twice, in whatever form', async () => {
    const twice = [
      'lin@example.com',
      'LIN@example.com',
      sha256('lin@example.com'),
      '13800138000',
      '+86 138-0013-8000',
    ];
    expect((await read(twice.join('\n'))).size).toBe(2);
  });

  it('is refused as a whole where a line names nobody, with each such line', async () => {
    const problem = await refusal('person\nlin@example.com\nLin\n12345\nwang@example.com\na@b\n');
    expect(problem.code).toBe('validation_failed');
    expect(problem.options.errors?.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/3', 'not_a_person'],
      ['/4', 'not_a_person'],
      ['/6', 'not_a_person'],
    ]);
  });

  it('names the first hundred wrong lines, and says how many there are', async () => {
    const problem = await refusal(Array.from({ length: 1_234 }, (_none, n) => `nobody ${n}`).join('\n'));
    expect(problem.options.errors).toHaveLength(100);
    expect(problem.message).toContain('1234 lines');
  });

  it.each([
    ['empty', '\n\n'],
    ['empty', 'email\n'],
    ['not_utf8', Buffer.from([0x6c, 0xff, 0xfe, 0x0a])],
  ] as const)('is refused: %s', async (code, file) => {
    expect((await refusal(Buffer.from(file))).options.errors).toMatchObject([{ pointer: '', code }]);
  });

  it('names 100,000 people at most', async () => {
    const line = (n: number): string => n.toString(16).padStart(64, '0');
    const file = Array.from({ length: 100_001 }, (_none, n) => line(n));
    expect((await read(file.slice(1).join('\n'))).size).toBe(100_000);
    expect((await refusal(file.join('\n'))).options.errors).toMatchObject([{ code: 'too_many' }]);
  });
});
