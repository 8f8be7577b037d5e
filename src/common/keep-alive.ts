/** How long a connection is kept that nobody uses; longer than proxies before us keep theirs. */
export const KEEP_ALIVE_S = 72;
