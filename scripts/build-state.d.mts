/** A part of dist/; paths below the root of the repository, or absolute. */
export interface BuiltPart {
  readonly name: string;
  readonly sources: readonly string[];
  readonly built: readonly string[];
}
export function isUpToDate(part: BuiltPart): boolean;
export function forgetState(part: BuiltPart): void;
export function keepState(part: BuiltPart): void;
