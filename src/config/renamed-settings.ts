/** Names of settings up to 0.1: read until 0.2 is out, with a warning. */
export const RENAMED: Readonly<Record<string, string>> = {
  CLAIM_ANSWERS_FIRST_MS: 'CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS',
};

interface CurrentNames {
  readonly settings: Record<string, string | undefined>;
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Gives settings their current names.
 * @param given without empty ones
 * @returns a warning for each old name, and a problem where the old and the new name are both set
 */
export function withCurrentNames(given: Readonly<Record<string, string | undefined>>): CurrentNames {
  const settings = { ...given };
  const warnings: string[] = [];
  const problems: string[] = [];
  for (const [old, name] of Object.entries(RENAMED)) {
    const value = settings[old];
    if (value === undefined) continue;
    if (settings[name] !== undefined)
      problems.push(`${old}: is now ${name}, which is set too; remove ${old}`);
    else settings[name] = value;
    delete settings[old];
    warnings.push(`${old} is now called ${name}; the old name will not be read by the next release`);
  }
  return { settings, warnings, problems };
}
