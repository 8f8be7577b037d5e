import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this user's machine keeps fetched servers. */
export const cacheFolder = (...parts: string[]): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'voucherconnect', ...parts);
