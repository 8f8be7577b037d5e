/** How a claim can end that holds no unit: of such rows neither stock nor a user's limit counts any. */
const GIVEN_BACK = ['rejected', 'cancelled', 'released'] as const;

/** SQL: rows of `claims` that hold a unit; held, redeemed and expired ones do. */
export const LIVE = `status NOT IN (${GIVEN_BACK.map((status) => `'${status}'`).join(', ')})`;

export const isLive = (status: string): boolean => !(GIVEN_BACK as readonly string[]).includes(status);
