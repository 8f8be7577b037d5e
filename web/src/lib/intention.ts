/** A key for one intention: however often it is sent, it counts once. `crypto.randomUUID` is missing on plain http. */
export const newIntention = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
