import { KIND, LRU, LRU_NAMES, RECLAIM_REASON } from '../record/events.ts';
import { intAfter, wordAfter } from './ftrace-lines.ts';

/** Which begin an end belongs to. */
export type PassKind = 'memcg' | 'softlimit' | 'direct' | 'node' | 'kswapd';

/** What a tracepoint says, in the columns of the event table. */
export type Reading =
  | { readonly role: 'pass_begin'; readonly pass: PassKind; readonly reason: number }
  /** kswapd says that it sleeps, not what it reclaimed: `nr_reclaimed` is null. */
  | { readonly role: 'pass_end'; readonly pass: PassKind; readonly nr_reclaimed: number | null }
  | { readonly role: 'shrink'; readonly list: number; readonly priority: number; readonly nr_scanned: number; readonly nr_reclaimed: number }
  | { readonly role: 'row'; readonly kind: number; readonly flags: number; readonly a: number; readonly b: number }
  /** `flags` is null where the kernel does not print the priority. */
  | { readonly role: 'slab_begin'; readonly shrinker: string; readonly flags: number | null; readonly total_scan: number; readonly freeable: number }
  | { readonly role: 'slab_end'; readonly shrinker: string; readonly total_scan: number; readonly freed: number }
  | { readonly role: 'victim'; readonly pid: number; readonly comm: string | null }
  /** Understood as an event, kept without interpretation. */
  | { readonly role: 'other' }
  /** Fields that every kernel prints are missing: the line is cut or goes on in the next. */
  | { readonly role: 'incomplete' };

/** Reads the fields of one tracepoint; `body` is the offset at which they start. */
type Reader = (text: string, body: number) => Reading;

const OTHER: Reading = { role: 'other' };
const INCOMPLETE: Reading = { role: 'incomplete' };

/** `DEF_PRIORITY` of mm/vmscan.c, where a scan starts. */
const PRIORITY_MAX = 12;

const begin =
  (pass: PassKind, reason: number, last_field: string): Reader =>
  (text, body) =>
    wordAfter(text, body, last_field) === null ? INCOMPLETE : { role: 'pass_begin', pass, reason };

const end =
  (pass: PassKind): Reader =>
  (text, body) => {
    const nr_reclaimed = intAfter(text, body, ' nr_reclaimed=');
    return nr_reclaimed === null ? INCOMPLETE : { role: 'pass_end', pass, nr_reclaimed };
  };

/** RECLAIM_WB_ANON and RECLAIM_WB_FILE of include/trace/events/vmscan.h, as `trace-cmd report -R` has them in `reclaim_flags`. */
const WB_ANON = 1;
const WB_FILE = 2;

/** Flags of a shrink: by their names, or raw as a number. */
const flagsOf = (text: string, body: number): string | null => wordAfter(text, body, ' flags=') ?? wordAfter(text, body, ' reclaim_flags=');

/** The list that `flags=RECLAIM_WB_FILE|…` means; null for RECLAIM_WB_MIXED and the like. */
function listOfFlags(flags: string, active: 0 | 1): number | null {
  if (/^(?:0x)?[0-9a-f]+$/.test(flags)) {
    const bits = Number(flags);
    if ((bits & WB_FILE) !== 0) return LRU.inactive_file + active;
    return (bits & WB_ANON) !== 0 ? LRU.inactive_anon + active : null;
  }
  if (flags.includes('RECLAIM_WB_FILE')) return LRU.inactive_file + active;
  return flags.includes('RECLAIM_WB_ANON') ? LRU.inactive_anon + active : null;
}

const shrinkInactive: Reader = (text, body) => {
  const nr_scanned = intAfter(text, body, ' nr_scanned=');
  const nr_reclaimed = intAfter(text, body, ' nr_reclaimed=');
  const priority = intAfter(text, body, ' priority=');
  const flags = flagsOf(text, body);
  if (nr_scanned === null || nr_reclaimed === null || priority === null || flags === null) return INCOMPLETE;
  const list = listOfFlags(flags, 0);
  return list === null || priority < 0 || priority > PRIORITY_MAX ? OTHER : { role: 'shrink', list, priority, nr_scanned, nr_reclaimed };
};

const shrinkActive: Reader = (text, body) => {
  const nr_taken = intAfter(text, body, ' nr_taken=');
  const priority = intAfter(text, body, ' priority=');
  const flags = flagsOf(text, body);
  if (nr_taken === null || priority === null || flags === null) return INCOMPLETE;
  const nr_deactivated = intAfter(text, body, ' nr_deactivated=');
  const list = listOfFlags(flags, 1);
  if (nr_deactivated === null || list === null || priority < 0 || priority > PRIORITY_MAX) return OTHER;
  return { role: 'row', kind: KIND.shrink_active, flags: list | (priority << 2), a: nr_taken, b: nr_deactivated };
};

const isolate: Reader = (text, body) => {
  const nr_scanned = intAfter(text, body, ' nr_scanned=');
  const nr_taken = intAfter(text, body, ' nr_taken=');
  const lru = wordAfter(text, body, ' lru=');
  if (nr_scanned === null || nr_taken === null) return INCOMPLETE;
  // Kernels before 4.10 end in `file=0`, those before 3.17 in `contig_failed=0`: no list to be had from either.
  if (lru === null) return text.includes(' file=', body) || text.includes(' contig_failed=', body) ? OTHER : INCOMPLETE;
  // Raw, `lru=2`: enum lru_list.
  const list = /^[0-4]$/.test(lru) ? Number(lru) : (LRU_NAMES as readonly string[]).indexOf(lru);
  return list < 0 || list >= LRU_NAMES.length ? OTHER : { role: 'row', kind: KIND.lru_isolate, flags: list, a: nr_scanned, b: nr_taken };
};

const SHRINKER_END = [': nid: ', ': objects to shrink ', ': unused scan count '] as const;

/** `super_cache_scan+0x0/0x1f0 00000000e6b4bb96`: function and address of the shrinker, which pair its start with its end. */
function shrinkerOf(text: string, body: number): string | null {
  // Before 3.12 no node stands after it.
  const end = SHRINKER_END.map((mark) => text.indexOf(mark, body)).find((at) => at >= 0);
  return end === undefined ? null : text.slice(body, end).trim();
}

/** `shr=0x…` of the raw form: the shrinker's address, which pairs its start with its end as well. */
const rawShrinker = (text: string, body: number): string | null => wordAfter(text, body, ' shr=');

const slabStart: Reader = (text, body) => {
  const raw = rawShrinker(text, body);
  if (raw !== null) return rawSlabStart(raw, text, body);
  const shrinker = shrinkerOf(text, body);
  const freeable = intAfter(text, body, ' cache items ');
  const total_scan = intAfter(text, body, ' total_scan ');
  const priority = intAfter(text, body, ' priority ');
  if (shrinker === null || freeable === null || total_scan === null) return INCOMPLETE;
  // Kernels before 4.16 print `pgs_scanned` and no priority.
  if (priority === null) return text.includes(' pgs_scanned ', body) ? { role: 'slab_begin', shrinker, flags: null, total_scan, freeable } : INCOMPLETE;
  return priority < 0 || priority > PRIORITY_MAX ? OTHER : { role: 'slab_begin', shrinker, flags: priority << 2, total_scan, freeable };
};

const rawSlabStart = (shrinker: string, text: string, body: number): Reading => {
  const freeable = intAfter(text, body, ' cache_items=');
  const total_scan = intAfter(text, body, ' total_scan=');
  const priority = intAfter(text, body, ' priority=');
  if (freeable === null || total_scan === null || priority === null) return INCOMPLETE;
  return priority < 0 || priority > PRIORITY_MAX ? OTHER : { role: 'slab_begin', shrinker, flags: priority << 2, total_scan, freeable };
};

const slabEnd: Reader = (text, body) => {
  const raw = rawShrinker(text, body);
  if (raw !== null) {
    const freed_raw = intAfter(text, body, ' retval=');
    const total_raw = intAfter(text, body, ' total_scan=');
    return total_raw === null || freed_raw === null ? INCOMPLETE : { role: 'slab_end', shrinker: raw, total_scan: total_raw, freed: freed_raw };
  }
  const shrinker = shrinkerOf(text, body);
  const total_scan = intAfter(text, body, ' total_scan ');
  const freed = intAfter(text, body, ' last shrinker return val ');
  return shrinker === null || total_scan === null || freed === null ? INCOMPLETE : { role: 'slab_end', shrinker, total_scan, freed };
};

const victim: Reader = (text, body) => {
  const pid = intAfter(text, body, ' pid=');
  return pid === null ? INCOMPLETE : { role: 'victim', pid, comm: wordAfter(text, body, ' comm=') };
};

/** An event that is kept as it is. A line of it without a field that every kernel prints is cut, or goes on in the next. */
const kept =
  (field: string): Reader =>
  (text, body) =>
    text.includes(field, body) ? OTHER : INCOMPLETE;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['mm_vmscan_memcg_reclaim_begin', begin('memcg', RECLAIM_REASON.trace_memcg, ' gfp_flags=')],
  ['mm_vmscan_memcg_reclaim_end', end('memcg')],
  ['mm_vmscan_memcg_softlimit_reclaim_begin', begin('softlimit', RECLAIM_REASON.trace_memcg, ' gfp_flags=')],
  ['mm_vmscan_memcg_softlimit_reclaim_end', end('softlimit')],
  ['mm_vmscan_direct_reclaim_begin', begin('direct', RECLAIM_REASON.trace_direct, ' gfp_flags=')],
  ['mm_vmscan_direct_reclaim_end', end('direct')],
  ['mm_vmscan_node_reclaim_begin', begin('node', RECLAIM_REASON.trace_direct, ' gfp_flags=')],
  ['mm_vmscan_node_reclaim_end', end('node')],
  ['mm_vmscan_kswapd_wake', begin('kswapd', RECLAIM_REASON.trace_kswapd, ' order=')],
  ['mm_vmscan_kswapd_sleep', (text, body) => (intAfter(text, body, ' nid=') === null ? INCOMPLETE : { role: 'pass_end', pass: 'kswapd', nr_reclaimed: null })],
  ['mm_vmscan_lru_shrink_inactive', shrinkInactive],
  ['mm_vmscan_lru_shrink_active', shrinkActive],
  ['mm_vmscan_lru_isolate', isolate],
  ['mm_shrink_slab_start', slabStart],
  ['mm_shrink_slab_end', slabEnd],
  ['mark_victim', victim],
  // kmem
  ['mm_page_alloc', kept(' order=')],
  ['mm_page_free', kept(' order=')],
  ['kmalloc', kept(' bytes_req=')],
  ['kmalloc_node', kept(' bytes_req=')],
  ['kmem_cache_alloc', kept(' bytes_req=')],
  ['kmem_cache_alloc_node', kept(' bytes_req=')],
  ['kmem_cache_free', kept(' ptr=')],
  ['kfree', kept(' ptr=')],
  ['rss_stat', kept(' size=')],
  // memcg
  ['mod_memcg_state', kept(' val=')],
  ['mod_memcg_lruvec_state', kept(' val=')],
  ['count_memcg_events', kept(' val=')],
  ['memcg_flush_stats', kept(' stats_updates=')],
  // oom
  ['oom_score_adj_update', kept(' oom_score_adj=')],
  ['reclaim_retry_zone', kept(' wmark_check=')],
  ['compact_retry', kept(' should_retry=')],
  // sock
  ['sock_rcvqueue_full', kept(' rcvbuf=')],
  ['inet_sock_set_state', kept(' newstate=')],
]);

/** Reads an event by name and by the fields present, never by kernel version. An event of no name is incomplete; an unknown one is `other`. */
export function readEvent(event: string, text: string, body: number): Reading {
  if (event === '') return INCOMPLETE;
  const reader = READERS.get(event);
  return reader === undefined ? OTHER : reader(text, body);
}

const MEMCG_FIELD = / (?:memcg|cgroup)(?:_id|_path|_ino)?(?:=|: )([^\s,]+)/;

/**
 * Path of the container that the fields name (`memcg=/pods/a`, `memcg_id=42`, `cgroup=…`); null if they name none.
 * A number is an id that the trace does not resolve: it stands as `memcg-42`. Id 1 and `/` are the root.
 */
export function containerOf(text: string, body: number): string | null {
  if (!text.includes(' memcg', body) && !text.includes(' cgroup', body)) return null;
  const value = MEMCG_FIELD.exec(text.slice(body))?.[1];
  if (value === undefined || value === '0' || value.startsWith('(')) return null;
  if (/^\d+$/.test(value)) return value === '1' ? '.' : `memcg-${value}`;
  const path = value
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  return path === '' ? '.' : path;
}

const FIELD = /(?:^|\s)([A-Za-z_][\w.-]*)=(\S+)/g;

/** All `key=value` fields of a line's body in their order, unknown ones too; of the prose form none. */
export function readFields(text: string, body: number): readonly (readonly [name: string, value: string])[] {
  return [...text.slice(body).matchAll(FIELD)].map((match) => [match[1] ?? '', match[2] ?? ''] as const);
}
