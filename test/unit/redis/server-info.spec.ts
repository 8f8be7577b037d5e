import { describe, expect, it } from '@jest/globals';
import { infoFields, serverInfo } from '../../../src/redis/server-info.js';

const ID = 'a'.repeat(40);
const lines = (...fields: string[]): string => `# Section\r\n${fields.join('\r\n')}\r\n`;

describe('what a Redis says of itself', () => {
  it('is read from a primary', () => {
    const text = lines(
      'role:master',
      `master_replid:${ID}`,
      `master_replid2:${'0'.repeat(40)}`,
      'redis_version:7.0.15',
      'redis_mode:standalone',
      'run_id:abc',
    );
    expect(serverInfo(text)).toEqual({
      product: 'Redis',
      version: '7.0.15',
      mode: 'standalone',
      role: 'master',
      primary: undefined,
      runId: 'abc',
      history: ID,
      continues: false,
    });
  });

  it('is read from a replica, and from Valkey by its own version', () => {
    const text = lines(
      'role:slave',
      'master_host:10.0.0.2',
      'master_port:6379',
      `master_replid2:${ID}`,
      'redis_version:7.2.4',
      'valkey_version:9.1.2',
      'server_mode:cluster',
    );
    expect(serverInfo(text)).toMatchObject({
      product: 'Valkey',
      version: '9.1.2',
      mode: 'cluster',
      primary: '10.0.0.2:6379',
      continues: true,
    });
  });

  it('keeps values with colons, and passes over headings', () => {
    expect([...infoFields('# Replication\r\nslave0:ip=::1,port=1\r\n\r\nx:\r\n')]).toEqual([
      ['slave0', 'ip=::1,port=1'],
      ['x', ''],
    ]);
  });
});
