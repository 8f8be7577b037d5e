/** 128 bits, to be kept where a call should survive a restart; `crypto.randomUUID` is missing in pages on plain http. */
export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
