import { cpSync, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { ROOT } from '../../src/common/root.js';
import { PlainError } from './programs.js';
import type { Command } from './server-process.js';
import { MariaDbServer } from './servers.js';

const HOST = '127.0.0.1';
/** Where Debian's package galera-4 has it. */
const PROVIDER = '/usr/lib/galera/libgalera_smm.so';
const SCRIPTS = join(ROOT, 'test/harness/galera');

/** A node of a Galera cluster. */
class GaleraNode extends MariaDbServer {
  /** Begins a cluster in place of joining the other node. */
  begins = false;

  constructor(
    dir: string,
    private readonly cluster: Pick<GaleraPair, 'nodes'>,
  ) {
    super(dir);
  }

  protected override get needsInnerPort(): boolean {
    return true;
  }

  private get groupAddress(): string {
    return `${HOST}:${this.innerPort}`;
  }

  protected override command(): Command {
    const { program, args } = super.command();
    const addresses = this.begins ? [] : this.cluster.nodes.map(({ groupAddress }) => groupAddress);
    const galera = [
      '--wsrep-on=ON',
      `--wsrep-provider=${PROVIDER}`,
      `--wsrep-provider-options=gmcast.listen_addr=tcp://${this.groupAddress};base_port=${this.innerPort}`,
      `--wsrep-cluster-address=gcomm://${addresses.join(',')}`,
      `--wsrep-node-address=${this.groupAddress}`,
      '--wsrep-sst-method=local',
      `--wsrep-sst-receive-address=${join(this.dir, 'state')}`,
      '--binlog-format=ROW',
      '--innodb-autoinc-lock-mode=2',
    ];
    // Who joins has users and database from the copy.
    const own = this.begins ? args : args.filter((arg) => !arg.startsWith('--init-file='));
    const path = [SCRIPTS, process.env['PATH'] ?? ''].join(delimiter);
    return { program: 'env', args: [`PATH=${path}`, program, ...own, ...galera] };
  }

  /** Takes a copy of the other's data; both are stopped. */
  copy(other: GaleraNode): void {
    if (this.pid !== undefined || other.pid !== undefined) throw new Error('a node runs; stop it first');
    cpSync(other.dataDir, this.dataDir, { recursive: true });
  }

  /** A variable of `SHOW GLOBAL STATUS`, named without its `wsrep_`. */
  async status(name: string): Promise<string> {
    const [row] = await this.ask(`SHOW GLOBAL STATUS LIKE 'wsrep_${name}'`);
    return String(row?.['Value']);
  }

  /** Takes writes without the other node: for an operator who knows that it is gone. */
  async goOnAlone(): Promise<void> {
    await this.ask(`SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'`);
  }

  async ask(sql: string): Promise<RowDataPacket[]> {
    const connection = await createConnection(this.url.replace(/^mariadb:/, 'mysql:'));
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows;
    } finally {
      await connection.end();
    }
  }
}

/** Two nodes. */
export class GaleraPair {
  readonly nodes: readonly [GaleraNode, GaleraNode];

  constructor(dir: string) {
    this.nodes = [new GaleraNode(join(dir, 'node-1'), this), new GaleraNode(join(dir, 'node-2'), this)];
  }

  /** @throws PlainError where Galera is not installed */
  async up(): Promise<void> {
    if (!existsSync(PROVIDER)) throw new PlainError(`there is no ${PROVIDER}: install galera-4`);
    const [first, second] = this.nodes;
    for (const node of this.nodes) await node.choosePort();
    first.begins = true;
    await first.start();
    await first.waitReady();
    await first.stop(); // in order, so that its data says up to which write it goes
    second.copy(first);
    await first.start();
    await first.waitReady();
    first.begins = false;
    await second.start();
    await second.waitReady();
  }

  async down(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop('SIGKILL')));
  }
}
