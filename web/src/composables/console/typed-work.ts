import { onBeforeUnmount, ref, watch, type Ref } from 'vue';
import { onBeforeRouteLeave } from 'vue-router';

const PREFIX = 'vc_typed_';

/** What a tab remembers until it is closed. A browser that keeps nothing still works: it forgets. */
function read(name: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? 'null');
  } catch {
    return null;
  }
}
function write(name: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // see above
  }
}

interface Kept<Form> {
  readonly of: string;
  readonly form: Form;
}

/**
 * Keeps what somebody types in a form until it is saved: over a reload, a lost session, another page. Asks before it is left.
 * @param name of the form
 * @param ask whether to leave all the same
 */
export function useTypedWork<Form extends object>(
  name: string,
  form: Ref<Form | undefined>,
  ask: () => Promise<boolean>,
) {
  /** What the form began as; what is the same again is not worth keeping. */
  let blank = '';
  let of = '';
  let leaves = false;
  const typed = ref(false);

  /**
   * Begins with `fresh`, or with what was typed over the same.
   * @param version of what is being edited: what was typed over another one is not shown
   * @returns whether it was typed before
   */
  function begin(fresh: Form, version = ''): boolean {
    [blank, of] = [JSON.stringify(fresh), version];
    const kept = read(name) as Kept<Form> | null;
    const restored = kept !== null && kept.of === of;
    form.value = restored ? { ...fresh, ...kept.form } : fresh;
    if (kept !== null && !restored) write(name, undefined);
    return restored;
  }
  /** It is saved, or not wanted any more. */
  function forget(fresh?: Form): void {
    write(name, undefined);
    typed.value = false;
    if (fresh) blank = JSON.stringify(fresh);
  }
  /** The next page is a way to come back to this one. */
  function leave(): void {
    leaves = true;
  }

  watch(
    form,
    (value) => {
      typed.value = value !== undefined && JSON.stringify(value) !== blank;
      write(name, typed.value ? { of, form: value } : undefined);
    },
    { deep: true },
  );
  onBeforeRouteLeave(async () => leaves || !typed.value || (await ask()));
  const warn = (event: BeforeUnloadEvent): void => {
    if (typed.value) event.preventDefault();
  };
  addEventListener('beforeunload', warn);
  onBeforeUnmount(() => removeEventListener('beforeunload', warn));
  return { typed, begin, forget, leave };
}
