import type { FieldProblem } from '../../common/problems.js';

/** What a schema found, in the form of any library of the Standard Schema. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly keys?: readonly string[];
  /** Of our own checks: a code that says more than `custom`. */
  readonly params?: { readonly code?: string } | undefined;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly origin?: string;
}

/** RFC 6901. */
const pointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export function fieldProblems(issue: Issue): FieldProblem[] {
  const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  if (issue.code === 'unrecognized_keys' && issue.keys) {
    return issue.keys.map((key) => ({
      pointer: pointer([...path, key]),
      code: 'unknown_field',
      detail: 'Unknown field',
    }));
  }
  const code = issue.params?.code ?? issue.code ?? 'invalid';
  return [{ pointer: pointer(path), code, detail: issue.message, ...boundOf(issue) }];
}

const COUNTS: Readonly<Record<string, NonNullable<FieldProblem['counts']>>> = {
  string: 'characters',
  array: 'items',
  number: 'value',
  int: 'value',
};

function boundOf({ code, minimum, maximum, origin }: Issue): Pick<FieldProblem, 'bound' | 'counts'> {
  const bound = code === 'too_small' ? minimum : code === 'too_big' ? maximum : undefined;
  const counts = COUNTS[origin ?? ''];
  return bound === undefined || counts === undefined ? {} : { bound: Number(bound), counts };
}
