import type { MigrationInterface, QueryRunner } from 'typeorm';

const PAGE = 1_000;
const WORDS_MAX = 40;
const WORD_MAX = 64;
const PLAIN: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
};

/** The words of a name as version 0.1 of the program folds them. */
function wordsOf(name: string): string[] {
  const plain = name
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .normalize('NFC')
    .replace(/[łøđðþßæœı]/gu, (letter) => PLAIN[letter] ?? letter)
    .replace(/['`´‘’ʼʻ]/gu, '')
    .replace(/\s+/gu, ' ')
    .replace(/(?<=\p{Script=Han}) +(?=\p{Script=Han})/gu, '');
  const words = (plain.match(/[\p{L}\p{N}]+/gu) ?? []).flatMap((whole) => {
    const letters = [...whole].slice(0, WORD_MAX);
    return /^\p{Script=Han}+$/u.test(whole)
      ? letters.map((_letter, at) => letters.slice(at).join(''))
      : [letters.join('')];
  });
  return [...new Set(words)].slice(0, WORDS_MAX);
}

/** People are found by any word of their name, however it is written, on all databases alike. */
export class UserNameWords1764002916000 implements MigrationInterface {
  readonly name = 'UserNameWords1764002916000';

  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.connection.options.type === 'better-sqlite3';
    const binary = sqlite ? '' : ' CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
    await runner.query(
      `CREATE TABLE IF NOT EXISTS user_name_words (
         word VARCHAR(${WORD_MAX})${binary} NOT NULL, user_id VARCHAR(64) NOT NULL, PRIMARY KEY (word, user_id))`,
    );
    await runner.query('CREATE INDEX user_name_words_of_user ON user_name_words (user_id, word)');
    for (let last = ''; ;) {
      const users = (await runner.query(`SELECT id, name FROM users WHERE id > ? ORDER BY id LIMIT ${PAGE}`, [
        last,
      ])) as { id: string; name: string }[];
      const rows = users.flatMap(({ id, name }) => wordsOf(name).map((word) => [word, id]));
      for (let from = 0; from < rows.length; from += PAGE) {
        const some = rows.slice(from, from + PAGE);
        await runner.query(
          `INSERT ${sqlite ? 'OR IGNORE' : 'IGNORE'} INTO user_name_words (word, user_id) VALUES ${some.map(() => '(?, ?)').join(', ')}`,
          some.flat(),
        );
      }
      const end = users.at(-1);
      if (!end) return;
      last = end.id;
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS user_name_words');
  }
}
