import { KIND, type KindName } from '../../../src-engine/record/events.ts';

/**
 * Kinds of events in the four groups that the timeline tells apart. A group has a glyph beside its colour, so that no meaning hangs on colour alone.
 */
export type EventGroup = 'charge' | 'reclaim' | 'limit' | 'scenario';

export const EVENT_GROUPS: readonly { readonly id: EventGroup; readonly label: string; readonly glyph: string; readonly kinds: readonly KindName[] }[] = [
  {
    id: 'charge',
    label: 'charges',
    glyph: '■',
    kinds: [
      'page_add',
      'page_free',
      'charge',
      'uncharge',
      'recharge',
      'map',
      'unmap',
      'fault',
      'swap_free',
      'zone_assign',
      'account',
      'inherit',
      'counter_read',
      'slab_cache_create',
      'slab_alloc',
      'slab_free',
      'tcp_send',
      'tcp_receive',
      'pin',
      'unpin',
      'borrow',
    ],
  },
  {
    id: 'reclaim',
    label: 'reclaim',
    glyph: '◆',
    kinds: [
      'reclaim_begin',
      'reclaim_end',
      'page_evict',
      'shrink_inactive',
      'shrink_active',
      'lru_isolate',
      'generation',
      'generation_begin',
      'generation_sort',
      'zswap_writeback',
      'shrink_slab_start',
      'shrink_slab_end',
      'activate',
      'deactivate',
      'vmpressure',
      'socket_pressure',
      'tcp_window',
      'unevictable',
    ],
  },
  {
    id: 'limit',
    label: 'limit, oom',
    glyph: '✕',
    kinds: ['memory_event', 'oom_kill', 'op_fail', 'container_create_failed', 'tcp_drop', 'pin_refused', 'oom_notice'],
  },
  {
    id: 'scenario',
    label: 'scenario',
    glyph: '·',
    kinds: [
      'step_begin',
      'step_skip',
      'object_create',
      'container_create',
      'container_remove',
      'container_release',
      'limit_set',
      'task_start',
      'task_move',
      'task_exit',
      'sleep',
      'sample',
      'peak_file',
      'expect',
      'cost',
      'trace_other',
      'run_end',
    ],
  },
];

const GROUP_BY_CODE: readonly (EventGroup | undefined)[] = (() => {
  const table: (EventGroup | undefined)[] = [];
  for (const group of EVENT_GROUPS) for (const kind of group.kinds) table[KIND[kind]] = group.id;
  return table;
})();

/** Group of a kind's code; a kind of a newer version counts as `scenario`. */
export const groupOfKind = (kind: number): EventGroup => GROUP_BY_CODE[kind] ?? 'scenario';

/** Kinds that stand beside reclaim in the table, but happen without it as well: a page that is read twice changes lists, and a window moves with every flight. */
const WITHOUT_RECLAIM: ReadonlySet<number> = new Set([KIND.activate, KIND.deactivate, KIND.generation, KIND.unevictable, KIND.tcp_window]);

/** The lane of the timeline in which a kind is counted; undefined for what no lane counts. Where reclaim is shown, reclaim ran. */
export function laneOfKind(kind: number): Exclude<EventGroup, 'scenario'> | undefined {
  const group = groupOfKind(kind);
  return group === 'scenario' || WITHOUT_RECLAIM.has(kind) ? undefined : group;
}

/** Glyph of a group, drawn beside its colour. */
export const glyphOfGroup = (id: EventGroup): string => EVENT_GROUPS.find((group) => group.id === id)?.glyph ?? '·';
