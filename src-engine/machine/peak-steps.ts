import { NO_CONTAINER, NO_PAGE, NO_TASK, PAGE_SIZE_BYTES } from '../base/ids.ts';
import { KIND, PEAK_FILE, PEAK_FILE_OF_SWAP, SKIP } from '../record/events.ts';
import type { Op } from '../scenario/program.ts';
import type { World } from './world.ts';

export type PeakOp = Extract<Op, { verb: 'open-peak' | 'reset-peak' | 'read-peak' }>;

/**
 * Opens, resets or reads a file of memory.peak, and tells what it says. Returns the reading in bytes, with the container, where a file was read; null where not, or where the step
 * was skipped.
 */
export function performPeak(world: World, op: PeakOp): { readonly container: number; readonly bytes: number } | null {
  const { peaks, log } = world;
  if (op.verb === 'open-peak') {
    const container = world.container_by_path[op.path];
    if (container === -1) {
      log.emit(KIND.step_skip, SKIP.no_container, NO_TASK, NO_CONTAINER, NO_PAGE, 0, 0);
      return null;
    }
    peaks.open(op.handle, container, op.of_swap, op.contract);
  }
  const file = peaks.fileOf(op.handle);
  if (file === null) {
    // Its container could not be had.
    log.emit(KIND.step_skip, SKIP.no_container, NO_TASK, NO_CONTAINER, NO_PAGE, 0, 0);
    return null;
  }
  if (op.verb === 'reset-peak') peaks.reset(op.handle);
  const units = op.verb === 'read-peak' ? peaks.read(op.handle) : peaks.usage(op.handle);
  const pages = Math.floor(file.of_swap ? units : units / 2 ** world.policy.charge_shift);
  const what = PEAK_FILE[WHAT[op.verb]] | (file.of_swap ? PEAK_FILE_OF_SWAP : 0);
  log.emit(KIND.peak_file, what, NO_TASK, file.container, NO_PAGE, pages, op.handle);
  return op.verb === 'read-peak' ? { container: file.container, bytes: pages * PAGE_SIZE_BYTES } : null;
}

const WHAT = { 'open-peak': 'open', 'reset-peak': 'reset', 'read-peak': 'read' } as const;
