import { KIND, OBJECT_CLASS } from './events.ts';
import type { PageReferences } from './run.ts';
import type { RunBlocks } from './run-blocks.ts';
import type { RunState } from './state.ts';
import { PAGE, SCALAR } from './state-tables.ts';

/** What one pin adds to the reference count of a small folio: `GUP_PIN_COUNTING_BIAS` of include/linux/mm.h (6.12). */
export const GUP_PIN_COUNTING_BIAS = 1024;
/** `FOLL_PIN` took the page: flags of pin and unpin. */
const PINNED = 0;

/**
 * The reference count of a page as its parts give it: `folio_expected_ref_count()` and `try_grab_folio()` of the kernel (6.12 to 6.16). Not counted: references of a moment
 * (per-processor batches on their way to a list, reclaim that has isolated the page, read and write under way) and those of the swap cache, which is not modelled.
 */
export function referencesOf(page: { readonly kind: number; readonly resident: boolean; readonly mappings: number; readonly pins: number }): PageReferences {
  const { kind, resident, mappings, pins } = page;
  if (!resident) return { resident, cache: 0, mappings: 0, pins: 0, count: 0, maybe_dma_pinned: false };
  const cache = kind === OBJECT_CLASS.anon ? 0 : 1;
  const is_large = kind === OBJECT_CLASS.hugetlb;
  const count = cache + mappings + pins * (is_large ? 1 : GUP_PIN_COUNTING_BIAS);
  return { resident, cache, mappings, pins, count, maybe_dma_pinned: is_large ? pins > 0 : count >= GUP_PIN_COUNTING_BIAS };
}

/** References on a page where a state stands; its pins are counted from the events before, of the blocks that hold any. */
export function pageReferences(state: RunState, blocks: RunBlocks, page: number): PageReferences {
  const object = state.objectOf(page);
  if (object === -1) return referencesOf({ kind: OBJECT_CLASS.anon, resident: false, mappings: 0, pins: 0 });
  const resident = (state.page_state[page] & PAGE.list_mask) !== 0;
  const pins = resident ? pinsBefore(blocks, page, state.scalars[SCALAR.event_index]) : 0;
  return referencesOf({ kind: state.object_class[object], resident, mappings: state.mapcount[page], pins });
}

function pinsBefore(blocks: RunBlocks, page: number, event_index: number): number {
  let pins = 0;
  for (let at = 0; at < blocks.entries.length && blocks.entries[at].first_event < event_index; at++) {
    const { first_event, kind_counts } = blocks.entries[at];
    if (kind_counts[KIND.pin] === 0 && kind_counts[KIND.unpin] === 0) continue;
    const { columns, count } = blocks.decoded(at);
    for (let row = 0; row < Math.min(count, event_index - first_event); row++) {
      const kind = columns.kind[row];
      if ((kind !== KIND.pin && kind !== KIND.unpin) || columns.flags[row] !== PINNED) continue;
      if (page >= columns.page[row] && page - columns.page[row] < columns.a[row]) pins += kind === KIND.pin ? 1 : -1;
    }
  }
  return pins;
}
