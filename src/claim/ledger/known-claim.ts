/** What a row says to a record that comes again. */
export interface KnownClaim {
  readonly rejected: boolean;
  readonly held: boolean;
  readonly reason?: string;
}

export const knownClaim = (status: string, reason: string | null): KnownClaim => ({
  rejected: status === 'rejected',
  held: status === 'held' || status === 'released',
  ...(reason ? { reason } : {}),
});
