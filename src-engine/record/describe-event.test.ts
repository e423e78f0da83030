import { describe, expect, test } from 'vitest';
import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../base/ids.ts';
import { COUNTER } from './counters.ts';
import { chargeInWords, describeEvent, describePage, expectationInWords, kindName } from './describe-event.ts';
import { ADD, COST, EVENT_KINDS, EVICT, type EventRow, KIND, type KindName, LRU, RECLAIM_REASON } from './events.ts';
import type { ObjectView, RunMeta, TaskView } from './run.ts';
import { createRunWords } from './run-words.ts';

const META: RunMeta = { source: 'engine', model: 'static', charge_shift: 0, seed: 1, memory_pages: 1024, engine_version: '1' };
const container = (id: number, path: string) => ({ id, parent: 0, path, exists: true, counters: new Float64Array() });
const object = (id: number, name: string, page_count: number): ObjectView => ({
  id,
  name,
  kind: 'file',
  owner_task: null,
  page_count,
  resident_page_count: 0,
  mapped_page_count: 0,
  swapped_page_count: 0,
  owners: [],
  mapped_by: [],
});
const task = (id: number, name: string): TaskView => ({
  id,
  name,
  alive: true,
  container: 1,
  rss_bytes: 0,
  scanned: new Float64Array(52),
  reclaimed: new Float64Array(52),
});
const words = createRunWords(
  META,
  { containers: ['.', 'A', 'B'], tasks: ['a'], objects: ['shared', 'stream'], samples: ['a-owns'] },
  {
    containers: [container(0, '.'), container(1, 'A'), container(2, 'B')],
    objects: [object(0, 'shared', 2048), object(1, 'stream', 100)],
    tasks: [task(0, 'a')],
  },
);

const event = (kind: KindName, columns: Partial<EventRow> = {}): EventRow => ({
  index: 0,
  kind: KIND[kind],
  flags: 0,
  task: NO_TASK,
  container: NO_CONTAINER,
  page: NO_PAGE,
  a: 0,
  b: 0,
  dt_ns: 0,
  ...columns,
});
/** Thin spaces are for the eye; the tests write plain ones. */
const plain = (text: string): string => text.replaceAll('\u202f', ' ');
const said = (...of: Parameters<typeof event>): string => plain(describeEvent(event(...of), words));

describe('describeEvent', () => {
  test('what a model stores is told in bytes, and what it does as often as it does it', () => {
    expect(said('cost', { flags: COST.page_storage_bytes, a: 1_048_576 })).toBe('page metadata, total 1.00 MiB');
    expect(said('cost', { flags: COST.counter_updates, a: 10_240 })).toBe('counter updates 10 240');
  });

  test('a counter that was read from a kernel’s file is told in pages, whatever it counts', () => {
    expect(said('counter_read', { flags: COUNTER.current, a: 3766 })).toBe('current = 3 766 pages');
    expect(said('counter_read', { flags: COUNTER.anon, a: 3766 })).toBe('anon = 3 766 pages');
    expect(said('counter_read', { flags: COUNTER.pgfault, a: 3 })).toBe('pgfault = 3');
  });

  test('says every kind without failing, in less than a line', () => {
    for (const spec of EVENT_KINDS) {
      const text = said(spec.name as KindName, { a: 1, b: 1, flags: 1 });
      expect(text).not.toContain('undefined');
      expect(text.length).toBeLessThan(90);
    }
  });

  test('says what reclaim did with its list and priority', () => {
    expect(said('shrink_inactive', { a: 32, b: 31, flags: LRU.inactive_file | (9 << 2) })).toBe('scanned 32, reclaimed 31, inactive_file, priority 9');
    expect(said('reclaim_begin', { a: 32, flags: RECLAIM_REASON.max })).toBe('memory.max hit, wants 32 pages');
    expect(said('shrink_slab_start', { a: 128, b: 1000, flags: 12 << 2 })).toBe('to scan 128 of 1 000 freeable objects, priority 12');
  });

  test('says how a page came and went', () => {
    expect(said('page_add', { a: 1, b: 1234, flags: LRU.active_file | ADD.refault | ADD.workingset_activate | ADD.major })).toBe(
      'onto active_file, charged 1 page, from disk, refault at distance 1 234, activated at once',
    );
    expect(said('page_evict', { a: 1, b: 2, flags: EVICT.swapout | EVICT.writeback })).toBe('uncharged 1 page, to swap of B, written back');
    expect(said('recharge', { a: 1, b: 1 })).toBe('1 page from A');
  });

  test('limits read as in cgroupfs', () => {
    expect(said('limit_set', { a: -1, flags: 3 })).toBe('memory.max = max');
    expect(said('limit_set', { a: 256, flags: 4 })).toBe('memory.swap.max = 1.00 MiB');
    expect(said('limit_set', { a: 24, flags: 6 })).toBe('memory.kmem.tcp.limit_in_bytes = 96 KiB');
    expect(said('limit_set', { a: 256, flags: 7 })).toBe('pins.max = 1.00 MiB');
    expect(said('limit_set', { a: 256, flags: 20 })).toBe('limit 20 = 1.00 MiB');
  });

  test('a kind of a newer version shows its columns', () => {
    expect(describeEvent({ ...event('charge'), kind: 200, a: 5, b: 6 }, words)).toBe('a 5, b 6, flags 0');
    expect(kindName(200)).toBe('kind 200');
  });
});

describe('chargeInWords', () => {
  test('whole pages, simple shares, and bytes for the rest', () => {
    expect(plain(chargeInWords(3, 0))).toBe('3 pages');
    expect(chargeInWords(5_592_405, 24)).toBe('1/3 page');
    expect(chargeInWords(5_592_406, 24)).toBe('1/3 page');
    expect(plain(chargeInWords(11_184_810, 24))).toBe('2.7 KiB');
  });
});

describe('an expectation', () => {
  const base = { line: 12, step_index: 3, path: 'A', counter: 'current', expected: 2 ** 21, tolerance: 0, actual: 2 ** 23, held: false };

  test('is told with what was expected and what was', () => {
    const told = createRunWords(META, words.names, { containers: [], objects: [], tasks: [] }, [base]);
    expect(plain(describeEvent(event('expect', { a: 0, b: 0, container: 1 }), told))).toBe('failed: current 8 MiB, expected 2 MiB (line 12)');
    expect(plain(describeEvent(event('expect', { a: 0, b: 0, container: NO_CONTAINER }), told))).toBe('failed: A current 8 MiB, expected 2 MiB (line 12)');
    expect(describeEvent(event('expect', { a: 1, b: 7 }), told)).toBe('held');
  });

  test('has a tolerance, counts and containers that are not there', () => {
    expect(plain(expectationInWords({ ...base, tolerance: 4096, held: true }))).toBe('A current 8 MiB, expected 2 MiB ± 4 KiB (line 12): held');
    expect(expectationInWords({ ...base, counter: 'events.oom_kill', expected: 1, actual: 0 })).toBe('A events.oom_kill 0, expected 1 (line 12): failed');
    expect(plain(expectationInWords({ ...base, actual: Number.NaN }))).toBe('A current unknown, expected 2 MiB (line 12): failed');
  });
});

describe('describePage', () => {
  test('names the object and the index within it', () => {
    expect(plain(describePage(event('page_add', { page: 2047 }), words))).toBe('shared:2 047');
    expect(describePage(event('page_add', { page: 2048 }), words)).toBe('stream:0');
    expect(describePage(event('page_add'), words)).toBe('');
  });

  test('is empty for events that are about no page', () => {
    expect(describePage(event('task_start', { page: 0 }), words)).toBe('');
  });

  test('in a trace the page is a line of the text', () => {
    const trace = createRunWords({ ...META, source: 'trace' }, words.names, { containers: [], objects: [], tasks: [] });
    expect(describePage(event('shrink_inactive', { page: 81 }), trace)).toBe('81');
  });
});
