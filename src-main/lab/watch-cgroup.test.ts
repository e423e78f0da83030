import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src-engine/base/result.ts';
import { COUNTER, isDying } from '../../src-engine/record/counters.ts';
import { KIND } from '../../src-engine/record/events.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value;
};

describe('watching a cgroup tree', () => {
  let dir = '';
  let bench: Workbench;
  const put = (path: string, files: Readonly<Record<string, string>>): void => {
    mkdirSync(join(dir, 'x', path), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, 'x', path, file), text);
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'memledger-watch-'));
    put('.', {
      'memory.current': '8192\n',
      'memory.max': 'max\n',
      'memory.stat': 'anon 4096\nfile 4096\npgscan 3\n',
      'memory.events': 'low 0\nmax 0\noom_kill 0\n',
    });
    put('a', {
      'memory.current': '4096\n',
      'memory.max': '16384\n',
      'memory.stat': 'anon 4096\n',
      'memory.pressure': 'some avg10=12.50 avg60=0.07 avg300=0.00 total=7\nfull avg10=1.02 avg60=0.00 avg300=0.00 total=3\n',
      'memory.swap.high': '8192\n',
      'memory.swap.events': 'high 2\nmax 1\nfail 1\n',
    });
    bench = must(await openWorkbench({ db_path: join(dir, 'library.db') }));
  });
  afterEach(() => {
    bench.close();
    rmSync(dir, { recursive: true });
  });

  it('records counters, limits, and containers that come and go', async () => {
    // The tree changes under the watcher, after the sample that is named.
    const changes: Readonly<Record<number, () => void>> = {
      1: () => {
        put('a', { 'memory.current': '12288\n', 'memory.events': 'low 0\nmax 5\noom_kill 0\n' });
        put('b', { 'memory.current': '0\n', 'memory.stat': 'anon 0\n' });
      },
      2: () => rmSync(join(dir, 'x', 'a'), { recursive: true }),
    };
    const watched = must(await bench.watch(join(dir, 'x'), { interval_ms: 1, count: 3, onSample: (sample) => changes[sample]?.() }));
    expect(watched.sample_count).toBe(3);
    const { run_id } = watched;
    const opened = must(await bench.play('openRun', { run_id }));
    expect(opened.run).toMatchObject({ status: 'complete', source: 'trace', model: 'cgroup v2', step_count: 3 });
    const events = must(await bench.play('events', { run_id, from_event: 0, count: 1000 }));
    const ends = events.filter(({ kind }) => kind === KIND.step_begin).map(({ index }) => index);
    expect(ends).toHaveLength(3);
    const state = async (event: number) => {
      const { containers } = must(await bench.play('seek', { run_id, target: { event } }));
      return Object.fromEntries(
        containers
          .filter(({ exists }) => exists)
          .map(({ path, counters }) => [path, [COUNTER.current, COUNTER.anon, COUNTER.limit_max, COUNTER.max].map((counter) => counters[counter])]),
      );
    };
    const a = must(await bench.play('seek', { run_id, target: { event: ends[1] ?? 0 } })).containers.find(({ path }) => path === 'a');
    const NAMES = [
      'psi_some_avg10',
      'psi_some_avg60',
      'psi_some_total',
      'psi_full_avg10',
      'psi_full_total',
      'swap_high',
      'swap_fail',
      'limit_swap_high',
    ] as const;
    expect(NAMES.map((name) => a?.counters[COUNTER[name]])).toEqual([1250, 7, 7, 102, 3, 2, 1, 8192]);
    // Where there is no memory.events, or not yet, its keys are not known.
    expect(await state(ends[1] ?? 0)).toEqual({ '.': [8192, 4096, -1, 0], a: [4096, 4096, 16_384, Number.NaN] });
    expect(await state(ends[2] ?? 0)).toEqual({ '.': [8192, 4096, -1, 0], a: [12_288, 4096, 16_384, 5], b: [0, 0, -1, Number.NaN] });
    expect(Object.keys(await state(events.length))).toEqual(['.', 'b']);
    const lines = must(await bench.play('sourceLines', { run_id, lines: [1, 2, 3, 4, 5, 6, 7] }));
    expect(lines.map(({ text }) => text)).toContain('a/memory.pressure: some avg10=12.50 avg60=0.07 avg300=0.00 total=7');
  });

  it('does not tell what no file says: a counter that was not read is none, not zero', async () => {
    const { run_id } = must(await bench.watch(join(dir, 'x'), { interval_ms: 1, count: 1 }));
    must(await bench.play('openRun', { run_id }));
    const { containers } = must(await bench.play('seek', { run_id, target: { event: Number.MAX_SAFE_INTEGER } }));
    const a = containers.find(({ path }) => path === 'a')?.counters;
    expect([a?.[COUNTER.anon], a?.[COUNTER.sock], a?.[COUNTER.file]]).toEqual([4096, Number.NaN, Number.NaN]);
  });

  it('does not tell what a removed container still holds: it may be dying or gone, and nobody has read it', async () => {
    const change = (sample: number): void => (sample === 1 ? rmSync(join(dir, 'x', 'a'), { recursive: true }) : undefined);
    const { run_id } = must(await bench.watch(join(dir, 'x'), { interval_ms: 1, count: 2, onSample: change }));
    const opened = must(await bench.play('openRun', { run_id }));
    const removed_at = must(await bench.play('events', { run_id, from_event: 0, count: 1000 })).find(({ kind }) => kind === KIND.container_remove)?.index ?? 0;
    const at = async (event: number) => must(await bench.play('seek', { run_id, target: { event } })).containers.find(({ path }) => path === 'a');
    const [there, gone] = [await at(removed_at), await at(removed_at + 1)];
    expect(there?.counters[COUNTER.current]).toBe(4096);
    expect(gone).toMatchObject({ exists: false });
    expect(gone?.counters.every(Number.isNaN)).toBe(true);
    expect(gone === undefined || isDying(gone)).toBe(false);
    const request = { series: [{ container: there?.id ?? 0, counter: COUNTER.current }], from_event: 0, to_event: opened.event_count, bucket_count_max: 1000 };
    const [{ x, last } = { x: [], last: [] }] = must(await bench.play('series', { run_id, ...request }));
    const values = new Map([...x].map((event, point) => [event, last[point]]));
    expect([values.get(removed_at), values.get(removed_at + 1), values.get(opened.event_count)]).toEqual([4096, Number.NaN, Number.NaN]);
    const of_removed = { code: 'counter-unknown', message: expect.stringContaining('the container was removed') };
    expect(await bench.play('why', { run_id, about: 'a current', event_index: removed_at + 1 })).toMatchObject({ errors: [of_removed] });
    // Nor do the views of SQL, which know no more of the others than was read either.
    const rows = (sql: string) => {
      const { query_id } = must(bench.query('sqlQuery', { sql, run_ids: [run_id], row_max: 100, time_max_s: 10 }));
      return must(bench.query('sqlRows', { query_id, from_row: 0, count: 100 }));
    };
    expect(rows('select container, alive, current_bytes from containers')).toEqual([
      ['.', 1, 8192],
      ['a', 0, null],
    ]);
    expect(rows('select step, container, alive, anon_bytes, sock_bytes from counters')).toEqual([
      [0, '.', 1, 4096, null],
      [0, 'a', 1, 4096, null],
      [1, '.', 1, 4096, null],
    ]);
  });

  it('charts every sample, however few events it has', async () => {
    const grow = (sample: number): void => put('a', { 'memory.current': `${4096 * (sample + 1)}\n` });
    const { run_id } = must(await bench.watch(join(dir, 'x'), { interval_ms: 1, count: 8, onSample: grow }));
    const opened = must(await bench.play('openRun', { run_id }));
    const container = opened.names.containers.indexOf('a');
    const request = { series: [{ container, counter: COUNTER.current }], from_event: 0, to_event: opened.event_count, bucket_count_max: 100 };
    const [series] = must(await bench.play('series', { run_id, ...request }));
    expect([...new Set(series?.last)].filter((value) => !Number.isNaN(value))).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((pages) => pages * 4096));
    expect(must(await bench.play('series', { run_id, ...request, bucket_count_max: 3 }))[0]?.x.length).toBeLessThanOrEqual(4);
  });

  it('ends when the directory is removed, and says so', async () => {
    const watched = must(
      await bench.watch(join(dir, 'x'), {
        interval_ms: 1,
        count: 1000,
        onSample: (sample) => (sample === 2 ? rmSync(join(dir, 'x'), { recursive: true }) : undefined),
      }),
    );
    expect(watched).toMatchObject({ sample_count: 2, has_gone: true });
    expect(must(await bench.play('openRun', { run_id: watched.run_id })).run.status).toBe('complete');
  });

  it('keeps every sample that it took when it is stopped', async () => {
    const abort = new AbortController();
    const watched = must(
      await bench.watch(join(dir, 'x'), { interval_ms: 1, signal: abort.signal, onSample: (sample) => (sample === 4 ? abort.abort() : undefined) }),
    );
    expect(watched.sample_count).toBe(4);
  });

  it('has each sample in the database before the next is taken', async () => {
    const seen: number[] = [];
    const other = must(await openWorkbench({ db_path: join(dir, 'library.db') }));
    const counts: Promise<void>[] = [];
    const abort = new AbortController();
    await bench.watch(join(dir, 'x'), {
      interval_ms: 20,
      signal: abort.signal,
      onSample: (sample) => {
        counts.push(other.library().then((library) => void seen.push(must(library).runs[0]?.event_count ?? 0)));
        if (sample === 2) abort.abort();
      },
    });
    await Promise.all(counts);
    other.close();
    expect(seen[0]).toBeGreaterThan(0);
  });

  it('refuses a tree without the memory controller, with the way to switch it on, unless a cgroup below has it', async () => {
    const root = join(dir, 'off');
    mkdirSync(join(root, 'a'), { recursive: true });
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu io memory pids\n');
    writeFileSync(join(root, 'a', 'cgroup.controllers'), 'cpu\n');
    writeFileSync(join(root, 'a', 'memory.pressure'), 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n');
    const refused = async (directory: string) => bench.watch(directory, { interval_ms: 1, count: 1 });
    for (const directory of [root, join(root, 'a')])
      expect(await refused(directory)).toMatchObject({
        ok: false,
        errors: [{ code: 'watch-no-memory', remedy: expect.stringContaining(`echo +memory > ${join(root, 'cgroup.subtree_control')}`) }],
      });
    writeFileSync(join(root, 'a', 'memory.current'), '4096\n');
    expect(must(await refused(root)).sample_count).toBe(1);
  });

  it('refuses what is no cgroup', async () => {
    expect(await bench.watch(dir, { interval_ms: 1 })).toMatchObject({ ok: false, errors: [{ code: 'watch-no-cgroup' }] });
    expect(await bench.watch(join(dir, 'none'), { interval_ms: 1 })).toMatchObject({ ok: false, errors: [{ code: 'watch-not-readable' }] });
  });
});
