/** What a Redis says of itself, from the text of INFO. */
export interface ServerInfo {
  readonly product: 'Redis' | 'Valkey';
  /** `7.0.15`. */
  readonly version: string;
  readonly mode: string;
  readonly role: string;
  /** Address of the primary that a replica follows. */
  readonly primary: string | undefined;
  /** Changes with every restart. */
  readonly runId: string;
  /** `master_replid`: changes with every restart and promotion, and when a history begins that replicas can follow. */
  readonly history: string;
  /** Whether the history before this one is known: it is, to a server that was a replica. */
  readonly continues: boolean;
}

const NO_ID = /^0*$/;

/** Fields of INFO by name. */
export function infoFields(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\n')
      .map((line) => /^(\w+):(.*?)\r?$/.exec(line))
      .flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? ''] as const] : [])),
  );
}

/** @param text of the sections server and replication */
export function serverInfo(text: string): ServerInfo {
  const fields = infoFields(text);
  const field = (name: string): string => fields.get(name) ?? '';
  const valkey = fields.get('valkey_version');
  return {
    product: valkey === undefined ? 'Redis' : 'Valkey',
    version: valkey ?? field('redis_version'),
    mode: field('redis_mode') || field('server_mode'),
    role: field('role'),
    primary: fields.has('master_host') ? `${field('master_host')}:${field('master_port')}` : undefined,
    runId: field('run_id'),
    history: field('master_replid'),
    continues: !NO_ID.test(field('master_replid2')),
  };
}
