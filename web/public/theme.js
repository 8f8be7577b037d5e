/* Before anything is drawn: the scheme that the reader chose, else the one of the device. */
(() => {
  const chosen = /(?:^|;\s*)vc_theme=(light|dark)(?:;|$)/.exec(document.cookie);
  if (chosen) document.documentElement.dataset.theme = chosen[1];
})();
