import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { MARIADB_INSTALL, MARIADBD, MYSQLD, PlainError, programPath, type Program } from './programs.js';
import { ServerProcess, type Command } from './server-process.js';

const HOST = '127.0.0.1';
const PROBE_TIMEOUT_MS = 1_000;
const run = promisify(execFile);

export const DATABASE_NAME = 'voucherconnect';

/** A database server with an empty database and a user app/app that may create more, and more users. */
export abstract class DatabaseServer extends ServerProcess {
  abstract override readonly name: 'mariadb' | 'mysql';
  /** What it needs on this machine. */
  abstract readonly programs: readonly Program[];

  /** @param options of its command line, besides those that it needs to run at all */
  constructor(
    dir: string,
    private readonly options: readonly string[] = [],
  ) {
    super(dir);
  }

  get url(): string {
    return `${this.name}://app:app@${HOST}:${this.port}/${DATABASE_NAME}`;
  }

  /** Makes the data folder. */
  protected abstract install(): Promise<void>;
  protected abstract get program(): Program;

  protected async prepare(): Promise<void> {
    for (const program of this.programs) programPath(program);
    if (!existsSync(join(this.dataDir, 'mysql'))) {
      // What an interrupted first start left behind would fail every later one.
      rmSync(this.dataDir, { recursive: true, force: true });
      await this.install();
    }
    writeFileSync(this.initFile, INIT_SQL);
  }

  /**
   * A folder for temporary tables of its own: a MariaDB server that starts removes every `#sql*` file of the folder,
   * those of another server in use included.
   */
  protected temporary(): string {
    const dir = join(this.dir, 'tmp');
    mkdirSync(dir, { recursive: true });
    return `--tmpdir=${dir}`;
  }

  protected command(): Command {
    const args = [
      '--no-defaults',
      `--datadir=${this.dataDir}`,
      this.temporary(),
      `--port=${this.port}`,
      `--bind-address=${HOST}`,
      // Relative to the data folder: a path there may be longer than a socket's name can be.
      `--socket=${this.name}.sock`,
      `--pid-file=${join(this.dir, `${this.name}.pid`)}`,
      `--init-file=${this.initFile}`,
      '--skip-name-resolve',
      '--character-set-server=utf8mb4',
      '--innodb-flush-log-at-trx-commit=1',
      '--innodb-buffer-pool-size=512M',
      '--max-connections=500',
      ...this.options,
    ];
    return { program: programPath(this.program), args: [...args, ...this.asRoot()] };
  }

  protected async answers(): Promise<boolean> {
    const where = { host: HOST, port: this.port, user: 'app', password: 'app', database: DATABASE_NAME };
    const connection = await createConnection({ ...where, connectTimeout: PROBE_TIMEOUT_MS });
    await connection.end();
    return true;
  }

  protected owns(commandLine: string): boolean {
    return commandLine.includes(`--datadir=${this.dataDir} `);
  }

  private get initFile(): string {
    return join(this.dir, 'init.sql');
  }

  /** Both refuse to run as root unless they are told so. */
  protected asRoot(): string[] {
    return process.getuid?.() === 0 ? ['--user=root'] : [];
  }
}

const INIT_SQL = [
  `CREATE DATABASE IF NOT EXISTS ${DATABASE_NAME} CHARACTER SET utf8mb4;`,
  `CREATE USER IF NOT EXISTS 'app'@'${HOST}' IDENTIFIED BY 'app';`,
  `GRANT ALL ON *.* TO 'app'@'${HOST}' WITH GRANT OPTION;`,
  '',
].join('\n');

export class MariaDbServer extends DatabaseServer {
  readonly name = 'mariadb';
  readonly programs = [MARIADBD, MARIADB_INSTALL];

  protected get program(): Program {
    return MARIADBD;
  }

  protected async install(): Promise<void> {
    const args = [
      '--no-defaults',
      `--datadir=${this.dataDir}`,
      this.temporary(),
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...this.asRoot(),
    ];
    await run(programPath(MARIADB_INSTALL), args).catch((error: Error & { stdout?: string }) => {
      const lines = (error.stdout || error.message).trim().split('\n');
      throw new PlainError(
        `mariadb-install-db failed: ${lines.find((line) => line.includes('ERROR')) ?? lines.at(-1)}`,
      );
    });
  }
}

/** The folder for files that Debian's build wants is made by its installation alone. */
const NO_FILES = ['--secure-file-priv=NULL'];

export class MySqlServer extends DatabaseServer {
  readonly name = 'mysql';
  readonly programs = [MYSQLD];

  protected get program(): Program {
    return MYSQLD;
  }

  protected async install(): Promise<void> {
    mkdirSync(this.dir, { recursive: true });
    const args = [
      '--no-defaults',
      '--initialize-insecure',
      `--datadir=${this.dataDir}`,
      this.temporary(),
      ...NO_FILES,
      ...this.asRoot(),
    ];
    await run(programPath(MYSQLD), args).catch((error: Error & { stderr?: string }) => {
      const lines = (error.stderr || error.message).trim().split('\n');
      throw new PlainError(
        `mysqld --initialize-insecure failed: ${lines.find((line) => line.includes('[ERROR]')) ?? lines[0]}`,
      );
    });
  }

  /** Its second port would be the same for all, and its socket's name longer than such a name can be. */
  protected override command(): Command {
    const { program, args } = super.command();
    return { program, args: [...args, ...NO_FILES, '--mysqlx=OFF'] };
  }
}
