import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { behindIds, firstIdOf } from '../common/ids.js';
import { firstTestId, type Mode } from '../common/mode.js';
import { Database, inList, placeholders } from '../database/database.js';
import { indexedWords, nameWords } from './name-words.js';
import { User } from './user.entity.js';

/** Accounts that an instance of an older version made while it was replaced. */
const LOOK_BACK_MS = 3_600_000;
const BATCH = 500;
/** Sorts behind every word that begins so. */
const LAST = '\u{10FFFF}';

/** Every account is inserted by this, so that none is without the words of its name. @throws the driver's error where there is such an account */
export async function insertUser(db: Database, tx: EntityManager, user: User): Promise<void> {
  await tx.insert(User, user);
  await putWords(db, tx, user);
}

export async function renameUser(db: Database, tx: EntityManager, id: string, name: string): Promise<void> {
  await tx.update(User, { id }, { name });
  await forgetNames(tx, [id]);
  await putWords(db, tx, { id, name });
}

/** Of accounts that go. @param ids at least one */
export async function forgetNames(tx: EntityManager, ids: readonly string[]): Promise<void> {
  await tx.query(`DELETE FROM user_name_words WHERE user_id IN (${inList(ids.length)})`, [...ids]);
}

async function putWords(
  db: Database,
  tx: EntityManager,
  { id, name }: Pick<User, 'id' | 'name'>,
): Promise<void> {
  const words = indexedWords(name);
  if (words.length === 0) return;
  await tx.query(
    `${db.insertIgnore} user_name_words (word, user_id) VALUES ${placeholders(words.length, 2)}`,
    words.flatMap((word) => [word, id]),
  );
}

/**
 * Ids of accounts whose names have words that begin with all of those of the text, in any order and however they are written: by a range
 * of an index, on all databases alike.
 * @param most as many at most
 */
export async function usersNamed(db: Database, text: string, mode: Mode, most: number): Promise<string[]> {
  // The longest has fewest names.
  const [first, ...others] = nameWords(text).sort((a, b) => b.length - a.length);
  if (first === undefined) return [];
  const also = others.map(
    () =>
      'AND EXISTS (SELECT 1 FROM user_name_words o WHERE o.user_id = w.user_id AND o.word >= ? AND o.word < ?)',
  );
  const rows: { id: string }[] = await db.read.query(
    `SELECT DISTINCT w.user_id AS id FROM user_name_words w
      WHERE w.word >= ? AND w.word < ? AND w.user_id ${mode === 'live' ? '<' : '>='} ? ${also.join(' ')}
      LIMIT ${most}`,
    [first, first + LAST, firstTestId('usr'), ...others.flatMap((word) => [word, word + LAST])],
  );
  return rows.map(({ id }) => id);
}

/** The job that gives words to new accounts that have none. */
@Injectable()
export class UserNames {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws the database's error */
  async fill(): Promise<void> {
    const rows: { id: string }[] = await this.db.read.query(
      `SELECT u.id FROM users u
        WHERE u.id >= ? AND u.id < ? AND NOT EXISTS (SELECT 1 FROM user_name_words w WHERE w.user_id = u.id)
        LIMIT ${BATCH}`,
      [firstIdOf('usr', this.clock.now() - LOOK_BACK_MS), behindIds('usr_')],
    );
    for (const { id } of rows)
      await this.db.write(async (tx) => {
        const user = await tx.findOneBy(User, { id });
        if (user) await putWords(this.db, tx, user);
      });
  }
}
