import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../src/common/root.js';
import { NGINX, PlainError, programPath } from './programs.js';
import { ServerProcess, type Command } from './server-process.js';

const HOST = '127.0.0.1';
const PROBE_TIMEOUT_MS = 1_000;
const TEMPLATES = join(ROOT, 'docker', 'nginx');
const VARIABLE = /\$\{(GATEWAY_[A-Z_]+)\}/g;

/** Values of the variables in docker/nginx/*.template; gateway.env describes each. */
export type GatewaySettings = Readonly<Record<string, string>>;

/** The settings of docker/nginx/gateway.env. */
export function gatewayDefaults(): GatewaySettings {
  const lines = readFileSync(join(TEMPLATES, 'gateway.env'), 'utf8').split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** What the environment says in place of the defaults. */
export function gatewayOverrides(env: NodeJS.ProcessEnv): GatewaySettings {
  const names = Object.keys(gatewayDefaults());
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/**
 * Names of configuration files and their text, with the variables replaced as the container's `envsubst` does it.
 * @throws PlainError where a template names a variable that has no value
 */
export function renderGateway(settings: GatewaySettings): Map<string, string> {
  const templates = readdirSync(TEMPLATES).filter((file) => file.endsWith('.template'));
  return new Map(
    templates.map((file) => {
      const text = readFileSync(join(TEMPLATES, file), 'utf8').replace(VARIABLE, (_all, name: string) => {
        const value = settings[name];
        if (value === undefined) throw new PlainError(`${file}: ${name} has no value`);
        return value;
      });
      return [file.replace(/\.template$/, ''), text];
    }),
  );
}

/** The instances on these ports of this machine, judged as gateway.env judges instances. */
export function localServers(ports: readonly number[]): string {
  const parameters = /server \S+ ([^;]*);/.exec(gatewayDefaults()['GATEWAY_SERVERS'] ?? '')?.[1] ?? '';
  return ports.map((port) => `server ${HOST}:${port} ${parameters};`).join(' ');
}

/** nginx with the configuration of docker/nginx, in front of instances on this machine. Its log has the access log too. */
export class GatewayServer extends ServerProcess {
  readonly name = 'gateway';

  /** @param settings what differs from gateway.env; addresses, folder and web pages are this process's matter */
  constructor(
    dir: string,
    private readonly settings: GatewaySettings = {},
  ) {
    super(dir);
  }

  get url(): string {
    return `http://${HOST}:${this.port}`;
  }

  /** Connections now and ever. */
  get statusUrl(): string {
    return `http://${HOST}:${this.innerPort}/status`;
  }

  /** Starts nginx; one that runs takes the present settings over without dropping a connection. */
  override async start(): Promise<void> {
    if (this.pid === undefined) return super.start();
    await this.prepare();
    this.signal('SIGHUP');
  }

  /** A killed master leaves its workers behind, so that SIGKILL becomes nginx's own fast shutdown. */
  override stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<boolean> {
    return super.stop(signal === 'SIGKILL' ? 'SIGTERM' : signal);
  }

  protected override get needsInnerPort(): boolean {
    return true;
  }

  protected async prepare(): Promise<void> {
    programPath(NGINX);
    const run = join(this.dir, 'run');
    mkdirSync(run, { recursive: true });
    const rendered = renderGateway({
      ...gatewayDefaults(),
      GATEWAY_WEB_ROOT: join(ROOT, 'dist', 'web'),
      ...this.settings,
      GATEWAY_LISTEN: `${HOST}:${this.port}`,
      GATEWAY_STATUS_LISTEN: `${HOST}:${this.innerPort}`,
      GATEWAY_DIR: run,
    });
    for (const [file, text] of rendered) writeFileSync(join(this.dir, file), text);
  }

  protected command(): Command {
    // Root's workers would be nobody, who may not enter the folders of root.
    const user = process.getuid?.() === 0 ? ' user root;' : '';
    return {
      program: programPath(NGINX),
      args: ['-e', 'stderr', '-c', this.configFile, '-g', `daemon off;${user}`],
    };
  }

  protected async answers(): Promise<boolean> {
    return (await fetch(this.statusUrl, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })).ok;
  }

  /** nginx puts `nginx: master process` before its command line; workers have other titles. */
  protected owns(commandLine: string): boolean {
    return commandLine.includes(`-c ${this.configFile} `);
  }

  private get configFile(): string {
    return join(this.dir, 'nginx.conf');
  }
}
