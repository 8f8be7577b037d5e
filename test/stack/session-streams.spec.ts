import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, PASSWORD } from '../support/api.js';
import { openClaimStream } from '../support/claim-stream.js';
import { tokenFor } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { freshSystem } from '../support/stack-env.js';

describe('streams at one instance, sessions that end at another', () => {
  let instances: Instance[];
  let here: Api;
  let there: Api;
  let dropId: string;

  beforeAll(async () => {
    // Nobody consumes the log, so claims stay pending.
    const env = { ...(await freshSystem('session_streams', 3)), APP_ROLE: 'api' };
    instances = await Instance.startAll(env, env);
    [here, there] = instances.map(({ url }) => new Api(url)) as [Api, Api];
    const merchant = await here.registerMerchant();
    dropId = (await here.liveVoucher(merchant.access_token)).id;
  });

  afterAll(async () => {
    for (const instance of instances ?? []) await instance.kill();
  });

  it.each(['logout', 'a change of the password', 'a block of the user'])('%s', async (what) => {
    const user = await here.register();
    const { body: claim } = await here.claim(user.access_token, dropId);
    const stream = await openClaimStream(here.url, claim.id, user.access_token);
    if (what === 'logout') {
      await there.expect(204, 'POST', '/v1/auth/logout', { token: user.access_token });
    } else if (what === 'a block of the user') {
      await there.expect(201, 'POST', '/v1/admin/blocks', {
        token: tokenFor('usr_0000000000admn01', 'admin'),
        json: { user_id: user.user.id, reason: 'bot' },
      });
    } else {
      const again = { email: user.user.email, password: PASSWORD };
      const { access_token: token } = await there.expect(200, 'POST', '/v1/auth/login', { json: again });
      const json = { current_password: PASSWORD, new_password: 'another long password' };
      await there.expect(200, 'PUT', '/v1/me/password', { token, json });
    }
    await stream.ended();
    expect(stream.text()).toContain('"status":"pending"');
  });
});
