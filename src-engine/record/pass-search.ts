import { KIND } from './events.ts';
import { beginPass, endPass, passScanned, passShrankSlab } from './passes.ts';
import type { ReclaimPass } from './run.ts';
import type { RunBlocks } from './run-blocks.ts';

const PASS_KINDS = [KIND.reclaim_begin, KIND.reclaim_end, KIND.shrink_inactive, KIND.shrink_slab_start] as const;

/**
 * Reclaim passes that begin in `[from_event, to_event)`, in order of their begin, at most `limit`, each with all it did until its end.
 */
export function passesBetween(blocks: RunBlocks, from_event: number, to_event: number, limit: number): ReclaimPass[] {
  const begun: number[] = [];
  const wanted = new Set<number>();
  const found = new Map<number, ReclaimPass>();
  let open: readonly ReclaimPass[] = [];
  let now_ns = 0;
  scan: for (let at = blocks.at(from_event); at < blocks.entries.length; at++) {
    const entry = blocks.entries[at];
    const beyond = entry.first_event >= to_event || begun.length >= limit;
    if (beyond && wanted.size === 0) break;
    if (!PASS_KINDS.some((kind) => entry.kind_counts[kind] > 0)) continue;
    const { columns, count } = blocks.decoded(at);
    const { kind, flags, task, container, a, b, dt_ns } = columns;
    now_ns = entry.first_time_ns;
    for (let row = 0; row < count; row++) {
      now_ns += dt_ns[row];
      const event_index = entry.first_event + row;
      if (event_index < from_event) continue;
      switch (kind[row]) {
        case KIND.reclaim_begin:
          open = beginPass(open, { event_index, time_ns: now_ns, container: container[row], task: task[row], reason: flags[row], wanted_page_count: a[row] });
          if (event_index < to_event && begun.length < limit) {
            begun.push(event_index);
            wanted.add(event_index);
          }
          break;
        case KIND.reclaim_end: {
          const { open: left, ended } = endPass(open, {
            event_index,
            time_ns: now_ns,
            container: container[row],
            task: task[row],
            reclaimed_page_count: a[row],
          });
          open = left;
          if (ended !== null && wanted.delete(ended.begin_event)) found.set(ended.begin_event, ended);
          break;
        }
        case KIND.shrink_inactive:
          open = passScanned(open, task[row], a[row], b[row], Math.min((flags[row] >> 2) & 15, 12));
          break;
        case KIND.shrink_slab_start:
          open = passShrankSlab(open, task[row], (flags[row] >> 2) & 15);
          break;
        default:
          break;
      }
      if (wanted.size === 0 && (event_index + 1 >= to_event || begun.length >= limit)) break scan;
    }
  }
  // What is still open ends with the recording.
  for (const pass of open) if (wanted.has(pass.begin_event)) found.set(pass.begin_event, { ...pass, end_ns: now_ns });
  return begun.flatMap((begin_event) => found.get(begin_event) ?? []);
}
