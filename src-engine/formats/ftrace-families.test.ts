import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { importFtrace } from './ftrace-import.ts';
import { createEventTallies } from './ftrace-tally.ts';
import { createRowSink } from './test-sink.ts';

const text = readFileSync(new URL('../../test/fixtures/ftrace-families.txt', import.meta.url), 'utf8');

function imported(content: string) {
  const sink = createRowSink();
  const result = importFtrace(content, { file: 'trace.txt', sink });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const [run] = result.value.runs;
  if (run === undefined) throw new Error('no run');
  return { ...result.value, run, rows: sink.rows };
}

it('tracepoints of kmem, memcg, oom and sock are kept by their fields, in every shape that a line may have', () => {
  const { run, ...lines } = imported(text);
  expect(lines).toMatchObject({ lines_total: 25, lines_used: 24, not_understood: [{ line: 25, text: 'This line is not of the trace.' }] });
  const tallies = Object.fromEntries(run.events.map(({ event, count, sums }) => [event, { count, ...sums }]));
  expect(tallies).toMatchObject({
    mm_page_alloc: { count: 2, pages: 9 },
    mm_page_free: { count: 1, pages: 8 },
    kmalloc: { count: 1, bytes_req: 64, bytes_alloc: 64 },
    kmem_cache_alloc: { count: 1, bytes_alloc: 4096 },
    mod_memcg_state: { count: 1, val: -1 },
    count_memcg_events: { count: 1, val: 7 },
    memcg_flush_stats: { count: 1, stats_updates: 130 },
    sock_rcvqueue_full: { count: 1, truesize: 2304 },
  });
  expect(run.events.find(({ event }) => event === 'some_new_event')?.fields).toEqual(['answer', 'novel-field']);
  expect(run.events.find(({ event }) => event === 'mm_page_alloc')?.fields).toEqual(['page', 'pfn', 'order', 'migratetype', 'gfp_flags', 'nr_free']);
  expect(run).toMatchObject({ lost_event_count: 12, lost_mark_count: 1 });
  expect(run.names.containers).toEqual(['.', 'memcg-42']);
});

it('raw fields of trace-cmd report -R give what the printed ones do', () => {
  const { rows } = imported(text);
  const kinds = ['shrink_inactive', 'shrink_slab_start', 'shrink_slab_end'];
  expect(rows.filter(({ kind }) => kinds.includes(kind)).map(({ kind, flags, a, b }) => ({ kind, flags, a, b }))).toEqual([
    { kind: 'shrink_inactive', flags: 2 | (12 << 2), a: 32, b: 31 },
    { kind: 'shrink_slab_start', flags: 12 << 2, a: 64, b: 128 },
    { kind: 'shrink_slab_end', flags: 0, a: 64, b: 5 },
  ]);
});

it('says of a sum in how many lines its field stood, where that is not in all of them', () => {
  const lines = ['bytes_req=100 bytes_alloc=128', 'bytes_alloc=64', 'bytes_req=(null) bytes_alloc=64'].map(
    (fields, index) => `  a-7 [000] ..... 1.00000${index}: kmalloc: ${fields}`,
  );
  const tallies = createEventTallies();
  for (const line of lines) tallies.take('kmalloc', line, line.indexOf('bytes_'));
  expect(tallies.finish()).toMatchObject([{ count: 3, sums: { bytes_req: 100, bytes_alloc: 256 }, summed_lines: { bytes_req: 1 } }]);
});
