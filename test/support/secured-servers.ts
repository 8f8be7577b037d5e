import { createConnection } from 'mysql2/promise';
import { freePort } from '../../src/cli/free-ports.js';
import { ClusterNode, RedisCluster } from '../harness/redis-cluster.js';
import { DATABASE_NAME, KafkaServer, MariaDbServer, RedisServer } from '../harness/servers.js';
import type { Certificates } from './certificates.js';

/** The rights that the program needs at Redis, as docs/operating/servers.md has them. */
const REDIS_RIGHTS = ['resetkeys', '~vc:*', 'resetchannels', '&vc:*', '+@all', '-@dangerous', '+info'];

/** A user `app` by certificate and password, over TLS; without TLS only probes by the default user. */
export class SecuredRedis extends RedisServer {
  constructor(
    dir: string,
    private readonly certificates: Certificates,
  ) {
    super(dir);
  }

  override get url(): string {
    return `rediss://app:s%40cret@localhost:${this.innerPort}/0`;
  }

  protected override get needsInnerPort(): boolean {
    return true;
  }

  protected override command() {
    const { program, args } = super.command();
    const { ca, server } = this.certificates;
    const tls = ['--tls-port', String(this.innerPort), '--tls-auth-clients', 'yes'];
    const files = ['--tls-ca-cert-file', ca, '--tls-cert-file', server.cert, '--tls-key-file', server.key];
    const user = ['--user', 'app', 'on', '>s@cret', ...REDIS_RIGHTS];
    return { program, args: [...args, ...tls, ...files, ...user] };
  }
}

/** A node of a cluster whose nodes speak TLS with each other, too; without TLS only probes by the default user. */
class SecuredClusterNode extends ClusterNode {
  tlsPort = 0;

  constructor(
    dir: string,
    private readonly certificates: Certificates,
  ) {
    super(dir);
  }

  override async choosePort(given?: number): Promise<number> {
    this.tlsPort ||= await freePort();
    return super.choosePort(given);
  }

  protected override command() {
    const { program, args } = super.command();
    const { ca, server } = this.certificates;
    const tls = ['--tls-port', String(this.tlsPort), '--tls-auth-clients', 'yes'];
    const between = ['--tls-cluster', 'yes', '--tls-replication', 'yes'];
    const files = ['--tls-ca-cert-file', ca, '--tls-cert-file', server.cert, '--tls-key-file', server.key];
    const user = ['--user', 'app', 'on', '>s@cret', ...REDIS_RIGHTS];
    return { program, args: [...args, ...tls, ...between, ...files, ...user] };
  }
}

/** A user `app` by certificate and password, over TLS, at every node. */
export class SecuredCluster extends RedisCluster {
  constructor(
    dir: string,
    private readonly certificates: Certificates,
  ) {
    super(dir);
  }

  override get url(): string {
    const nodes = this.nodes.map((node) => `127.0.0.1:${(node as SecuredClusterNode).tlsPort}`);
    return `rediss+cluster://app:s%40cret@${nodes.join(',')}/`;
  }

  protected override newNode(dir: string): ClusterNode {
    return new SecuredClusterNode(dir, this.certificates);
  }
}

/** Its user must show a certificate from `secure` on. */
export class SecuredMariaDb extends MariaDbServer {
  constructor(
    dir: string,
    private readonly certificates: Certificates,
  ) {
    super(dir);
  }

  override get url(): string {
    return `mariadb://app:s%40cret@localhost:${this.port}/${DATABASE_NAME}`;
  }

  /** Ends what the probes of `waitReady` can do. */
  async secure(): Promise<void> {
    const where = { host: '127.0.0.1', port: this.port, user: 'app', password: 'app' };
    const connection = await createConnection(where);
    await connection.query(`ALTER USER 'app'@'127.0.0.1' IDENTIFIED BY 's@cret' REQUIRE X509`);
    await connection.end();
  }

  protected override command() {
    const { program, args } = super.command();
    const { ca, server } = this.certificates;
    const tls = [`--ssl-ca=${ca}`, `--ssl-cert=${server.cert}`, `--ssl-key=${server.key}`];
    return { program, args: [...args, ...tls] };
  }
}

const LOGIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required';

/** A user `app` by certificate and password, over TLS. */
export class SecuredKafka extends KafkaServer {
  constructor(
    dir: string,
    private readonly certificates: Certificates,
  ) {
    super(dir);
  }

  protected override settings(): Record<string, string | number> {
    const { ca, server } = this.certificates;
    const settings = super.settings();
    return {
      ...settings,
      listeners: String(settings['listeners']).replace('PLAINTEXT:', 'SASL_SSL:'),
      'advertised.listeners': `SASL_SSL://localhost:${this.port}`,
      'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'SASL_SSL',
      'sasl.enabled.mechanisms': 'PLAIN',
      'sasl.mechanism.inter.broker.protocol': 'PLAIN',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${LOGIN} username="broker" password="b" user_broker="b" user_app="s@cret";`,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': server.both,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': ca,
      'ssl.client.auth': 'required',
    };
  }
}
