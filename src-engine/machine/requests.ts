import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../base/ids.ts';
import { ERRNO, FREE, KIND, OBJECT_CLASS, RECLAIM_REASON, SLEEP } from '../record/events.ts';
import { MAX_RECLAIM_RETRIES } from './limit-gate.ts';
import { FRAME } from './pages/frame-flags.ts';
import type { World } from './world.ts';

/** What user space asks of the whole machine or of a container, on behalf of no task of the scenario. */

/** `memory_reclaim()` (mm/memcontrol.c): a quarter of the rest at a time in 6.12, all of it in 6.1; EAGAIN after 17 fruitless calls. `swappiness` undefined: the machine's. */
export function reclaimOnRequest(world: World, container: number, page_count: number, swappiness: number | undefined): void {
  if (world.tree.has_memory[container] === 0) {
    world.log.emit(KIND.op_fail, ERRNO.ENOENT, NO_TASK, container, NO_PAGE, 0, 0);
    return;
  }
  let reclaimed = 0;
  for (let retries = MAX_RECLAIM_RETRIES; reclaimed < page_count; ) {
    const rest = page_count - reclaimed;
    const batch = world.machine.rules.batched_requests ? Math.floor(rest / 4) : rest;
    const freed = world.policy.reclaim(container, batch, RECLAIM_REASON.proactive, NO_TASK, swappiness);
    if (freed === 0 && retries-- === 0) {
      world.log.emit(KIND.op_fail, ERRNO.EAGAIN, NO_TASK, container, NO_PAGE, 0, 0);
      return;
    }
    reclaimed += freed;
  }
}

/** `/proc/sys/vm/drop_caches`: slab objects that nobody uses go; and clean page cache that nobody maps, and shadows of evicted pages with it. */
export function dropCaches(world: World, what: 'pagecache' | 'slab' | 'all'): void {
  if (what !== 'pagecache') world.kernel.dropCaches();
  if (what === 'slab') return;
  const { machine } = world;
  for (const object of machine.objects) {
    if (object.kind !== OBJECT_CLASS.file) continue;
    for (let page = object.base_page; page < object.base_page + object.page_count; page++) {
      const frame = machine.frameOf(page);
      if (frame < 0) machine.forgetShadow(page);
      else if (machine.lru.mapcountOf(frame) === 0 && (machine.frame_flags[frame] & (FRAME.dirty | FRAME.pinned)) === 0)
        machine.freePage(page, FREE.drop_caches);
    }
  }
}

const SLEEP_SLICE_US = 4_000_000;

/** Nobody does anything for a while. Where averages of memory.pressure are still to fall, they do so on the way. */
export function sleepFor(world: World, duration_ns: number): void {
  const { log, pressure } = world;
  let left_us = Math.floor(duration_ns / 1000);
  while (left_us > 0) {
    const until_update_us = Math.ceil((pressure.next_update_ns - log.now_ns) / 1000);
    const slice_us = Math.min(left_us, SLEEP_SLICE_US, Math.max(1, until_update_us));
    log.now_ns += slice_us * 1000;
    log.emit(KIND.sleep, SLEEP.asked, NO_TASK, NO_CONTAINER, NO_PAGE, slice_us, 0);
    pressure.advance(log.now_ns);
    left_us -= slice_us;
  }
}
