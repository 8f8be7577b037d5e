import { Init1764000000000 } from './1764000000000-init.js';
import { OpenedEpoch1764000600000 } from './1764000600000-opened-epoch.js';

/** All migrations, oldest first. Append only. */
export const migrations = [Init1764000000000, OpenedEpoch1764000600000];
