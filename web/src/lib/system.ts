import type { Instance } from '../api/types.js';

/** Reads of one family of the cache over several instances, by the level that answered. */
export interface CacheUse {
  readonly family: string;
  readonly reads: number;
  /** Part of 1; the three make 1 where anything was read. */
  readonly local: number;
  readonly shared: number;
  readonly loaded: number;
}

/**
 * What is not here was loaded. A stale value that was answered while another one was made was answered by its level; a read that
 * joined a load on its way, or ended at the filter of ids, cost nobody anything beyond the process.
 */
const LEVEL_OF: Readonly<Record<string, 'local' | 'shared' | 'loaded'>> = {
  local: 'local',
  'local-stale': 'local',
  joined: 'local',
  filter: 'local',
  shared: 'shared',
  'shared-stale': 'shared',
};

export function cacheUse(instances: readonly Pick<Instance, 'caches'>[]): CacheUse[] {
  const families = new Map<string, Record<'local' | 'shared' | 'loaded', number>>();
  for (const { caches } of instances) {
    for (const { family, level, reads } of caches) {
      const sums = families.get(family) ?? { local: 0, shared: 0, loaded: 0 };
      families.set(family, sums);
      sums[LEVEL_OF[level] ?? 'loaded'] += reads;
    }
  }
  return [...families]
    .map(([family, { local, shared, loaded }]) => {
      const reads = local + shared + loaded;
      const part = (count: number): number => (reads === 0 ? 0 : count / reads);
      return { family, reads, local: part(local), shared: part(shared), loaded: part(loaded) };
    })
    .sort((a, b) => a.family.localeCompare(b.family));
}

/** From the crowd to the gate. */
export const LAYERS = [
  'block_list',
  'address',
  'user',
  'challenge',
  'sold_out_flag',
  'eligibility',
  'gate',
] as const;

export interface LayerUse {
  readonly layer: (typeof LAYERS)[number];
  readonly passed: number;
  readonly refused: number;
}

/** What each layer saw, over several instances; a layer that saw nothing is shown as well. */
export function funnel(instances: readonly Pick<Instance, 'funnel'>[]): LayerUse[] {
  const all = instances.flatMap((instance) => instance.funnel);
  return LAYERS.map((layer) => {
    const seen = all.filter((one) => one.layer === layer);
    const sum = (refused: boolean): number =>
      seen.reduce((total, one) => total + ((one.outcome === 'refused') === refused ? one.requests : 0), 0);
    return { layer, passed: sum(false), refused: sum(true) };
  });
}

/** Parts of an instance that are not ready, the required ones first. */
export function troubles(checks: Instance['checks']): { part: string; required: boolean; detail: string }[] {
  return Object.entries(checks)
    .filter(([, { ready }]) => !ready)
    .map(([part, { required, detail }]) => ({ part, required, detail: detail ?? '' }))
    .sort((a, b) => Number(b.required) - Number(a.required) || a.part.localeCompare(b.part));
}
