/** How a claim can end that holds no unit: of such rows neither stock nor a user's limit counts any. */
export const GIVEN_BACK = ['rejected', 'cancelled', 'released'] as const;

export const isLive = (status: string): boolean => !(GIVEN_BACK as readonly string[]).includes(status);
