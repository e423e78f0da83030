/** What a group is charged for, by the names of both versions; bytes. */
export interface GroupAmounts {
  readonly anon: number;
  /** Page cache without shmem. */
  readonly file: number;
  readonly shmem: number;
  readonly kernel: number;
  readonly sock: number;
}

const KERNEL_PARTS = ['kernel_stack', 'pagetables', 'sec_pagetables', 'percpu', 'vmalloc', 'slab'] as const;

/**
 * Amounts of one `memory.stat`, by the names that are there: version 2 prints `anon file kernel sock`, version 1 `rss cache`. Before 5.18 there is no `kernel`: its parts are added.
 * `kmem_bytes`: kernel memory by its own counter, where there is one.
 */
export function amountsOf(stats: ReadonlyMap<string, number>, kmem_bytes: number | null = null): GroupAmounts {
  const of = (key: string): number => stats.get(key) ?? 0;
  const slab = stats.has('slab') ? of('slab') : of('slab_reclaimable') + of('slab_unreclaimable');
  const parts = KERNEL_PARTS.reduce((sum, key) => sum + (key === 'slab' ? slab : of(key)), 0);
  const shmem = of('shmem');
  return {
    anon: stats.has('anon') ? of('anon') : of('rss'),
    file: Math.max(0, (stats.has('file') ? of('file') : of('cache')) - shmem),
    shmem,
    kernel: stats.get('kernel') ?? kmem_bytes ?? parts,
    sock: of('sock'),
  };
}
