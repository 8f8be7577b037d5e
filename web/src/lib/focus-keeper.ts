const FOCUSABLE =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary';
/** Not in a dialog that is closed, for example. */
const isShown = (element: HTMLElement): boolean => element.getClientRects().length > 0;

/**
 * A browser drops the focus to the body when the element that has it is taken out, hidden or disabled, or when a dialog closes
 * whose opener is gone; the next Tab then begins at the top of the page. This gives it to what stands in the place: the element
 * itself once it is enabled again, else the nearest surroundings that are still there.
 */
export class FocusKeeper {
  /** The element that had the focus, and those around it, the nearest first. */
  private last: HTMLElement | undefined;
  private around: readonly HTMLElement[] = [];
  /** Holds the focus while `last` is disabled. */
  private holder: HTMLElement | undefined;

  constructor(private readonly root: HTMLElement) {}

  /** For the life of the page. */
  start(): void {
    document.addEventListener('focusin', ({ target }) => {
      if (target instanceof HTMLElement && target !== this.holder) this.remember(target);
    });
    // Who clicks on nothing has let go on purpose.
    document.addEventListener('pointerdown', ({ target }) => {
      if (target instanceof Element && !target.closest(FOCUSABLE)) this.last = undefined;
    });
    new MutationObserver(() => this.look()).observe(this.root, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ['disabled', 'hidden', 'open'],
    });
  }

  private remember(element: HTMLElement): void {
    this.last = element;
    this.holder = undefined;
    const around: HTMLElement[] = [];
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) around.push(up);
    this.around = around;
  }

  private look(): void {
    const { last, holder } = this;
    if (!last) return;
    const active = document.activeElement;
    const lost = active === null || active === document.body || active === last;
    if (!lost && active !== holder) return;
    if (last.isConnected && !last.matches(':disabled') && isShown(last)) {
      if (active !== last) last.focus({ preventScroll: true });
      return;
    }
    // Still held; nothing better has come.
    if (active === holder && last.isConnected) return;
    const place = this.around.find((element) => element.isConnected && isShown(element));
    // The same kind of thing in the same place goes on: a button that was put in for another.
    const next =
      last.isConnected || place === undefined || place === this.root || place.tagName === 'MAIN'
        ? undefined
        : place.querySelector<HTMLElement>(FOCUSABLE);
    if (next) next.focus({ preventScroll: true });
    else this.hold(place ?? this.root);
  }

  private hold(place: HTMLElement): void {
    const target =
      place === this.root || place.tagName === 'MAIN'
        ? (this.root.querySelector<HTMLElement>('main h1') ?? place)
        : place;
    if (target.tabIndex < 0) target.setAttribute('tabindex', '-1');
    this.holder = target;
    target.focus({ preventScroll: true });
  }
}
