/** What becomes of a seeded voucher, and with it which pages have something to show. */
export type SeedState = 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';

export interface SeedDrop {
  readonly title: string;
  readonly description: string;
  readonly units: number;
  readonly state: SeedState;
  /** In minor units of CNY. */
  readonly value?: number;
  readonly perUser?: number;
  readonly claims?: number;
  /** Of the claims, how many are redeemed, and how many the merchant cancels. */
  readonly redeemed?: number;
  readonly cancelled?: number;
  /** Shoppers who wait for a unit; only where all units are claimed. */
  readonly waiting?: number;
  readonly captcha?: 'math' | 'image';
}

/** The one that is open to everybody comes last: lists begin with the newest. */
export const SEED_DROPS: readonly SeedDrop[] = [
  {
    title: 'Spring picnic',
    description: 'Over and put away.',
    units: 10,
    state: 'archived',
    claims: 2,
  },
  {
    title: 'Summer iced tea',
    description: 'Over, with claims that can still be used.',
    units: 20,
    state: 'ended',
    value: 900,
    claims: 6,
    redeemed: 4,
  },
  {
    title: 'Front row tickets',
    description: 'Claimed through a link, after a small sum.',
    units: 40,
    state: 'live',
    captcha: 'math',
  },
  {
    title: 'Mooncakes, box of six',
    description: 'Sold out within a minute; those who wait get what is returned.',
    units: 5,
    state: 'live',
    value: 8_800,
    claims: 5,
    redeemed: 1,
    waiting: 2,
  },
  {
    title: 'Umbrellas for rainy days',
    description: 'Paused until new ones arrive.',
    units: 60,
    state: 'paused',
    claims: 3,
  },
  {
    title: 'Dumplings at noon',
    description: 'A basket of eight.',
    units: 200,
    state: 'scheduled',
    value: 2_800,
    perUser: 2,
  },
  {
    title: 'Autumn tasting',
    description: 'A draft: nobody but its merchant sees it.',
    units: 30,
    state: 'draft',
    value: 12_000,
  },
  {
    title: 'Half price oolong',
    description: 'One pot of any oolong, weekdays only.',
    units: 1_000,
    state: 'live',
    value: 1_500,
    claims: 8,
    redeemed: 2,
    cancelled: 1,
  },
];
