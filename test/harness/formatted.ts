import { format, resolveConfig } from 'prettier';

/** A text as the formatter leaves it in that file: what a program writes passes the same check as what is written by hand. */
export const formatted = async (path: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(path)), filepath: path });
