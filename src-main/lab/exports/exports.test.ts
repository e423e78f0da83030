import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRunStore } from '../../store/runs.ts';
import { must } from '../../store/test-database.ts';
import { importTrace } from '../record-trace.ts';
import { readScenarioFile } from '../scenario-file.ts';
import { TWO_READERS, testLibrary } from '../test-library.ts';
import { openScratchWorkbench } from '../workbench.ts';
import { csvLine } from './csv.ts';
import { EXPORT_FORMAT_NAMES, EXPORT_FORMATS, type ExportFormatName } from './formats.ts';
import { toAscii } from './report-text.ts';
import { type ExportRequest, writeExport } from './write-export.ts';

const made = new Map<string, Uint8Array>();
const text = (format: ExportFormatName): string => Buffer.from(made.get(format) ?? []).toString('utf8');
const lines = (format: ExportFormatName): string[] => text(format).trimEnd().split('\n');
/** What the library itself says of the runs. */
let expected: { readonly events: readonly number[]; readonly steps: readonly number[]; readonly logs: readonly (string | null)[] };
const refused: Record<string, string | undefined> = {};
/** Exports of an imported trace. */
const traced: Record<string, string> = {};

beforeAll(async () => {
  const { database } = await testLibrary();
  const write = async (request: ExportRequest): Promise<Uint8Array | string> => {
    const pieces: Uint8Array[] = [];
    const result = await writeExport(
      () => database,
      request,
      async (bytes, share) => {
        expect(share).toBeGreaterThan(0);
        expect(share).toBeLessThanOrEqual(1);
        pieces.push(bytes.slice());
        return true;
      },
    );
    return result.ok ? Buffer.concat(pieces) : (result.errors[0]?.code ?? '');
  };
  for (const format of EXPORT_FORMAT_NAMES) {
    const run_ids = 'single' in EXPORT_FORMATS[format] ? [1] : [1, 2];
    const [one, again] = [await write({ format, run_ids }), await write({ format, run_ids })];
    if (typeof one === 'string' || typeof again === 'string') throw new Error(`${format}: ${one}`);
    expect(Buffer.compare(one, again), `${format} twice`).toBe(0);
    made.set(format, one);
  }
  for (const [format, run_ids] of [
    ['yaml', [1, 2]],
    ['csv', [77]],
    ['html', []],
  ] as const) {
    const answer = await write({ format, run_ids });
    refused[format] = typeof answer === 'string' ? answer : undefined;
  }
  const trace = [
    '  a-7 [000] ..... 1.000000: mm_vmscan_memcg_reclaim_begin: order=0 gfp_flags=GFP_KERNEL memcg=/A',
    '  a-7 [000] ..... 1.000020: mm_vmscan_lru_shrink_inactive: nid=0 nr_scanned=32 nr_reclaimed=8 priority=12 flags=RECLAIM_WB_FILE|RECLAIM_WB_ASYNC',
    '  a-7 [000] ..... 1.000040: mm_vmscan_memcg_reclaim_end: nr_reclaimed=8',
  ];
  const imported = must(await importTrace(database, 'trace.txt', new TextEncoder().encode(trace.join('\n'))));
  for (const format of ['csv', 'csv-steps', 'csv-series', 'text', 'html', 'svg'] as const) {
    const answer = await write({ format, run_ids: imported.report.run_ids });
    traced[format] = typeof answer === 'string' ? answer : Buffer.from(answer).toString('utf8');
  }
  const rows = (await createRunStore(database).list()).toReversed().filter(({ source }) => source === 'engine');
  expected = { events: rows.map((row) => row.event_count), steps: rows.map((row) => row.step_count), logs: rows.map((row) => row.log_sha256) };
  // Stopped after its first piece, nothing more is made.
  let pieces = 0;
  const stopped = await writeExport(
    () => database,
    { format: 'jsonl', run_ids: [1] },
    async () => {
      pieces += 1;
      return false;
    },
  );
  expect([must(stopped), pieces]).toEqual([undefined, 1]);
}, 60_000);

describe('exports', () => {
  it('refuse what they cannot hold', () => {
    expect(refused).toEqual({ yaml: 'one-run-only', csv: 'no-such-run', html: 'no-runs' });
  });

  it('give the scenario as it was', () => {
    expect(text('yaml')).toBe(TWO_READERS);
  });

  it('give samples and steps as tables of equal lines', () => {
    for (const format of ['csv', 'csv-steps', 'csv-series'] as const) {
      const widths = new Set(lines(format).map((line) => line.split(',').length));
      expect(widths.size, format).toBe(1);
    }
    const [head = '', ...rows] = lines('csv');
    const current = head.split(',').indexOf('current');
    // A's limit is 1 MiB, and A has read all of 2 MiB: what reclaim has left is all page cache.
    const a = rows.map((row) => row.split(',')).find((cells) => cells[1] === 'static' && cells[2] === 'a-read' && cells[4] === 'A');
    expect(a?.[current]).toBe(a?.[head.split(',').indexOf('file')]);
    expect(a?.[head.split(',').indexOf('peak')]).toBe(`${2 ** 20}`);
    expect(a?.[head.split(',').indexOf('limits.max')]).toBe(`${2 ** 20}`);
    // Root, A and B after every step of both.
    expect(lines('csv-steps')).toHaveLength(1 + 3 * expected.steps.reduce((sum, count) => sum + count, 0));
    const series = lines('csv-series').filter((line) => line.startsWith('1,static,A,current,'));
    expect(Math.max(...series.map((line) => Number(line.split(',')[6])))).toBe(2 ** 20);
    expect(series.at(-1)?.split(',')[7]).toBe(a?.[current]);
    expect(csvLine(['a,b', 'say "x"', 'two\nlines', 3])).toBe('"a,b","say ""x""","two\nlines",3\n');
  });

  it('give every event as a line of JSON', () => {
    const events = lines('jsonl').map(
      (line) => JSON.parse(line) as { readonly run: number; readonly event: number; readonly time_ns: number; readonly kind: string },
    );
    for (const [at, count] of expected.events.entries()) {
      const of_run = events.filter(({ run }) => run === at + 1);
      expect(of_run.map(({ event }) => event)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
      expect(of_run.every(({ time_ns }, index) => index === 0 || time_ns >= (of_run[index - 1]?.time_ns ?? 0))).toBe(true);
    }
    expect(events.at(-1)?.kind).toBe('run_end');
  });

  it('give a report that fits a mail', () => {
    const report = lines('text');
    for (const line of report) expect(line).toMatch(/^[ -~]{0,72}$/);
    expect(report.every((line) => line === line.trimEnd())).toBe(true);
    for (const log of expected.logs) expect(text('text')).toContain(`  log ${log}\n`);
    expect(text('text')).toContain('static, event 5: look here, 1');
    expect(text('text')).toContain('First divergence');
    expect(text('text')).toMatch(/\n {4}current +948KiB +-948KiB\n/);
    expect(toAscii('−5 – „naïve“ 日本…')).toBe('-5 - ?naive" ??~');
  });

  it('give a page that needs nothing but itself', () => {
    const page = text('html');
    expect(page).not.toMatch(/<script|<link|<img|<iframe|src=|@import|url\(|javascript:|\son\w+=/i);
    expect([...page.matchAll(/https?:\/\/[^\s"<]+/g)].map(([url]) => url).filter((url) => url !== 'http://www.w3.org/2000/svg')).toEqual([]);
    expect(page.match(/<svg xmlns/g)).toHaveLength(2);
    for (const log of expected.logs) expect(page).toContain(log);
    for (const words of ['A file that two read', 'look here, 2', 'First divergence', 'memledger compare scenario.yaml --model static --model partial'])
      expect(page).toContain(words);
    // Every element that is opened is closed.
    const tags = [...page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)].filter(
      ([, , name = '', closed]) => closed !== '/' && !['meta', 'html', 'body'].includes(name),
    );
    const open: string[] = [];
    for (const [, end, name = ''] of tags)
      if (end === '/') expect(open.pop()).toBe(name);
      else open.push(name);
    expect(open).toEqual([]);
  });

  it('give of an imported trace what stood at its end, and do not call its time simulated', () => {
    expect(traced.text).toMatch(/^ftrace: complete, \d events, 1 step, 40\.00 us recorded$/m);
    expect(traced.text).toMatch(/\n {4}pgscan +32\n {4}pgsteal +8\n/);
    const [head = '', ...rows] = (traced.csv ?? '').trimEnd().split('\n');
    const a = rows.map((row) => row.split(',')).find((cells) => cells[4] === 'A');
    expect([a?.[2], a?.[head.split(',').indexOf('pgscan')]]).toEqual(['', '32']);
  });

  it('say nothing of what a trace does not know: what a container is charged, and its limits', () => {
    for (const format of ['csv', 'csv-steps'] as const) {
      const [head = '', ...rows] = (traced[format] ?? '').trimEnd().split('\n');
      expect(rows.length).toBeGreaterThan(0);
      const columns = head.split(',');
      for (const row of rows)
        for (const column of ['current', 'anon', 'pgfault', 'events.max', 'limits.max']) expect(row.split(',')[columns.indexOf(column)], column).toBe('');
    }
    expect(traced['csv-series']).toContain(',pgscan,');
    expect(traced['csv-series']).not.toContain(',current,');
    expect(traced.text).not.toContain('current');
    expect(traced.html).not.toMatch(/>current</);
    expect(traced.svg).toContain('no-chart');
  });

  it('list and mark removed containers that still hold something', async () => {
    const bench = must(await openScratchWorkbench());
    const path = fileURLToPath(new URL('../../../examples/04-removal-leaves-pages.yaml', import.meta.url));
    const scenario = must(await bench.addScenario(must(readScenarioFile(path)), ['memcg-v2']));
    const run_id = must(await bench.createRun(scenario, 'memcg-v2'));
    must(await bench.record(run_id, { in_place: true }));
    const [gone] = must(await bench.report(run_id)).samples.flatMap(({ dying = [] }) => dying);
    expect(gone).toBeDefined();
    const write = async (format: ExportFormatName): Promise<string> => {
      const pieces: Uint8Array[] = [];
      must(await bench.writeExport({ format, run_ids: [run_id] }, async (bytes) => pieces.push(bytes.slice()) > 0));
      return Buffer.concat(pieces).toString('utf8');
    };
    for (const format of ['csv', 'csv-steps'] as const) {
      const [head = '', ...rows] = (await write(format))
        .trimEnd()
        .split('\n')
        .map((line) => line.split(','));
      const cell = (row: readonly string[], column: string): string | undefined => row[head.indexOf(column)];
      const marked = rows.filter((row) => cell(row, 'container') === gone?.path && cell(row, 'alive') === '0').map((row) => Number(cell(row, 'current')));
      expect(marked, format).toContain(gone?.counters.current);
    }
    for (const format of ['text', 'html'] as const) expect(await write(format)).toContain(`${gone?.path} (${gone?.container}): current `);
    const events = (await write('jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly kind: string; readonly container: string; readonly dying?: true });
    const removed = events.findIndex(({ kind, container }) => kind === 'container_remove' && container === gone?.path);
    expect(events.slice(0, removed + 1).some((event) => event.dying)).toBe(false);
    expect(
      events
        .slice(removed + 1)
        .filter(({ container }) => container === gone?.path)
        .every((event) => event.dying),
    ).toBe(true);
    bench.close();
  });

  it('tell of two revisions the step of each where they part, and that the texts are two', async () => {
    const bench = must(await openScratchWorkbench());
    const newer = TWO_READERS.replace('read: shared, by: a }', 'read: shared, by: a, range: 0..512KiB }').replace('steps:', '# A reads less\nsteps:');
    const run_ids: number[] = [];
    for (const text of [TWO_READERS, newer]) {
      const scenario = must(await bench.addScenario({ path: '/revisions/two.yaml', text, name: 'A file that two read', models: ['static'] }, ['static']));
      const run_id = must(await bench.createRun(scenario, 'static'));
      must(await bench.record(run_id, { in_place: true }));
      run_ids.push(run_id);
    }
    for (const format of ['text', 'html'] as const) {
      const pieces: Uint8Array[] = [];
      must(await bench.writeExport({ format, run_ids }, async (bytes) => pieces.push(bytes.slice()) > 0));
      const report = Buffer.concat(pieces)
        .toString('utf8')
        .replace(/<[^>]+>/g, '');
      expect(report).toContain('which is not the same in all revisions:');
      expect(report).toMatch(/static \(run 1\), line 7: \{ read: shared, by: a \}\s*static \(run 2\), line 8: \{ read: shared, by: a, range: 0\.\.512KiB \}/);
      expect(report).toContain('static (run 2) is of another revision');
    }
    bench.close();
  });

  it('tell every line on which revisions have the step after which they part', async () => {
    const bench = must(await openScratchWorkbench());
    const newer = TWO_READERS.replace('steps:', '# the same, a line below\nsteps:');
    const run_ids: number[] = [];
    for (const [text, model] of [
      [TWO_READERS, 'static'],
      [newer, 'partial'],
    ] as const) {
      const scenario = must(await bench.addScenario({ path: '/revisions/two.yaml', text, name: 'A file that two read', models: [model] }, [model]));
      const run_id = must(await bench.createRun(scenario, model));
      must(await bench.record(run_id, { in_place: true }));
      run_ids.push(run_id);
    }
    for (const format of ['text', 'html'] as const) {
      const pieces: Uint8Array[] = [];
      must(await bench.writeExport({ format, run_ids }, async (bytes) => pieces.push(bytes.slice()) > 0));
      expect(Buffer.concat(pieces).toString('utf8').replace(/\s+/g, ' ')).toMatch(/[Aa]fter step 0[ (,]+line 7 of static, line 8 of partial\)?: /);
    }
    bench.close();
  });

  it('give a picture that names run and model', () => {
    expect(text('svg')).toContain('A file that two read, static');
  });
});
