import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECLAIM_REASON } from '../record/events.ts';
import { type ImportedTrace, importFtrace } from './ftrace-import.ts';
import { summariseRun } from './ftrace-summary.ts';
import { createRowSink, type NamedRow } from './test-sink.ts';

interface Imported {
  readonly trace: ImportedTrace;
  readonly rows: readonly NamedRow[];
}

function imported(text: string | Uint8Array): Imported {
  const sink = createRowSink();
  const result = importFtrace(text, { file: 'trace.txt', sink });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return { trace: result.value, rows: sink.rows };
}

function run(text: string) {
  const { trace, rows } = imported(text);
  const [first] = trace.runs;
  if (first === undefined) throw new Error('no run');
  return { trace, rows, run: first, summary: summariseRun(first) };
}

const fixture = (version: string): string => readFileSync(new URL(`../../test/fixtures/ftrace-vmscan-${version}.txt`, import.meta.url), 'utf8');
const countKinds = (rows: readonly NamedRow[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind } of rows) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};
/** Rows without what says on which line they stand. */
const withoutLine = (rows: readonly NamedRow[]) => rows.map((row) => ({ ...row, page: 0, b: row.kind === 'step_begin' ? 0 : row.b }));
const flagsOf = (list: number, priority: number): number => list | (priority << 2);

/** A trace of lines `TASK CPU TIME EVENT`, in the kernel's columns. */
const line = (task: string, time: string, event: string, cpu = '000'): string => `${task.padStart(16)}      [${cpu}] .....     ${time}: ${event}`;
const BEGIN = 'mm_vmscan_memcg_reclaim_begin: order=0 gfp_flags=GFP_KERNEL';
const end = (pages: number): string => `mm_vmscan_memcg_reclaim_end: nr_reclaimed=${pages}`;
const shrink = (scanned: number, reclaimed: number, priority = 12, list = 'FILE'): string =>
  `mm_vmscan_lru_shrink_inactive: nid=0 nr_scanned=${scanned} nr_reclaimed=${reclaimed} nr_dirty=0 nr_writeback=0 nr_congested=0 nr_immediate=0 nr_activate_anon=0 nr_activate_file=0 nr_ref_keep=0 nr_unmap_fail=0 priority=${priority} flags=RECLAIM_WB_${list}|RECLAIM_WB_ASYNC`;

describe('the recordings of real kernels', () => {
  // Counted with grep and summed with awk from the files, apart from this code.
  it('6.1: the classic two lists', () => {
    const { trace, rows, run: own, summary } = run(fixture('6.1'));
    expect(trace).toMatchObject({ format: 'ftrace', lines_total: 2212, lines_used: 2212, lines_not_understood: 0, not_understood: [] });
    expect(countKinds(rows)).toEqual({
      container_create: 1,
      task_start: 1,
      step_begin: 69,
      reclaim_begin: 69,
      reclaim_end: 69,
      shrink_inactive: 382,
      shrink_active: 81,
      lru_isolate: 463,
      shrink_slab_start: 568,
      shrink_slab_end: 568,
      run_end: 1,
    });
    expect(own.summary).toEqual({ event_count: rows.length, step_count: 69, access_count: 0, end_ns: 186_265_000, expectations: [] });
    expect(summary).toMatchObject({
      passes: 69,
      nr_scanned: 3670,
      nr_reclaimed: 3670,
      slack: { passes: 0, pages: 0, passes_without_end: 0, ends_without_begin: 0 },
    });
    const byPriority = { 3: 60, 4: 315, 5: 1691, 6: 857, 7: 420, 8: 202, 9: 91, 10: 34 };
    const lru = {
      inactive_file: Object.fromEntries(Object.entries(byPriority).map(([priority, pages]) => [priority, { nr_scanned: pages, nr_reclaimed: pages }])),
    };
    expect(summary.tasks).toEqual({ 'init-84': { passes: 69, nr_scanned: 3670, nr_reclaimed: 3670, lru } });
    expect(own.passes[0]).toMatchObject({
      kind: 'memcg',
      begin_line: 13,
      reason: RECLAIM_REASON.trace_memcg,
      nr_scanned: 57,
      nr_reclaimed: 57,
      nr_reclaimed_stated: 57,
    });
  });

  it('6.12: the multi-generational LRU', () => {
    const { trace, rows, summary } = run(fixture('6.12'));
    expect(trace).toMatchObject({ lines_total: 601, lines_used: 601, lines_not_understood: 0 });
    expect(countKinds(rows)).toEqual({
      container_create: 1,
      task_start: 1,
      step_begin: 57,
      reclaim_begin: 57,
      reclaim_end: 57,
      shrink_inactive: 57,
      lru_isolate: 58,
      shrink_slab_start: 180,
      shrink_slab_end: 180,
      run_end: 1,
    });
    const lru = { inactive_file: { 9: { nr_scanned: 576, nr_reclaimed: 576 }, 10: { nr_scanned: 3072, nr_reclaimed: 3072 } } };
    expect(summary.tasks).toEqual({ 'init-133': { passes: 57, nr_scanned: 3648, nr_reclaimed: 3648, lru } });
  });

  it('every event points at its line', () => {
    const text = fixture('6.1');
    const lines = text.split('\n');
    const { rows } = run(text);
    const event = {
      shrink_inactive: 'mm_vmscan_lru_shrink_inactive',
      reclaim_begin: 'mm_vmscan_memcg_reclaim_begin',
      shrink_slab_end: 'mm_shrink_slab_end',
    } as const;
    for (const row of rows) if (row.kind in event) expect(lines[row.page - 1]).toContain(`: ${event[row.kind as keyof typeof event]}: `);
  });
});

describe('shapes of the same trace', () => {
  const wrapAtSpaces = (text: string, width: number): readonly string[] => {
    const pieces: string[] = [];
    let rest = text;
    while (rest.length > width) {
      const indent = rest.length - rest.trimStart().length;
      const before = rest.lastIndexOf(' ', width);
      const space = before > indent ? before : rest.indexOf(' ', width);
      if (space < 0) break;
      pieces.push(rest.slice(0, space));
      rest = rest.slice(space + 1);
    }
    return [...pieces, rest];
  };
  const cutAt = (text: string, width: number): readonly string[] => text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [text];
  const plain = fixture('6.1').replaceAll('\r', '');
  const events = withoutLine(imported(plain).rows);
  const eventLines = plain
    .trimEnd()
    .split('\n')
    .filter((text) => !text.startsWith('#'));
  const reshaped = (shape: (text: string) => readonly string[]): Imported => imported(`${eventLines.flatMap(shape).join('\n')}\n`);

  it.each<[string, (text: string) => readonly string[]]>([
    ['without header', (text) => [text]],
    ['CRLF', (text) => [`${text}\r`]],
    ['quoted', (text) => [`> ${text}`]],
    ['quoted twice, with blank lines', (text) => [`> > ${text}`, '> >']],
    ['from a console', (text) => [`[   12.345678] ${text}`]],
    ['from a log of messages', (text) => [`Nov 20 22:17:55 lab kernel: [   12.345678] ${text}`]],
    ['with tabs', (text) => [text.replace(/^ +/, '\t')]],
    ['wrapped at 72 columns', (text) => wrapAtSpaces(text, 72)],
    ['quoted and wrapped at 72 columns', (text) => wrapAtSpaces(text, 70).map((piece) => `> ${piece}`)],
    ['quoted, the rest unquoted by the mailer', (text) => wrapAtSpaces(`> ${text}`, 72)],
    ['folded at 72 columns, long words too', (text) => wrapAtSpaces(text, 72).flatMap((piece) => cutAt(piece, 72))],
    ['cut by an 80-column terminal', (text) => cutAt(text, 80)],
    ['cut at 120 columns and quoted', (text) => cutAt(text, 118).map((piece) => `> ${piece}`)],
  ])('%s', (_what, shape) => {
    const { trace, rows } = reshaped(shape);
    expect(trace.lines_not_understood).toBe(0);
    expect(trace.lines_used).toBe(trace.lines_total);
    expect(withoutLine(rows)).toEqual(events);
  });

  it('UTF-16', () => expect(withoutLine(imported(new Uint8Array(Buffer.from(`\ufeff${plain}`, 'utf16le'))).rows)).toEqual(events));

  it('any part of it, quoted and wrapped anyhow, gives the same events', () => {
    const part = fc.integer({ min: 0, max: eventLines.length - 40 }).map((from) => eventLines.slice(from, from + 40));
    const width = fc.integer({ min: 66, max: 200 });
    fc.assert(
      fc.property(part, width, fc.boolean(), fc.nat({ max: 3 }), (lines, columns, at_spaces, depth) => {
        const wrap = at_spaces ? wrapAtSpaces : cutAt;
        const pieces = lines.flatMap((text) => wrap(text, columns).map((piece) => `${'> '.repeat(depth)}${piece}`));
        const one = imported(lines.join('\n'));
        const other = imported(pieces.join('\n'));
        expect(withoutLine(other.rows)).toEqual(withoutLine(one.rows));
        expect(other.trace.lines_used).toBe(pieces.length);
      }),
      { numRuns: 60 },
    );
  });

  it('lost-events marks stand between the events', () => {
    const lines = [line('a-1', '1.000000', BEGIN), 'CPU:0 [LOST 123 EVENTS]', line('a-1', '1.000010', end(0)), 'CPU:1 [7 EVENTS DROPPED]'];
    const { trace, rows, summary } = run(lines.join('\n'));
    expect(trace.lines_used).toBe(4);
    expect(summary.lost_events).toBe(130);
    expect(rows.map((row) => row.kind)).toEqual([
      'container_create',
      'task_start',
      'step_begin',
      'reclaim_begin',
      'trace_other',
      'reclaim_end',
      'trace_other',
      'run_end',
    ]);
  });
});

describe('passes', () => {
  it('of several tasks interleave, each paired on its own', () => {
    const lines = [
      line('a b-1', '1.000000', BEGIN, '000'),
      line('kswapd0-32', '1.000001', 'mm_vmscan_kswapd_wake: nid=0 order=0', '001'),
      line('a b-1', '1.000002', shrink(32, 30, 12, 'ANON'), '000'),
      line('kswapd0-32', '1.000003', shrink(10, 9), '001'),
      line('c-3', '1.000004', 'mm_vmscan_direct_reclaim_begin: order=2 gfp_flags=GFP_KERNEL', '002'),
      line('a b-1', '1.000005', end(30), '000'),
      line('kswapd0-32', '1.000006', 'mm_vmscan_kswapd_sleep: nid=0', '001'),
      line('c-3', '1.000007', 'mm_vmscan_direct_reclaim_end: nr_reclaimed=5', '002'),
    ];
    const { rows, run: own, summary } = run(lines.join('\n'));
    expect(own.names.tasks).toEqual(['a b-1', 'kswapd0-32', 'c-3']);
    expect(
      own.passes.map(({ kind, task, reason, begin_line, end_line, nr_reclaimed, nr_reclaimed_stated }) => [
        kind,
        task,
        reason,
        begin_line,
        end_line,
        nr_reclaimed,
        nr_reclaimed_stated,
      ]),
    ).toEqual([
      ['memcg', 0, RECLAIM_REASON.trace_memcg, 1, 6, 30, 30],
      ['kswapd', 1, RECLAIM_REASON.trace_kswapd, 2, 7, 9, null],
      ['direct', 2, RECLAIM_REASON.trace_direct, 5, 8, 0, 5],
    ]);
    expect(summary.slack).toEqual({ passes: 1, pages: 5, passes_without_end: 0, ends_without_begin: 0 });
    expect(rows.filter((row) => row.kind === 'shrink_inactive')).toEqual([
      { kind: 'shrink_inactive', flags: flagsOf(0, 12), task: 0, container: 0, page: 3, a: 32, b: 30, dt_ns: 1000 },
      { kind: 'shrink_inactive', flags: flagsOf(2, 12), task: 1, container: 0, page: 4, a: 10, b: 9, dt_ns: 1000 },
    ]);
    expect(rows.filter((row) => row.kind === 'reclaim_end').map((row) => [row.task, row.a])).toEqual([
      [0, 30],
      [1, 9],
      [2, 5],
    ]);
    expect(rows.filter((row) => row.kind === 'step_begin').map((row) => [row.a, row.b])).toEqual([
      [0, 1],
      [1, 2],
      [2, 5],
    ]);
  });

  it('nest, and a lost end is told', () => {
    const lines = [
      line('a-1', '1.000000', 'mm_vmscan_direct_reclaim_begin: order=0 gfp_flags=GFP_KERNEL'),
      line('a-1', '1.000001', 'mm_vmscan_memcg_softlimit_reclaim_begin: order=0 gfp_flags=GFP_KERNEL'),
      line('a-1', '1.000002', shrink(8, 8)),
      line('a-1', '1.000003', 'mm_vmscan_direct_reclaim_end: nr_reclaimed=8'),
      line('a-1', '1.000004', end(3)),
      line('a-1', '1.000005', BEGIN),
      line('a-1', '1.000006', BEGIN),
    ];
    const { rows, run: own, summary } = run(lines.join('\n'));
    expect(own.passes.map(({ end_line, nr_reclaimed, nr_reclaimed_stated }) => [end_line, nr_reclaimed, nr_reclaimed_stated])).toEqual([
      [4, 8, 8],
      [4, 8, null],
      [7, 0, null],
      [null, 0, null],
    ]);
    expect(summary).toMatchObject({ nr_reclaimed: 8, slack: { passes: 0, pages: 0, passes_without_end: 3, ends_without_begin: 1 } });
    expect(countKinds(rows)).toMatchObject({ reclaim_begin: 4, reclaim_end: 3, trace_other: 1 });
  });

  it('pages that the shrinks do not show are slack', () => {
    const { summary } = run(
      [line('a-1', '1.0', BEGIN), line('a-1', '1.1', shrink(8, 8)), line('a-1', '1.2', end(11)), line('a-1', '1.3', BEGIN), line('a-1', '1.4', end(0))].join(
        '\n',
      ),
    );
    expect(summary.slack).toEqual({ passes: 1, pages: 3, passes_without_end: 0, ends_without_begin: 0 });
  });

  it('a task whose name the line forgot is the task that the process is known as', () => {
    const { run: own } = run([line('a-7', '1.0', BEGIN), line('<...>-7', '1.1', end(0)), line('<...>-8', '1.2', BEGIN)].join('\n'));
    expect(own.names.tasks).toEqual(['a-7', '<...>-8']);
  });
});

describe('fields', () => {
  it('name containers by path and by id, with their parents', () => {
    const lines = [
      line('a-1', '1.0', `${BEGIN} memcg=/pods/a`),
      line('a-1', '1.1', shrink(4, 4)),
      line('a-1', '1.2', `${shrink(2, 1)} memcg_id=42`),
      line('a-1', '1.3', `${end(5)} memcg=/pods/a`),
      line('a-1', '1.4', `${BEGIN} cgroup_id=1`),
    ];
    const { rows, run: own } = run(lines.join('\n'));
    expect(own.names.containers).toEqual(['.', 'pods', 'pods/a', 'memcg-42']);
    expect(rows.filter((row) => row.kind === 'container_create').map((row) => [row.container, row.a, row.b])).toEqual([
      [0, 0, -1],
      [1, 1, 0],
      [2, 2, 1],
      [3, 3, 0],
    ]);
    expect(rows.filter((row) => /reclaim|shrink/.test(row.kind)).map((row) => row.container)).toEqual([2, 2, 3, 2, 0]);
  });

  it('of the shrinkers: what was scanned is start less end', () => {
    const shrinker = 'super_cache_scan+0x0/0x1a0 000000003e89d20a: nid: 1';
    const lines = [
      line(
        'a-1',
        '1.0',
        `mm_shrink_slab_start: ${shrinker} objects to shrink 726 gfp_flags GFP_KERNEL cache items 1064232 delta 1038 total_scan 1764 priority 11`,
      ),
      line('a-1', '1.1', `mm_shrink_slab_end: ${shrinker} unused scan count 726 new scan count 740 total_scan 740 last shrinker return val 1022`),
      line('a-1', '1.2', `mm_shrink_slab_end: ${shrinker} unused scan count 726 new scan count 740 total_scan 740 last shrinker return val 1022`),
    ];
    const { rows, summary } = run(lines.join('\n'));
    expect(rows.slice(2, 5)).toMatchObject([
      { kind: 'shrink_slab_start', flags: flagsOf(0, 11), a: 1764, b: 1_064_232 },
      { kind: 'shrink_slab_end', a: 1024, b: 1022 },
      { kind: 'trace_other' },
    ]);
    expect(summary.slack.ends_without_begin).toBe(1);
  });

  it.each([
    [
      'mm_vmscan_lru_isolate: isolate_mode=0 classzone=4 order=0 nr_requested=3 nr_scanned=3 nr_skipped=0 nr_taken=2 lru=active_anon',
      { kind: 'lru_isolate', flags: 1, a: 3, b: 2 },
    ],
    [
      'mm_vmscan_lru_isolate: isolate_mode=1 order=0 nr_requested=32 nr_scanned=32 nr_taken=32 contig_taken=0 contig_dirty=0 contig_failed=0',
      { kind: 'trace_other' },
    ],
    ['mm_vmscan_lru_isolate: nr_scanned=1 nr_taken=1 lru=unevictable', { kind: 'trace_other' }],
    [
      'mm_vmscan_lru_shrink_active: nid=0 nr_taken=7 nr_active=0 nr_deactivated=6 nr_referenced=1 priority=9 flags=RECLAIM_WB_ANON|RECLAIM_WB_ASYNC',
      { kind: 'shrink_active', flags: flagsOf(1, 9), a: 7, b: 6 },
    ],
    [
      'mm_vmscan_lru_shrink_inactive: nid=0 zid=1 nr_scanned=32 nr_reclaimed=31 priority=7 flags=RECLAIM_WB_FILE|RECLAIM_WB_SYNC',
      { kind: 'shrink_inactive', flags: flagsOf(2, 7), a: 32, b: 31 },
    ],
    ['mm_vmscan_lru_shrink_inactive: nid=0 zid=1 nr_scanned=32 nr_reclaimed=31 priority=7 flags=RECLAIM_WB_MIXED', { kind: 'trace_other' }],
    ['oom_score_adj_update: pid=84 comm=init oom_score_adj=-1000', { kind: 'trace_other' }],
    ['kmem_cache_alloc: call_site=getname ptr=0x1 bytes_req=4096', { kind: 'trace_other' }],
  ])('of %s', (event, expected) => expect(run(line('a-1', '1.0', event)).rows[2]).toMatchObject(expected));

  it('of a kill: the victim is the task known by that pid', () => {
    const { rows, run: own } = run(
      [line('hog-9', '1.0', BEGIN), line('a-1', '1.1', 'mark_victim: pid=9'), line('a-1', '1.2', 'mark_victim: pid=10 comm=idler total-vm=1kB')].join('\n'),
    );
    expect(own.names.tasks).toEqual(['hog-9', 'a-1', 'idler-10']);
    expect(rows.filter((row) => row.kind === 'oom_kill').map((row) => row.task)).toEqual([0, 2]);
  });
});

describe('time', () => {
  it('keeps nanoseconds, and seconds since 1970', () => {
    const { rows } = run([line('a-1', '1700000000.000000001', BEGIN), line('a-1', '1700000001.000000003', end(0))].join('\n'));
    expect(rows.map((row) => row.dt_ns)).toEqual([0, 0, 0, 0, 1_000_000_002, 0]);
  });
  it('carries long gaps by sleep events', () => {
    const { rows, run: own } = run([line('a-1', '1.000000', BEGIN), line('a-1', '10.500000', end(0))].join('\n'));
    expect(rows.slice(4).map((row) => [row.kind, row.a, row.dt_ns])).toEqual([
      ['sleep', 4_000_000, 4e9],
      ['sleep', 4_000_000, 4e9],
      ['reclaim_end', 0, 1.5e9],
      ['run_end', 0, 0],
    ]);
    expect(own.summary.end_ns).toBe(9.5e9);
  });
  it('takes lines out of order as they stand, and counts them', () => {
    const { summary } = run([line('a-1', '2.0', BEGIN), line('a-1', '1.0', shrink(1, 1)), line('a-1', '2.5', end(1))].join('\n'));
    expect(summary).toMatchObject({ out_of_order_lines: 1, end_ns: 5e8, slack: { passes: 0 } });
  });
  it('a clock that jumps by years takes no time', () => {
    const { summary, rows } = run([line('a-1', '2.0', BEGIN), line('a-1', '1700000000.0', end(0))].join('\n'));
    expect(summary).toMatchObject({ clock_jumps: 1, end_ns: 0 });
    expect(rows).toHaveLength(6);
  });
});

describe('lines that are not understood', () => {
  it('are listed with their numbers', () => {
    const prose = [
      'Hi all,',
      '',
      line('a-1', '1.0', BEGIN),
      'and then it ends:',
      line('a-1', '1.1', end(0)),
      line('a-1', '1.2', 'mm_vmscan_lru_shrink_inactive: nid=0 nr_scan'),
      'Regards',
    ];
    const { trace } = imported(prose.join('\n'));
    expect(trace).toMatchObject({ lines_total: 7, lines_used: 3, lines_not_understood: 4 });
    expect(trace.not_understood.map((entry) => entry.line)).toEqual([1, 4, 6, 7]);
  });
  it('a last line that is cut is counted, a whole one is used', () => {
    expect(imported(`${line('a-1', '1.0', BEGIN)}\n${line('a-1', '1.1', 'mm_vmscan_memcg_reclaim_end: nr_')}`).trace).toMatchObject({
      lines_used: 1,
      lines_not_understood: 1,
    });
    expect(imported(`${line('a-1', '1.0', BEGIN)}\n${line('a-1', '1.1', end(0))}`).trace).toMatchObject({ lines_used: 2, lines_not_understood: 0 });
  });
  it('more than a thousand are counted, a thousand listed, each cut to 120 characters', () => {
    const { trace } = imported(`${line('a-1', '1.0', BEGIN)}\n\n${`${'x'.repeat(300)}\n`.repeat(1500)}`);
    expect(trace.lines_not_understood).toBe(1500);
    expect(trace.not_understood).toHaveLength(1000);
    expect(trace.not_understood[0]?.text).toHaveLength(120);
  });
  it('of any text nothing throws, and lines add up', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constantFrom(...fixture('6.1').split('\n').slice(0, 60)),
      fc.tuple(fc.constantFrom(...fixture('6.12').split('\n').slice(12, 60)), fc.nat({ max: 250 })).map(([text, length]) => text.slice(0, length)),
      fc.stringMatching(/^[> \d[\].:a-]{0,40}$/),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('\n');
        const result = importFtrace(text, { file: 'x', sink: createRowSink() });
        if (!result.ok) return;
        const { lines_total, lines_used, lines_not_understood } = result.value;
        expect(lines_used + lines_not_understood).toBe(lines_total);
        expect(lines_total).toBe(text.split('\n').length - (text.endsWith('\n') ? 1 : 0));
      }),
    );
  });
});

describe('refusals', () => {
  const bytes = (...parts: (number | string)[]): Uint8Array =>
    new Uint8Array(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part)])));
  it.each<[string, string | Uint8Array, string, RegExp]>([
    ['trace.dat', bytes(0x17, 0x08, 0x44, 'tracing6', 0), 'trace-dat', /trace-cmd report trace\.dat > trace\.txt/],
    ['perf.data', bytes('PERFILE2', 0), 'trace-perf-data', /perf script/],
    ['gzip', bytes(0x1f, 0x8b, 8, 0), 'trace-compressed', /gunzip/],
    ['another binary', bytes(0x7f, 'ELF', 2, 1, 1, 0), 'trace-binary', /trace-cmd report/],
    ['an empty file', bytes(), 'trace-empty', /trace-cmd record/],
    ['blank lines', '\n\n', 'trace-empty', /trace-cmd record/],
    ['only a header', '# tracer: nop\n#\n', 'trace-no-events', /events\/vmscan\/enable/],
    ['prose', 'Dear list,\nwho pays?\n', 'trace-no-events', /events\/vmscan\/enable/],
    [
      'the function tracer',
      '# tracer: function\n#\n  init-84      [000] .....     3.229989: kmem_cache_free <-putname\n',
      'trace-other-tracer',
      /current_tracer/,
    ],
    ['the function tracer without header', '  init-84      [000] .....     3.229989: kmem_cache_free <-putname\n', 'trace-other-tracer', /current_tracer/],
    ['the function graph tracer', '# tracer: function_graph\n 0)   1.234 us    |  foo();\n', 'trace-other-tracer', /current_tracer/],
    [
      'the function graph tracer without header',
      ' 0)               |  shrink_node() {\n 0)   1.234 us    |    foo();\n',
      'trace-other-tracer',
      /current_tracer/,
    ],
  ])('%s', (_what, input, code, remedy) => {
    const sink = createRowSink();
    const result = importFtrace(input, { file: 'trace.txt', sink });
    expect(result).toMatchObject({ ok: false, errors: [{ code, place: { file: 'trace.txt' } }] });
    if (!result.ok) expect(result.errors[0]?.remedy).toMatch(remedy);
    expect(sink.blockSizes).toEqual([]);
  });
  it('a mark of lost events alone begins no run', () => {
    const sink = createRowSink();
    expect(importFtrace('CPU:0 [LOST 5 EVENTS]\nx\n', { file: 'x', sink }).ok).toBe(false);
    expect(sink.blockSizes).toEqual([]);
  });
});

describe('the sink', () => {
  it('is told meta and names before the first block, and gets whole blocks', () => {
    const sink = createRowSink(1000);
    const order: string[] = [];
    const result = importFtrace(fixture('6.1').repeat(40), {
      file: 'x',
      sink: {
        begin: (meta) => void order.push(`begin ${meta.source} ${meta.model}`),
        seal: (columns, count) => {
          order.push('seal');
          return sink.seal(columns, count);
        },
        sample: () => undefined,
      },
    });
    expect(result.ok).toBe(true);
    expect(order[0]).toBe('begin trace ftrace');
    expect(sink.blockSizes.slice(0, 3)).toEqual([65_536, 1000, 1000]);
    expect(sink.rows.at(-1)?.kind).toBe('run_end');
  });
});
