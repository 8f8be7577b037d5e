/** How long a press may take; a finger that rests on the page does not keep the script out. */
const PRESS_MS = 3_000;

/**
 * Resolves once nothing in `root` is being pressed. A click is of the element that is pressed and let go of: one that is
 * replaced in between has none, and the press would be lost. The plain form of the server's page takes it instead.
 */
export async function pressedOut(root: HTMLElement | null): Promise<void> {
  if (!root?.querySelector(':is(a, button):active')) return;
  await new Promise<void>((resolve) => {
    // After the click that follows, which may lead away.
    const done = (): void => void setTimeout(resolve, 50);
    addEventListener('pointerup', done, { once: true });
    addEventListener('pointercancel', done, { once: true });
    addEventListener('keyup', done, { once: true });
    setTimeout(resolve, PRESS_MS);
  });
}
