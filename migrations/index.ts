import { Init1764000000000 } from './1764000000000-init.js';
import { BlockList1764000200000 } from './1764000200000-block-list.js';
import { StockLedger1764000300000 } from './1764000300000-stock-ledger.js';
import { OpenedEpoch1764000600000 } from './1764000600000-opened-epoch.js';
import { OutboxPacks1764000900000 } from './1764000900000-outbox-packs.js';

/** All migrations, oldest first. Append only. */
export const migrations = [
  Init1764000000000,
  BlockList1764000200000,
  StockLedger1764000300000,
  OpenedEpoch1764000600000,
  OutboxPacks1764000900000,
];
