import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CodeSender } from '../../src/auth/index.js';
import { inParallel, newAddress, newEmail, PASSWORD } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

/** Under the limits that are on by default. */
let server: TestApp;
beforeAll(async () => {
  server = await startApp();
  const sender: CodeSender = server.app.get(CodeSender);
  sender.send = async () => undefined;
});
afterAll(() => server.stop());

const from = (address: string) => ({ 'x-forwarded-for': address });
const login = (email: string, password: string, address: string) =>
  server.api.call('POST', '/v1/auth/login', { json: { email, password }, headers: from(address) });
const askCode = (phone: string, address: string) =>
  server.api.call('POST', '/v1/auth/phone/code', { json: { phone }, headers: from(address) });
const phone = (n: number): string => `+86138001${String(n).padStart(5, '0')}`;

describe('people who share one address', () => {
  it('log in sixty at once, each with the right password', async () => {
    const people = await inParallel(Array.from({ length: 60 }), 10, () => server.api.register());
    const hall = newAddress();
    const answers = await Promise.all(people.map(({ user }) => login(user.email, PASSWORD, hall)));
    expect(answers.map(({ status }) => status)).toEqual(people.map(() => 200));
  });

  it('do not wait for the typing errors of the others', async () => {
    const person = await server.api.register();
    const hall = newAddress();
    for (let n = 0; n < 27; n += 1)
      expectProblem(await login(newEmail(), 'a typing error', hall), 'invalid_credentials');
    expect((await login(person.user.email, PASSWORD, hall)).status).toBe(200);
  });

  it('get a code each, the sixtieth too', async () => {
    const hall = newAddress();
    for (let n = 0; n < 60; n += 1) expect((await askCode(phone(n), hall)).status).toBe(202);
  });

  it('are held back where they guess on', async () => {
    const guesser = newAddress();
    const answers = await inParallel(Array.from({ length: 130 }), 10, () =>
      login(newEmail(), 'a guess', guesser),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeLessThanOrEqual(110); // each further one waits twice as long
  });
});

describe('the owner of a number for which strangers ask codes', () => {
  it('waits for the next code, and not for a day', async () => {
    const number = phone(99_999);
    for (let n = 0; n < 10; n += 1) expect((await askCode(number, newAddress())).status).toBe(202);
    const refused = await askCode(number, newAddress());
    expectProblem(refused, 'too_many_codes');
    // A tenth of a day, the time in which one of ten comes back.
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(8_640);
  });
});
