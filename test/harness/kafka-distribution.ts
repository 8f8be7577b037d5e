import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.js';
import { parseEditions } from './editions.js';
import { MAVEN, PlainError, programPath } from './programs.js';

export const USUAL_KAFKA_VERSION = '4.3.0';
const SCALA_VERSION = '2.13';
const DOWNLOAD_TIMEOUT_MS = 600_000;

const run = promisify(execFile);

/** Up to 3.9 it brings a logger of its own, which says nothing without a file of settings: when it has started is read from its log. */
const NO_LOGGER =
  '<exclusions><exclusion><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId></exclusion></exclusions>';

const artifact = (group: string, id: string, version: string): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version>${NO_LOGGER}</dependency>`;

/** The version that `STACK_SERVERS` names, else the usual one. */
export function kafkaVersion(): string {
  const source = parseEditions(process.env['STACK_SERVERS']).find(({ server }) => server === 'kafka')?.source;
  return source?.registry === 'maven' ? source.version : USUAL_KAFKA_VERSION;
}

const pom = (version: string): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>voucherconnect</groupId><artifactId>kafka</artifactId><version>1</version>
<dependencies>
${artifact('org.apache.kafka', `kafka_${SCALA_VERSION}`, version)}
${artifact('org.apache.kafka', 'kafka-tools', version)}
${artifact('org.slf4j', 'slf4j-simple', '1.7.36')}
</dependencies></project>
`;

/** The folder of Kafka's jars, shared by all state folders of a user. */
export function kafkaFolder(): string {
  return cacheFolder(`kafka-${kafkaVersion()}`);
}

export const hasKafka = (): boolean =>
  existsSync(join(kafkaFolder(), `kafka_${SCALA_VERSION}-${kafkaVersion()}.jar`));

/**
 * Fetches Kafka from Maven unless the user's cache has it (about 55 MB, once).
 * @throws PlainError where Maven is missing or cannot fetch it
 */
export async function ensureKafka(): Promise<string> {
  const folder = kafkaFolder();
  if (hasKafka()) return folder;
  const maven = programPath(MAVEN);
  const work = `${folder}.${process.pid}.tmp`;
  mkdirSync(join(work, 'jars'), { recursive: true });
  try {
    writeFileSync(join(work, 'pom.xml'), pom(kafkaVersion()));
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(work, 'jars')}`];
    await run(maven, ['-q', '-B', ...goal], { cwd: work, timeout: DOWNLOAD_TIMEOUT_MS });
    if (readdirSync(join(work, 'jars')).length === 0) throw new Error('Maven copied nothing');
    moveInto(join(work, 'jars'), folder);
  } catch (error) {
    const output = (error as { stdout?: string }).stdout ?? '';
    const reason =
      output.split('\n').find((line) => line.includes('ERROR')) ?? (error as Error).message.split('\n')[0];
    throw new PlainError(`Kafka ${kafkaVersion()} could not be fetched by Maven: ${reason}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** Two processes may fetch at once: the one that comes second keeps what the first put there. */
function moveInto(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!hasKafka()) throw error;
  }
}
