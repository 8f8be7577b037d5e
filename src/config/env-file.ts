import { existsSync, readFileSync } from 'node:fs';
import { nearestName } from '../common/nearest-name.js';
import { RENAMED } from './renamed-settings.js';
import { envSchema } from './schema.js';

/** What is wrong in a file of settings, by line and name; never by value. */
export interface EnvFileReport {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*)$/;
/** Variables of Node, the terminal and Docker that a file next to ours may rightly hold. */
const FOREIGN = /^(NODE_|UV_|TZ$|LANG$|LC_|NO_COLOR$|FORCE_COLOR$|COMPOSE_|DOCKER_)/;

const SETTINGS: readonly string[] = Object.keys(envSchema.shape);
const KNOWN: ReadonlySet<string> = new Set([...SETTINGS, ...Object.keys(RENAMED)]);

/**
 * Reads `.env` into the environment of this process, whose own variables win, and looks at what Node's reader passes over in
 * silence: lines that assign nothing, and names that are no settings.
 */
export function loadEnvFile(path = '.env'): EnvFileReport {
  if (!existsSync(path)) return { problems: [], warnings: [] };
  const report = checkEnvFile(readFileSync(path, 'utf8'), path);
  process.loadEnvFile(path);
  return report;
}

/**
 * A line that assigns nothing, and a name that is nearly a setting's, are problems: they were meant and would have no effect.
 * Any other unknown name is a warning.
 */
export function checkEnvFile(text: string, path = '.env'): EnvFileReport {
  const problems: string[] = [];
  const warnings: string[] = [];
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const where = `${path}, line ${at + 1}`;
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, value] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      problems.push(`${where}: is not NAME=value`);
      continue;
    }
    at = endOfValue(lines, at, value);
    if (KNOWN.has(name) || FOREIGN.test(name)) continue;
    const nearest = nearestName(name, SETTINGS);
    if (nearest === undefined) warnings.push(`${where}: ${name} is no setting of this program`);
    else problems.push(`${where}: ${name} is no setting; did you mean ${nearest}?`);
  }
  return { problems, warnings };
}

/** The line on which a quoted value that begins on line `at` ends; `at` itself where nothing is left open. */
function endOfValue(lines: readonly string[], at: number, value: string): number {
  const quote = /^["'`]/.exec(value)?.[0];
  if (quote === undefined || value.indexOf(quote, 1) > 0) return at;
  const end = lines.findIndex((line, i) => i > at && line.includes(quote));
  return end < 0 ? at : end;
}
