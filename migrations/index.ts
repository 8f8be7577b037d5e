import { Init1764000000000 } from './1764000000000-init.js';

/** All migrations, oldest first. Append only. */
export const migrations = [Init1764000000000];
