import { expect, test } from 'vitest';
import { COST, KIND } from '../../src-engine/record/events.ts';
import { trace } from './agreement.ts';
import { ProgramBuilder } from './program-builder.ts';

const GIB_PAGES = 2 ** 18;

/** What a machine's memory and swap cost a model to keep account of, in bytes a page or slot: told before the first step. */
function storageBytes(model: string, swap_pages: number): number {
  const builder = new ProgramBuilder({ machine: { memory_pages: 4096, swap_pages }, containers: {}, objects: [], tasks: {}, areas: [] });
  const rows = trace(builder.build([builder.dropCaches()]), model).rows_by_step.flat();
  return rows.findLast((row) => row.kind === KIND.cost && row.flags === COST.page_storage_bytes)?.a ?? 0;
}

test('STO-4: the owners of 7 GiB of swap take 3584 KiB', () => {
  expect(storageBytes('static', 7 * GIB_PAGES) - storageBytes('static', 0)).toBe(3584 * 1024);
});

test('SWAP-7: the owners of 1 GiB of swap take 512 KiB', () => {
  expect(storageBytes('static', GIB_PAGES) - storageBytes('static', 0)).toBe(512 * 1024);
});
