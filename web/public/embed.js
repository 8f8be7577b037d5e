/*
 * <script src="https://SHOP/embed.js" data-drop="vch_..." async></script> puts the card of a drop where it stands;
 * with data-kind="button" a link that looks like a button.
 */
(() => {
  const script = document.currentScript;
  const drop = script?.dataset.drop ?? '';
  if (!/^vch_[0-9a-z]+$/.test(drop)) return;
  if (script.dataset.kind === 'button') {
    const link = document.createElement('a');
    link.href = new URL(`/drops/${drop}`, script.src).href;
    link.target = '_blank';
    link.rel = 'noopener';
    link.textContent = script.dataset.label ?? 'See the drop';
    link.style.cssText =
      'display:inline-block;padding:.7em 1.2em;border-radius:.6em;background:#0b6e5f;color:#fff;font:600 1rem system-ui,sans-serif;text-decoration:none';
    script.after(link);
    return;
  }
  const frame = document.createElement('iframe');
  frame.src = new URL(`/embed/drops/${drop}`, script.src).href;
  frame.title = script.dataset.label ?? 'VoucherConnect';
  frame.loading = 'lazy';
  frame.style.cssText = 'width:100%;max-width:26rem;height:21rem;border:0;border-radius:1rem';
  script.after(frame);
})();
