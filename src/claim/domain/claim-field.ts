/** `user:ordinal`, the name of a claim within its voucher's state at the gate. */
export function claimField(field: string): { userId: string; ordinal: number } {
  const colon = field.lastIndexOf(':');
  return { userId: field.slice(0, colon), ordinal: Number(field.slice(colon + 1)) };
}
