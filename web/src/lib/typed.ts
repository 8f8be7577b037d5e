/**
 * What somebody typed into the server's form before the script took over: on a slow line that is a whole login.
 */
const values = new Map<string, string>();
let focused: string | undefined;

/** Called just before the page is replaced. */
export function keepTyped(root: Element | null): void {
  for (const field of root?.querySelectorAll('input') ?? []) {
    if (field.type !== 'hidden' && field.value !== '') values.set(field.name, field.value);
    if (field === document.activeElement) focused = field.name;
  }
}

export const typed = (name: string): string => values.get(name) ?? '';

/** Called once the page is there: the keyboard goes on where it was. */
export function focusTyped(root: Element | null): void {
  const field = [...(root?.querySelectorAll('input') ?? [])].find(({ name }) => name === focused);
  if (focused !== undefined) field?.focus();
  values.clear();
  focused = undefined;
}
