const permissions = (camera: string): string =>
  `camera=${camera}, geolocation=(), microphone=(), payment=(), usb=()`;

/**
 * Of every page. Scripts, styles and requests are ours alone, nothing is inline, nobody frames us. Forms need the
 * `Origin` that a referrer policy of `no-referrer` would take away.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'permissions-policy': permissions('()'),
  'cross-origin-opener-policy': 'same-origin',
};

/** Of the card that other sites may frame. It sends nothing, runs nothing, and knows nobody. */
export const EMBED_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    'frame-ancestors *',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'unsafe-none',
};

/** Of the counter, which scans codes: that document alone may ask for the camera. */
export const COUNTER_HEADERS: Readonly<Record<string, string>> = {
  'permissions-policy': permissions('(self)'),
};
