import type { EntityManager, FindOperator } from 'typeorm';
import { isLive } from '../../../src/claim/domain/live-claims.js';
import type { DatabaseSources } from '../../../src/database/database.js';
import { Server, type Call, type Network } from './steps.js';
import { expiryStatements, redemptionStatements, statusIndexStatements, type Tables } from './after-issue.js';
import type { Life, World } from './world.js';

const LOCK_WAIT_MS = 1_500;
const GONE = Symbol('deleted');
const fault = (code: string): Error => Object.assign(new Error(code), { code });

export type Row = Record<string, unknown>;

/** What a mutation takes away from the database; by default nothing. */
export interface DatabaseGuards {
  /** Claims that are rows already are seen, and primary and unique keys keep a second row out. */
  readonly dedupe: boolean;
  readonly conditionalStock: boolean;
  readonly outboxInTransaction: boolean;
  /** The entries of the status index change with the claims. */
  readonly statusIndexInTransaction: boolean;
  /** A claim's row is held while it moves, and moves only from the status that it still has. */
  readonly claimCompareAndSet: boolean;
  /** An event is written once, by the key of its row. */
  readonly eventKeys: boolean;
}

export interface Cell {
  committed: Row | undefined;
  changed: Row | typeof GONE | undefined;
  owner: Transaction | undefined;
  readonly sharers: Set<Transaction>;
  readonly waiting: Set<() => void>;
}

export class Transaction {
  ended = false;
  readonly cells = new Set<Cell>();
  constructor(readonly life: Life) {}
}

export type Statement = (
  match: RegExpExecArray,
  values: readonly unknown[],
  tx: Transaction | undefined,
) => unknown;

/**
 * The ledger's database, in memory: the statements that the program sends, row locks, READ COMMITTED, unique keys. A
 * statement it does not know is an error, so it cannot fall behind the program in silence.
 */
export class SimDatabase {
  readonly server = new Server('database', (sent) => fault(sent ? 'ECONNRESET' : 'ECONNREFUSED'));
  private readonly tables = new Map<string, Map<string, Cell>>();
  private readonly open = new Set<Transaction>();
  private readonly journal: { readonly at: number; readonly cell: Cell; readonly before: Row | undefined }[] =
    [];
  private order = 0;
  /** One server's runs load drafts as well, which the program does not; without them each would be another run. */
  readsDrafts = true;
  /** What each raise of the epoch said of slots. */
  readonly raised: (string | null)[] = [];

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly guards: DatabaseGuards,
  ) {}

  /** Puts a committed row. */
  seed(table: string, key: string, row: Row): void {
    this.cell(table, key).committed = row;
  }

  /** Committed rows. */
  rows(table: string): Row[] {
    return this.view(table, undefined);
  }

  /** The server dies: what was not committed is gone. */
  crash(): void {
    for (const tx of [...this.open]) this.rollback(tx);
  }

  /**
   * Another server takes over that lacks what was committed since `at`: a promoted replica, a restore. It has at least the begin of each
   * partition's account: one from before takes what the group has committed for consumed.
   */
  forgetSince(at: number): void {
    this.crash();
    const begins = new Set([0, 1].map((partition) => this.cell('consumed_positions', `${partition}/0`)));
    for (let last = this.journal.at(-1); last && last.at >= at; last = this.journal.at(-1)) {
      if (begins.has(last.cell) && last.before === undefined) return;
      last.cell.committed = last.before;
      this.journal.pop();
    }
  }

  /** The connections of one life: what `Database` works with. */
  connect(life: Life): DatabaseSources {
    life.onDeath(() => {
      for (const tx of [...this.open]) if (tx.life === life) this.rollback(tx);
    });
    const transaction = async <T>(
      isolation: string | ((m: EntityManager) => Promise<T>),
      work?: (m: EntityManager) => Promise<T>,
    ) => {
      const run = typeof isolation === 'string' ? work : isolation;
      if (!run) throw new Error('a transaction without work');
      const tx = new Transaction(life);
      this.open.add(tx);
      try {
        const result = await run(this.manager(life, tx));
        await this.network.call(life, this.server, 'db.commit', () => this.commit(tx));
        return result;
      } catch (error) {
        this.rollback(tx);
        throw error;
      }
    };
    const source = { transaction, manager: this.manager(life, undefined) };
    return { dialect: 'mariadb', writer: source, reader: source } as unknown as DatabaseSources;
  }

  private manager(life: Life, tx: Transaction | undefined): EntityManager {
    const ask = (step: Call, work: () => unknown): Promise<unknown> =>
      this.network.call(life, this.server, step, () => {
        if (tx?.ended) throw fault('ECONNRESET');
        return work();
      });
    const take = { voucherId: '', n: 0 };
    const update = {
      update: () => update,
      set: () => update,
      where: (_sql: string, values: typeof take) => Object.assign(update, { values: { ...values } }),
      values: take,
      execute: () => {
        const { values } = update;
        return ask('db.stock.take', () => this.takeStock(values.voucherId, values.n, tx));
      },
    };
    const vouchers = {
      where: () => vouchers,
      orWhere: () => vouchers,
      orderBy: () => vouchers,
      getMany: () =>
        ask('db.vouchers.read', () =>
          this.view('vouchers', tx).filter((row) => this.readsDrafts || row['status'] !== 'draft'),
        ),
    };
    const among = ({ value }: FindOperator<string>): Row[] =>
      this.view('vouchers', tx).filter((row) => (value as unknown as string[]).includes(String(row['id'])));
    const query = (sql: string, values: readonly unknown[] = []): Promise<unknown> => {
      const text = sql.replace(/\s+/g, ' ').trim();
      for (const [pattern, step, run] of this.statements) {
        const match = pattern.exec(text);
        if (match) return ask(step, () => run(match, values, tx));
      }
      this.unknownStatements.add(text);
      throw new Error(`the simulated database does not know: ${text}`);
    };
    return {
      query,
      queryRunner: { query },
      createQueryBuilder: () => update,
      getRepository: () => ({
        createQueryBuilder: () => vouchers,
        find: ({ where }: { where: { id: FindOperator<string> } }) =>
          ask('db.rebuild.terms', () => among(where.id)),
        findBy: ({ id }: { id: FindOperator<string> }) => ask('db.rare.terms', () => among(id)),
      }),
    } as unknown as EntityManager;
  }

  /** A client that tries again would hide the error: a run with one of these has failed. */
  readonly unknownStatements = new Set<string>();

  private readonly statements: readonly (readonly [RegExp, Call, Statement])[] = [
    [/^SELECT .* FROM gate_epoch WHERE id = 1$/, 'db.epoch.read', (_m, _v, tx) => this.epochRow(tx)],
    [
      /FROM gate_epoch WHERE id = 1 LOCK IN SHARE MODE$/,
      'db.epoch.hold',
      (_m, _v, tx) => this.epochRow(tx, 'share'),
    ],
    [/FROM gate_epoch WHERE id = 1 FOR UPDATE$/, 'db.epoch.lock', (_m, _v, tx) => this.epochRow(tx, 'own')],
    [
      /^UPDATE gate_epoch SET epoch = \?/,
      'db.epoch.raise',
      (match, [epoch, version, barrier, groups, masters, leader, until], tx) => {
        this.raised.push(groups as string | null);
        return this.update('gate_epoch', '1', tx, {
          epoch,
          state: 'recovering',
          scripts_version: version,
          slot_groups: groups,
          masters,
          barrier,
          ...(match.input.includes('history = NULL') ? { history: null } : {}),
          leader,
          leader_until: until,
        });
      },
    ],
    [
      /^UPDATE gate_epoch SET barrier = \?/,
      'db.epoch.barrier',
      (_m, [barrier], tx) => this.update('gate_epoch', '1', tx, { barrier }),
    ],
    [
      /^UPDATE gate_epoch SET history = \?/,
      'db.epoch.history',
      (_m, [history, masters], tx) => this.update('gate_epoch', '1', tx, { history, masters }),
    ],
    [
      /^UPDATE gate_epoch SET masters = \?/,
      'db.rare.masters',
      (_m, [masters], tx) => this.update('gate_epoch', '1', tx, { masters }),
    ],
    [
      /^UPDATE gate_epoch SET leader_until = \?/,
      'db.rare.extend',
      (_m, [until], tx) => this.update('gate_epoch', '1', tx, { leader_until: until }),
    ],
    [
      /^UPDATE gate_epoch SET state = 'opening', opened_epoch = epoch/,
      'db.epoch.opening',
      (_m, [barrier, groups], tx) => {
        const opened = this.value(this.cell('gate_epoch', '1'), tx)?.['epoch'];
        return this.update('gate_epoch', '1', tx, {
          state: 'opening',
          opened_epoch: opened,
          barrier,
          slot_groups: groups,
        });
      },
    ],
    [
      /^SELECT id, (?:voucher_id, user_id, .* cancel_reason|sequence, created_at) FROM claims WHERE id IN \([?,]+\)$/,
      'db.claim.find',
      (_m, ids) =>
        ids.flatMap((id) => {
          const row = this.value(this.cell('claims', String(id)), undefined);
          return row
            ? [{ confirm_until: null, moved_at: null, moved_by: null, cancel_reason: null, ...row }]
            : [];
        }),
    ],
    [
      /^UPDATE gate_epoch SET state = 'open', changed_at/,
      'db.epoch.open',
      (_m, _v, tx) => this.update('gate_epoch', '1', tx, { state: 'open' }),
    ],
    [
      /^SELECT id, status, reject_reason FROM claims WHERE id IN/,
      'db.claims.existing',
      (_m, ids, tx) =>
        this.guards.dedupe ? ids.flatMap((id) => this.value(this.cell('claims', String(id)), tx) ?? []) : [],
    ],
    [
      /^SELECT CASE WHEN claims_archived IS NULL THEN total - issued ELSE 0 END AS free FROM voucher_stock WHERE voucher_id = \? FOR UPDATE$/,
      'db.rare.free',
      async (_m, [id], tx) => {
        const cell = this.cell('voucher_stock', String(id));
        await this.own(cell, tx);
        const row = this.value(cell, tx);
        return row ? [{ free: Number(row['total']) - Number(row['issued']) }] : [];
      },
    ],
    [
      // Claims are moved there a month after their voucher ended, and no simulation lasts so long.
      /^SELECT [\w, ]+ FROM claims_archive WHERE /,
      'db.rare.archive',
      () => [],
    ],
    [
      /^INSERT INTO claims /,
      'db.claims.insert',
      async (match, values, tx) => {
        for (const row of inserted(match.input, values)) {
          const key = this.guards.dedupe ? String(row['id']) : `${String(row['id'])}/${this.order++}`;
          await this.insert('claims', key, row, tx);
          const once = `${String(row['voucher_id'])}/${String(row['user_id'])}/${String(row['ordinal'])}`;
          if (this.guards.dedupe) await this.insert('claims_once', once, { id: row['id'] }, tx);
        }
      },
    ],
    [
      /^INSERT INTO outbox /,
      'db.outbox.insert',
      async (match, values, tx) => {
        for (const row of inserted(match.input, values)) {
          const key = String(row['id']);
          if (!(this.guards.dedupe && this.guards.eventKeys) && this.value(this.cell('outbox', key), tx))
            continue;
          const event = { ...row, order: this.order++ };
          if (this.guards.outboxInTransaction) await this.insert('outbox', key, event, tx);
          // A mutation: the event is written by itself, a little later, if the process still lives.
          else tx?.life.in(8, () => this.seed('outbox', key, event));
        }
      },
    ],
    ...this.moves(),
    ...this.returns(),
    ...this.holds(),
    ...this.waiting(),
    ...expiryStatements(this.access()),
    ...redemptionStatements(this.access()),
    ...statusIndexStatements(this.access(), () => this.guards.statusIndexInTransaction),
    [
      /^INSERT INTO consumed_positions .* ON DUPLICATE KEY UPDATE/,
      'db.positions.insert',
      async (match, values, tx) => {
        for (const row of inserted(match.input, values)) {
          const cell = this.cell(
            'consumed_positions',
            `${String(row['partition_no'])}/${String(row['from_slot'])}`,
          );
          await this.own(cell, tx);
          const there = this.value(cell, tx);
          const greater = (name: string): number => Math.max(Number(there?.[name] ?? 0), Number(row[name]));
          this.change(cell, { ...row, next_slot: greater('next_slot'), epoch: greater('epoch') }, tx);
        }
      },
    ],
    [
      /^SELECT partition_no, from_slot, next_slot, epoch FROM consumed_positions/,
      'db.positions.read',
      (_m, _v, tx) =>
        this.view('consumed_positions', tx).sort((a, b) => Number(a['from_slot']) - Number(b['from_slot'])),
    ],
    [
      /^SELECT MAX\(epoch\) AS epoch FROM consumed_positions/,
      'db.rare.newest',
      (_m, _v, tx) => {
        const epochs = this.view('consumed_positions', tx).map((row) => Number(row['epoch']));
        return [{ epoch: epochs.length > 0 ? Math.max(...epochs) : null }];
      },
    ],
    [
      /^DELETE FROM consumed_positions WHERE topic = \? AND partition_no = \?( AND from_slot)?/,
      'db.rare.positions',
      async (match, [, partition, after, upTo], tx) => {
        for (const row of this.view('consumed_positions', tx)) {
          if (row['partition_no'] !== partition) continue;
          const within = Number(row['from_slot']) > Number(after) && Number(row['next_slot']) <= Number(upTo);
          if (match[1] !== undefined && !within) continue;
          const cell = this.cell('consumed_positions', `${String(partition)}/${String(row['from_slot'])}`);
          await this.own(cell, tx);
          if (this.value(cell, tx)) this.change(cell, GONE, tx);
        }
      },
    ],
    [
      /^INSERT IGNORE INTO claim_intake /,
      'db.intake.insert',
      async (match, values, tx) => {
        for (const row of inserted(match.input, values)) {
          const cell = this.cell('claim_intake', String(row['claim_id']));
          await this.own(cell, tx);
          if (!this.value(cell, tx)) this.change(cell, { ...row, order: this.order++ }, tx);
        }
      },
    ],
    [
      /^SELECT claim_id, payload FROM claim_intake ORDER BY created_at LIMIT (\d+)$/,
      'db.intake.read',
      (match, _v, tx) => byAge(this.view('claim_intake', tx)).slice(0, Number(match[1])),
    ],
    [
      /^DELETE FROM claim_intake WHERE claim_id IN/,
      'db.intake.delete',
      async (_m, ids, tx) => {
        for (const id of ids) {
          const cell = this.cell('claim_intake', String(id));
          await this.own(cell, tx);
          if (this.value(cell, tx)) this.change(cell, GONE, tx);
        }
      },
    ],
    [
      /^SELECT DISTINCT voucher_id FROM claim_intake$/,
      'db.rare.intakeVouchers',
      (_m, _v, tx) =>
        [...new Set(this.view('claim_intake', tx).map((row) => row['voucher_id']))].map((id) => ({
          voucher_id: id,
        })),
    ],
    [
      /^SELECT COUNT\(\*\) AS n FROM claim_intake$/,
      'db.intake.depth',
      (_m, _v, tx) => [{ n: this.view('claim_intake', tx).length }],
    ],
    [
      /^SELECT status, reject_reason FROM claims WHERE voucher_id = \? AND user_id = \? AND ordinal = \?$/,
      'db.rare.known',
      (_m, [voucherId, userId, ordinal], tx) =>
        this.claims(voucherId, tx).filter((row) => row['user_id'] === userId && row['ordinal'] === ordinal),
    ],
    [
      // Nothing that the simulation writes is ever refused for what it says: what is set aside breaks a promise.
      /^SELECT (?:claim_id, )?payload FROM claim_dead_letters WHERE/,
      'db.rare.held',
      () => [],
    ],
    [
      /^INSERT IGNORE INTO claim_dead_letters \(([^)]+)\)/,
      'db.rare.letter',
      async (match, values, tx) => {
        for (const row of inserted(match.input, values))
          await this.insert('claim_dead_letters', String(row['id']), row, tx);
      },
    ],
    [
      /FROM outbox WHERE status = 0 ORDER BY created_at LIMIT (\d+) FOR UPDATE SKIP LOCKED$/,
      'db.outbox.read',
      async (match, _v, tx) => {
        const free: Row[] = [];
        for (const row of byAge(this.view('outbox', tx))) {
          const cell = this.cell('outbox', String(row['id']));
          if (row['status'] !== 0 || (cell.owner && cell.owner !== tx) || free.length >= Number(match[1]))
            continue;
          await this.own(cell, tx);
          free.push(row);
        }
        return free;
      },
    ],
    [
      /^SELECT id, type, aggregate_id, payload, packed, events, created_at FROM outbox WHERE id IN/,
      'db.outbox.packs',
      (_m, ids, tx) => ids.flatMap((id) => this.value(this.cell('outbox', String(id)), tx) ?? []),
    ],
    [
      /^UPDATE outbox SET status = 1, sent_at = \? WHERE id IN/,
      'db.outbox.sent',
      async (_m, [, ...ids], tx) => {
        for (const id of ids) await this.update('outbox', String(id), tx, { status: 1 });
      },
    ],
    [
      /^SELECT COALESCE\(SUM\(events\), 0\) AS n FROM outbox WHERE status = 0$/,
      'db.outbox.depth',
      (_m, _v, tx) => {
        const waiting = this.view('outbox', tx).filter((row) => row['status'] === 0);
        return [{ n: waiting.reduce((sum, row) => sum + Number(row['events']), 0) }];
      },
    ],
    [
      /^SELECT s\.voucher_id AS voucher_id, s\.total AS total, s\.returns AS returned, \(SELECT COUNT/,
      'db.rebuild.counts',
      (_m, ids, tx) =>
        ids.map((id) => {
          const claims = this.claims(id, tx);
          const stock = this.value(this.cell('voucher_stock', String(id)), tx);
          return {
            voucher_id: id,
            total: stock?.['total'],
            returned: stock?.['returns'],
            live: claims.filter((row) => isLive(String(row['status']))).length,
            sequence: claims.length === 0 ? null : Math.max(...claims.map((row) => Number(row['sequence']))),
          };
        }),
    ],
    [
      /^SELECT s\.voucher_id AS voucher_id, \(SELECT c\.sequence FROM claims c/,
      'db.rebuild.sizes',
      (_m, ids, tx) =>
        ids.map((id) => {
          const sequences = this.claims(id, tx).map((row) => Number(row['sequence']));
          // Of every other voucher more than it has, so that it is loaded in pieces.
          const size = sequences.length > 0 && String(id).endsWith('1') ? 1_000_000 : sequences.length;
          return { voucher_id: id, size };
        }),
    ],
    [
      /^SELECT voucher_id, user_id, ordinal, status, idempotency, created_at FROM claims WHERE voucher_id IN/,
      'db.rebuild.users',
      (_m, ids, tx) => ids.flatMap((id) => this.claims(id, tx)),
    ],
    [
      /^SELECT user_id, ordinal, status, idempotency, created_at FROM claims/,
      'db.rebuild.users',
      (_m, [id, after], tx) =>
        this.claims(id, tx)
          .filter((row) => String(row['user_id']) > String(after))
          .sort(
            (a, b) =>
              String(a['user_id']).localeCompare(String(b['user_id'])) ||
              Number(a['ordinal']) - Number(b['ordinal']),
          ),
    ],
  ];

  /** What becomes of a claim after it is a row. */
  private moves(): (readonly [RegExp, Call, Statement])[] {
    return [
      [
        /^SELECT id, voucher_id, .* moved_at, moved_by, moves FROM claims WHERE id IN .* FOR UPDATE$/,
        'db.moves.lock',
        async (_m, ids, tx) => {
          const rows: Row[] = [];
          for (const id of ids) {
            const cell = this.cell('claims', String(id));
            if (this.guards.claimCompareAndSet) await this.own(cell, tx);
            const row = this.value(cell, tx);
            if (row) rows.push({ confirm_until: null, moved_at: null, moved_by: null, moves: null, ...row });
          }
          return rows;
        },
      ],
      [
        // One mover of all, or one for each; reasons are not looked at.
        /^UPDATE claims SET status = \?, moved_at = \?, moved_by = (\?|CASE id (?:WHEN \? THEN \? )+END), moves = .* WHERE id IN \(([?,]+)\) AND status = \?$/,
        'db.moves.update',
        async ([, movers = '', list = ''], [status, at, ...given], tx) => {
          const ids = given.slice(-1 - list.split(',').length, -1);
          const from = given.at(-1);
          const by = new Map(ids.map((id, n) => [id, movers === '?' ? given[0] : given[2 * n + 1]]));
          let affected = 0;
          for (const id of ids) {
            const cell = this.cell('claims', String(id));
            await this.own(cell, tx);
            const row = this.value(cell, tx);
            if (!row || (this.guards.claimCompareAndSet && row['status'] !== from)) continue;
            this.change(
              cell,
              {
                ...row,
                status,
                moved_at: at,
                moved_by: by.get(id),
                moves: Number(row['moves'] ?? 0) + 1,
              },
              tx,
            );
            affected += 1;
          }
          return { affected };
        },
      ],
      [
        /^INSERT INTO audit_log /,
        'db.audit.insert',
        async (match, values, tx) => {
          for (const row of inserted(match.input, values))
            await this.insert('audit_log', String(row['id']), row, tx);
        },
      ],
    ];
  }

  /** Units that are given back. */
  private returns(): (readonly [RegExp, Call, Statement])[] {
    const pending = (tx: Transaction | undefined): Row[] =>
      this.view('unit_returns', tx)
        .filter((row) => row['state'] === 'pending')
        .sort((a, b) => Number(a['number']) - Number(b['number']));
    return [
      [
        /^SELECT issued, returns FROM voucher_stock WHERE voucher_id = \? FOR UPDATE$/,
        'db.returns.stock',
        async (_m, [id], tx) => {
          const cell = this.cell('voucher_stock', String(id));
          await this.own(cell, tx);
          return [this.value(cell, tx)];
        },
      ],
      [
        /^UPDATE voucher_stock SET issued = \?, returns = \? WHERE voucher_id = \?$/,
        'db.returns.take',
        (_m, [issued, returns, id], tx) => this.update('voucher_stock', String(id), tx, { issued, returns }),
      ],
      [
        /^INSERT INTO unit_returns /,
        'db.returns.insert',
        async (match, values, tx) => {
          for (const row of inserted(match.input, values))
            await this.insert(
              'unit_returns',
              `${String(row['voucher_id'])}/${String(row['number'])}`,
              row,
              tx,
            );
        },
      ],
      [
        /^SELECT voucher_id, number, units, claims FROM unit_returns WHERE voucher_id = \? AND state = 'pending'/,
        'db.returns.read',
        (_m, [id], tx) => pending(tx).filter((row) => row['voucher_id'] === id),
      ],
      [
        /^SELECT voucher_id FROM unit_returns WHERE state = 'pending' GROUP BY voucher_id/,
        'db.returns.due',
        (_m, _v, tx) =>
          [...new Set(pending(tx).map((row) => row['voucher_id']))].map((id) => ({ voucher_id: id })),
      ],
      [
        /^UPDATE unit_returns SET state = 'taken'/,
        'db.returns.settle',
        (_m, [at, id, number], tx) =>
          this.update('unit_returns', `${String(id)}/${String(number)}`, tx, {
            state: 'taken',
            settled_at: at,
          }),
      ],
      [
        /^SELECT status FROM vouchers WHERE id = \?$/,
        'db.rare.ended',
        (_m, [id], tx) => [this.value(this.cell('vouchers', String(id)), tx)],
      ],
    ];
  }

  /** Waiting lists. */
  private waiting(): (readonly [RegExp, Call, Statement])[] {
    const entries = (id: unknown, tx: Transaction | undefined, ...states: string[]): Row[] =>
      this.view('waiting_entries', tx)
        .filter(
          (row) => row['voucher_id'] === id && (states.length === 0 || states.includes(String(row['state']))),
        )
        .sort((a, b) => Number(a['number']) - Number(b['number']));
    const change = async (
      id: unknown,
      numbers: readonly unknown[],
      tx: Transaction | undefined,
      values: Row,
    ) => {
      for (const number of numbers)
        await this.update('waiting_entries', `${String(id)}/${String(number)}`, tx, values);
    };
    return [
      [
        /^INSERT IGNORE INTO waiting_lists /,
        'db.rare.list',
        async (_m, [id], tx) => {
          const cell = this.cell('waiting_lists', String(id));
          await this.own(cell, tx);
          if (!this.value(cell, tx))
            this.change(cell, { voucher_id: id, version: 0, last_number: 0, waiting: 0 }, tx);
        },
      ],
      [
        /^SELECT version, last_number FROM waiting_lists WHERE voucher_id = \? FOR UPDATE$/,
        'db.waiting.hold',
        async (_m, [id], tx) => {
          const cell = this.cell('waiting_lists', String(id));
          await this.own(cell, tx);
          return [this.value(cell, tx)];
        },
      ],
      [
        /^SELECT voucher_id, version, waiting FROM waiting_lists WHERE voucher_id IN/,
        'db.waiting.told',
        (_m, ids, tx) =>
          ids
            .map((id) => this.value(this.cell('waiting_lists', String(id)), tx))
            .filter((row) => row !== undefined),
      ],
      [
        /^UPDATE waiting_lists SET version = \?, last_number = \?, waiting = \?/,
        'db.waiting.change',
        (_m, [version, last, waiting, id], tx) =>
          this.update('waiting_lists', String(id), tx, { version, last_number: last, waiting }),
      ],
      [
        /^SELECT voucher_id FROM waiting_lists WHERE waiting = 1/,
        'db.rare.lists',
        (_m, _v, tx) => this.view('waiting_lists', tx).filter((row) => row['waiting'] === 1),
      ],
      [
        /^INSERT INTO waiting_entries /,
        'db.waiting.join',
        async (_m, [voucher_id, number, user_id, joined_at], tx) => {
          const entry = {
            voucher_id,
            number,
            user_id,
            joined_at,
            state: 'waiting',
            offered_at: null,
            offered_until: null,
          };
          await this.insert('waiting_entries', `${String(voucher_id)}/${String(number)}`, entry, tx);
        },
      ],
      [
        /FROM waiting_entries WHERE voucher_id = \? AND user_id = \? ORDER BY number DESC LIMIT 1$/,
        'db.waiting.last',
        (_m, [id, user], tx) =>
          entries(id, tx)
            .filter((row) => row['user_id'] === user)
            .slice(-1),
      ],
      [
        /^SELECT number, .* FROM waiting_entries WHERE voucher_id = \? AND state = 'waiting' ORDER BY number LIMIT/,
        'db.waiting.next',
        (_m, [id], tx) => entries(id, tx, 'waiting'),
      ],
      [
        /^SELECT number, .* FROM waiting_entries WHERE voucher_id = \? AND state = 'offered'$/,
        'db.waiting.offered',
        (_m, [id], tx) => entries(id, tx, 'offered'),
      ],
      [
        /^SELECT user_id, status, created_at FROM claims WHERE voucher_id = \? AND user_id IN/,
        'db.rare.ledTo',
        (_m, [id, ...users], tx) => this.claims(id, tx).filter((row) => users.includes(row['user_id'])),
      ],
      [
        /^UPDATE waiting_entries SET state = 'closed'/,
        'db.rare.close',
        async (_m, [at, id], tx) =>
          change(
            id,
            entries(id, tx, 'waiting').map((row) => row['number']),
            tx,
            { state: 'closed', ended_at: at },
          ),
      ],
      [
        /^UPDATE waiting_entries SET state = 'waiting', offered_at = NULL/,
        'db.rare.back',
        (_m, [id, ...numbers], tx) =>
          change(id, numbers, tx, { state: 'waiting', offered_at: null, offered_until: null }),
      ],
      [
        /^UPDATE waiting_entries SET state = 'offered'/,
        'db.waiting.offer',
        (_m, [at, until, id, ...numbers], tx) =>
          change(id, numbers, tx, { state: 'offered', offered_at: at, offered_until: until }),
      ],
      [
        /^UPDATE waiting_entries SET state = \?, ended_at = \?/,
        'db.waiting.end',
        (_m, [state, at, id, ...numbers], tx) => change(id, numbers, tx, { state, ended_at: at }),
      ],
      [
        /^SELECT COUNT\(\*\) AS n FROM waiting_entries WHERE voucher_id = \? AND state IN/,
        'db.rare.open',
        (_m, [id], tx) => [{ n: entries(id, tx, 'waiting', 'offered').length }],
      ],
      [
        /^SELECT COUNT\(\*\) AS n FROM waiting_entries WHERE voucher_id = \? AND state = 'waiting' AND number/,
        'db.rare.before',
        (_m, [id, number], tx) => [
          { n: entries(id, tx, 'waiting').filter((row) => Number(row['number']) < Number(number)).length },
        ],
      ],
      [
        /^SELECT COUNT\(\*\) AS n FROM claims WHERE voucher_id = \? AND user_id = \? AND/,
        'db.rare.room',
        (_m, [id, user], tx) => [
          {
            n: this.claims(id, tx).filter((row) => row['user_id'] === user && isLive(String(row['status'])))
              .length,
          },
        ],
      ],
    ];
  }

  /** Claims that wait for their confirmation. */
  private holds(): (readonly [RegExp, Call, Statement])[] {
    return [
      [
        /^SELECT id, confirm_within_s FROM vouchers WHERE id IN/,
        'db.rare.holdTerms',
        (_m, ids, tx) =>
          ids.flatMap((id) => {
            const row = this.value(this.cell('vouchers', String(id)), tx);
            return row ? [{ id, confirm_within_s: row['confirmWithinS'] ?? null }] : [];
          }),
      ],
      [
        /^SELECT id, code_source, code_pattern, merchant_id FROM vouchers WHERE id IN/,
        'db.rare.codeSource',
        (_m, ids, tx) =>
          ids.flatMap((id) =>
            this.value(this.cell('vouchers', String(id)), tx)
              ? [{ id, code_source: 'generated', code_pattern: null, merchant_id: '' }]
              : [],
          ),
      ],
      [/^SELECT TIMESTAMPDIFF\(.* AS now$/, 'db.rare.now', () => [{ now: Math.floor(this.world.now) }]],
      [
        /^INSERT INTO claim_holds /,
        'db.holds.insert',
        async (match, values, tx) => {
          for (const row of inserted(match.input, values))
            await this.insert('claim_holds', String(row['claim_id']), row, tx);
        },
      ],
      [
        /^DELETE FROM claim_holds WHERE claim_id IN/,
        'db.holds.delete',
        async (_m, ids, tx) => {
          for (const id of ids) await this.remove('claim_holds', String(id), tx);
        },
      ],
      [
        /^SELECT claim_id, voucher_id FROM claim_holds WHERE confirm_until <=/,
        'db.holds.due',
        (_m, _v, tx) =>
          this.view('claim_holds', tx).filter((row) => Number(row['confirm_until']) <= this.world.now),
      ],
      [
        /^UPDATE claims SET code = \?, issued_at = \? WHERE id = \?$/,
        'db.holds.issue',
        (_m, [code, at, id], tx) => this.update('claims', String(id), tx, { code, issued_at: at }),
      ],
    ];
  }

  private async remove(table: string, key: string, tx: Transaction | undefined): Promise<void> {
    const cell = this.cell(table, key);
    await this.own(cell, tx);
    if (this.value(cell, tx)) this.change(cell, GONE, tx);
  }

  private access(): Tables {
    return {
      cell: (table, key) => this.cell(table, key),
      value: (cell, tx) => this.value(cell, tx),
      view: (table, tx) => this.view(table, tx),
      share: (cell, tx) => this.share(cell, tx),
      own: (cell, tx) => this.own(cell, tx),
      insert: (table, key, row, tx) => this.insert(table, key, row, tx),
      update: (table, key, tx, values) => this.update(table, key, tx, values),
      remove: (table, key, tx) => this.remove(table, key, tx),
      inserted,
      now: () => this.world.now,
    };
  }

  private claims(voucherId: unknown, tx: Transaction | undefined): Row[] {
    return this.view('claims', tx).filter((row) => row['voucher_id'] === voucherId);
  }

  private async epochRow(tx: Transaction | undefined, lock?: 'share' | 'own'): Promise<Row[]> {
    const cell = this.cell('gate_epoch', '1');
    if (lock === 'share') await this.share(cell, tx);
    if (lock === 'own') await this.own(cell, tx);
    const row = this.value(cell, tx);
    return row ? [row] : [];
  }

  private async takeStock(
    voucherId: string,
    n: number,
    tx: Transaction | undefined,
  ): Promise<{ affected: number }> {
    const cell = this.cell('voucher_stock', voucherId);
    await this.own(cell, tx);
    const row = this.value(cell, tx);
    if (!row) return { affected: 0 };
    const issued = Number(row['issued']) + n;
    if (this.guards.conditionalStock && issued > Number(row['total'])) return { affected: 0 };
    this.change(cell, { ...row, issued }, tx);
    return { affected: 1 };
  }

  private async insert(name: string, key: string, row: Row, tx: Transaction | undefined): Promise<void> {
    const cell = this.cell(name, key);
    await this.own(cell, tx);
    if (this.value(cell, tx)) {
      if (!tx) return;
      throw fault('ER_DUP_ENTRY');
    }
    this.change(cell, row, tx);
  }

  private async update(name: string, key: string, tx: Transaction | undefined, values: Row): Promise<void> {
    const cell = this.cell(name, key);
    await this.own(cell, tx);
    this.change(cell, { ...this.value(cell, tx), ...values }, tx);
  }

  private cell(name: string, key: string): Cell {
    let cells = this.tables.get(name);
    if (!cells) this.tables.set(name, (cells = new Map()));
    let cell = cells.get(key);
    if (!cell) {
      cell = {
        committed: undefined,
        changed: undefined,
        owner: undefined,
        sharers: new Set(),
        waiting: new Set(),
      };
      cells.set(key, cell);
    }
    return cell;
  }

  private value(cell: Cell, tx: Transaction | undefined): Row | undefined {
    if (tx && cell.owner === tx && cell.changed !== undefined)
      return cell.changed === GONE ? undefined : cell.changed;
    return cell.committed;
  }

  private view(name: string, tx: Transaction | undefined): Row[] {
    return [...(this.tables.get(name)?.values() ?? [])].flatMap((cell): Row[] => {
      const row = this.value(cell, tx);
      return row ? [row] : [];
    });
  }

  private change(cell: Cell, value: Row | typeof GONE, tx: Transaction | undefined): void {
    if (tx) cell.changed = value;
    else this.store(cell, value === GONE ? undefined : value);
  }

  private store(cell: Cell, row: Row | undefined): void {
    this.journal.push({ at: this.world.now, cell, before: cell.committed });
    cell.committed = row;
  }

  private async share(cell: Cell, tx: Transaction | undefined): Promise<void> {
    if (!tx) return;
    while (cell.owner && cell.owner !== tx) await this.wait(cell, tx);
    if (tx.ended) throw fault('ECONNRESET');
    cell.sharers.add(tx);
    tx.cells.add(cell);
  }

  private async own(cell: Cell, tx: Transaction | undefined): Promise<void> {
    if (!tx) return;
    while ((cell.owner && cell.owner !== tx) || [...cell.sharers].some((other) => other !== tx))
      await this.wait(cell, tx);
    if (tx.ended) throw fault('ECONNRESET');
    cell.owner = tx;
    tx.cells.add(cell);
  }

  private wait(cell: Cell, tx: Transaction): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        cell.waiting.delete(go);
        if (tx.ended) reject(fault('ECONNRESET'));
        else resolve();
      };
      cell.waiting.add(go);
      this.world.in(LOCK_WAIT_MS, () => {
        if (cell.waiting.delete(go)) reject(fault('ER_LOCK_WAIT_TIMEOUT'));
      });
    });
  }

  private commit(tx: Transaction): void {
    if (tx.ended) throw fault('ECONNRESET');
    for (const cell of tx.cells) {
      if (cell.owner === tx && cell.changed !== undefined)
        this.store(cell, cell.changed === GONE ? undefined : cell.changed);
    }
    this.release(tx);
  }

  private rollback(tx: Transaction): void {
    if (!tx.ended) this.release(tx);
  }

  private release(tx: Transaction): void {
    tx.ended = true;
    this.open.delete(tx);
    for (const cell of tx.cells) {
      cell.sharers.delete(tx);
      if (cell.owner === tx) {
        cell.owner = undefined;
        cell.changed = undefined;
      }
      for (const go of [...cell.waiting]) go();
    }
  }
}

/** The rows of an `INSERT INTO t (columns) VALUES (row),(row)...`, all of whose rows read the same. */
function inserted(sql: string, values: readonly unknown[]): Row[] {
  const [, columns, row] = /\(([^)]+)\) VALUES \(([^)]+)\)/.exec(sql) ?? [];
  const list = (text = ''): string[] => text.split(',').map((item) => item.trim());
  const items = list(row);
  const given = items.filter((item) => item === '?').length;
  const rows: Row[] = [];
  for (let from = 0; from < values.length; from += given) {
    const next = values.slice(from, from + given).values();
    const cells = items.map((item) => (item === '?' ? next.next().value : literal(item)));
    rows.push(Object.fromEntries(list(columns).map((name, index) => [name, cells[index]])));
  }
  return rows;
}

function literal(text: string): unknown {
  if (text === 'NULL') return null;
  return text.startsWith("'") ? text.slice(1, -1) : Number(text);
}

const byAge = (rows: Row[]): Row[] =>
  rows.sort(
    (a, b) => Number(a['created_at']) - Number(b['created_at']) || Number(a['order']) - Number(b['order']),
  );
