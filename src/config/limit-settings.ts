import { int, rateLimit } from './setting-types.js';

/** Rate limits and blocks. */
export const limitSettings = {
  RATE_LIMIT_GLOBAL: rateLimit(
    '30000/10s token-bucket local',
    'every request of one address (IPv6: one /64); generous, as offices and carriers share one; off: no limit',
  ),
  RATE_LIMIT_REGISTER: rateLimit(
    '1000/1m token-bucket shared count-locally',
    'new accounts and merchants from one address',
  ),
  RATE_LIMIT_LOGIN: rateLimit(
    '1000/1m sliding-window shared count-locally',
    'logins and token refreshes from one address',
  ),
  RATE_LIMIT_CLAIM: rateLimit(
    '5/5s',
    'claims of one user on all vouchers together, counted by the gate: a sliding window over all instances',
    'claim',
  ),
  RATE_LIMIT_CHALLENGE: rateLimit(
    '10/10s sliding-window shared refuse',
    'claim links and captchas of one user',
  ),
  RATE_LIMIT_WRITE: rateLimit(
    '300/1m token-bucket shared count-locally',
    'changes that one user of a merchant makes',
  ),
  RATE_LIMIT_REDEMPTION: rateLimit(
    '1200/1m token-bucket local',
    'redemptions, looks at codes and roll-backs of one cashier',
  ),
  RATE_LIMIT_STATUS: rateLimit('300/10s token-bucket local', 'reads of one user: claims, summaries, lists'),
  RATE_LIMIT_READ: rateLimit(
    '10000/10s token-bucket local',
    'public reads of one address on one route: vouchers, remaining stock, time',
  ),
  RATE_LIMIT_LOCAL_ENTRIES: int(
    100_000,
    1_000,
    10_000_000,
    'subjects counted in this process; above it those not seen for longest are forgotten',
  ),

  BLOCK_LIST_MAX: int(100_000, 1, 10_000_000, 'most blocks in force; above it no more are added'),
  BLOCK_LIST_POLL_MS: int(
    2_000,
    50,
    60_000,
    'how often each process asks for changes that it was not told of',
  ),
  AUTO_BLOCK_WINDOW_S: int(60, 1, 86_400, 'time in which offences are counted for automatic blocks'),
  AUTO_BLOCK_DURATION_S: int(900, 1, 31_536_000, 'length of an automatic block'),
  AUTO_BLOCK_USER_REFUSALS: int(
    200,
    0,
    1_000_000,
    'rate-limited requests that block a user; 0 blocks nobody',
  ),
  AUTO_BLOCK_ADDRESS_REFUSALS: int(
    5_000,
    0,
    1_000_000,
    'rate-limited requests that block an address, which many may share; 0 blocks none',
  ),
  AUTO_BLOCK_USER_CAPTCHAS: int(30, 0, 1_000_000, 'wrong captcha answers that block a user; 0 blocks nobody'),
  AUTO_BLOCK_ADDRESS_CAPTCHAS: int(
    500,
    0,
    1_000_000,
    'wrong captcha answers that block an address, which many may share; 0 blocks none',
  ),
};
