import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateAfterStep } from '../src-engine/compare/divergence.ts';
import { readPerfettoTrace } from '../src-engine/formats/test-perfetto-reader.ts';
import { csvName, reportedName, sqlName } from '../src-engine/record/counter-names.ts';
import { COUNTER, COUNTERS } from '../src-engine/record/counters.ts';
import { outermostPasses } from '../src-engine/record/passes.ts';
import { type ExportRun, openExportRuns } from '../src-main/lab/exports/export-runs.ts';
import type { ExportFormatName } from '../src-main/lab/exports/formats.ts';
import { openWorkbench, type Workbench } from '../src-main/lab/workbench.ts';
import { must, temporaryDirectory } from '../src-main/store/test-database.ts';

/** One figure, one value: what is charged, counted, scanned and taken reads the same wherever the lab tells it. */
const SCENARIO = `memledger: 1
name: Figures
machine: { memory: 24MiB }
containers: { A: { soft-limit: 2MiB }, B: {}, C: { max: 1MiB } }
objects: { fa: { file: 12MiB }, fb: { file: 16MiB } }
tasks: { a: { in: A }, b: { in: B }, c: { in: C } }
steps:
  - { read: fa, by: a }
  - { map: fa, by: b, as: view }
  - { read: fb, by: b }
  - { sample: read }
  - { alloc: heap, by: c, size: 4MiB }
  - { touch: heap, by: c }
  - { sample: killed }
  - { exit: a }
  - { remove: A }
  - { sample: removed }
`;
const MODELS = ['memcg-v1', 'memcg-v2', 'partial'] as const;

let bench: Workbench;
let runs: readonly ExportRun[];

beforeAll(async () => {
  const path = join(temporaryDirectory(), 'library.db');
  bench = must(await openWorkbench({ db_path: path }));
  const scenario = must(await bench.addScenario({ path: join(path, '../figures.yaml'), text: SCENARIO, name: 'Figures', models: [...MODELS] }, MODELS));
  const run_ids: number[] = [];
  for (const model of MODELS) {
    const run_id = must(await bench.createRun(scenario, model));
    must(await bench.record(run_id, { in_place: true }));
    run_ids.push(run_id);
  }
  runs = must(await openExportRuns(() => bench.database, run_ids));
}, 60_000);
afterAll(() => bench.close());

type Row = Readonly<Record<string, number | string | null>>;

function asked(run: ExportRun, sql: string): readonly Row[] {
  const { query_id, columns, row_count } = must(bench.query('sqlQuery', { sql, run_ids: [run.row.id], row_max: 2000, time_max_s: 60 }));
  const rows = row_count === 0 ? [] : must(bench.query('sqlRows', { query_id, from_row: 0, count: row_count }));
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));
}

async function exported(format: ExportFormatName, run_ids: readonly number[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  must(
    await bench.writeExport({ format, run_ids }, async (bytes) => {
      pieces.push(bytes.slice());
      return true;
    }),
  );
  return Buffer.concat(pieces);
}

/** Cells of a table that quotes nothing, by the names of its columns. */
function csvRows(text: string): readonly Readonly<Record<string, string>>[] {
  const [head = [], ...rows] = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ''])));
}

const limitOf = (cell: string): number | null => (cell === 'max' ? null : Number(cell));

describe.each(MODELS.map((model, at) => ({ model, at })))('under $model', ({ at }) => {
  it('CSV, SQL and the player show the same counters after every step', async () => {
    const { player, row } = runs[at] as ExportRun;
    const lines = csvRows((await exported('csv-steps', [row.id])).toString('utf8'));
    const told = new Map(asked(runs[at] as ExportRun, 'select * from counters').map((one) => [`${one.step} ${one.container} ${one.alive}`, one]));
    const alive = [...told.values()].filter((one) => one.alive === 1);
    expect(lines.filter((line) => line.alive === '1')).toHaveLength(alive.length);
    expect(lines.length).toBeGreaterThan(30);
    for (const line of lines) {
      const state = stateAfterStep(player, Number(line.step));
      const shown = state.containers.find(({ path, exists }) => exists === (line.alive === '1') && path === line.container)?.counters ?? new Float64Array();
      const in_sql = told.get(`${line.step} ${line.container} ${line.alive}`) ?? {};
      expect([in_sql.event, in_sql.time_ns]).toEqual([state.event_index, state.time_ns]);
      const in_csv = COUNTERS.map((spec) => limitOf(line[csvName(spec)] ?? ''));
      expect(COUNTERS.map((spec) => in_sql[sqlName(spec)])).toEqual(in_csv);
      expect(COUNTERS.map(({ index, scope }) => (scope === 'setting' && (shown[index] ?? 0) < 0 ? null : shown[index]))).toEqual(in_csv);
    }
  });

  it('a state is the same from wherever it is reached, and events are numbered alike', async () => {
    const { player, row } = runs[at] as ExportRun;
    const events = (await exported('jsonl', [row.id]))
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: number; kind: string; time_ns: number });
    expect(events.map(({ event }) => event)).toEqual(Array.from({ length: player.event_count }, (_, index) => index + 1));
    const kinds = Object.entries(Object.groupBy(events, ({ kind }) => kind)).map(([kind, of]) => [kind, of?.length ?? 0]);
    expect(
      Object.fromEntries(asked(runs[at] as ExportRun, 'select kind, events from event_counts where events > 0').map(({ kind, events: n }) => [kind, n])),
    ).toEqual(Object.fromEntries(kinds));
    const sought = ['reclaim_begin', 'reclaim_end', 'oom_kill', 'container_remove'].flatMap((kind) => events.find((one) => one.kind === kind)?.event ?? []);
    for (const event of [1, ...sought, player.event_count - 1]) {
      player.seek({ event: 0 });
      const state = player.seek({ event });
      expect([state.event_index, state.time_ns]).toEqual([event, events[event - 1]?.time_ns]);
      player.seek({ event: event - 1 });
      expect(player.seek({ by: 'event', delta: 1 })).toEqual(state);
      player.seek({ event: event + 1 });
      expect(player.seek({ by: 'event', delta: -1 })).toEqual(state);
    }
  });

  it('what scans and takes pages adds up to the counters', () => {
    const run = runs[at] as ExportRun;
    const { player, last } = run;
    const passes = player.passes(0, player.event_count, 5000);
    expect(passes.length).toBeGreaterThan(0);
    const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
    const [root] = last.containers;
    expect(sum(outermostPasses(passes).map(({ scanned_page_count }) => scanned_page_count))).toBe(root?.counters[COUNTER.pgscan]);
    expect(sum(last.tasks.map(({ scanned }) => sum([...scanned])))).toBe(root?.counters[COUNTER.pgscan]);
    expect(sum(last.tasks.map(({ reclaimed }) => sum([...reclaimed])))).toBe(root?.counters[COUNTER.pgsteal]);
    expect(asked(run, 'select event, scanned_pages, reclaimed_pages, duration_ns from reclaim_passes').map((one) => Object.values(one))).toEqual(
      passes.map((pass) => [pass.begin_event + 1, pass.scanned_page_count, pass.reclaimed_page_count, pass.end_ns - pass.begin_ns]),
    );
  });

  it('owners add up to what is charged, and why says what a counter is made of', async () => {
    const run = runs[at] as ExportRun;
    for (const step of [2, 6, run.player.step_count - 1]) {
      const { containers, objects, event_index } = stateAfterStep(run.player, step);
      for (const { id, path, exists, counters } of containers) {
        const below = containers.filter((one) => one.id === id || path === '.').map((one) => one.id);
        const owned = objects.flatMap(({ owners }) => owners).filter(({ container }) => below.includes(container));
        // Parts of a page are rounded down to bytes, object by object.
        expect(Math.abs(owned.reduce((total, { bytes }) => total + bytes, 0) - (counters[COUNTER.anon] ?? 0) - (counters[COUNTER.file] ?? 0))).toBeLessThan(16);
        if (!exists) continue;
        for (const name of ['current', 'file', 'pgfault', 'pgscan'] as const) {
          const spec = COUNTERS[COUNTER[name]];
          const { counter } = must(await bench.play('why', { run_id: run.row.id, about: `${path} ${reportedName(spec)}`, event_index }));
          expect(Math.floor(counter?.value ?? -1)).toBe(counters[spec.index]);
          expect((counter?.parts ?? []).reduce((total, { amount }) => total + amount, counter?.rest.amount ?? 0)).toBeCloseTo(counter?.value ?? -1, 3);
        }
      }
    }
  });

  it('a trace for Perfetto ends with the same counters', async () => {
    const { last, row } = runs[at] as ExportRun;
    const { packet = [] } = readPerfettoTrace(await exported('perfetto', [row.id]));
    const tracks = new Map(
      packet.flatMap(({ track_descriptor }) => (track_descriptor === undefined ? [] : [[track_descriptor.uuid, track_descriptor] as const])),
    );
    const ends = new Map<string, number>();
    for (const { track_event } of packet) {
      if (track_event?.type !== 'TYPE_COUNTER') continue;
      const track = tracks.get(track_event.track_uuid ?? 0);
      ends.set(`${tracks.get(track?.parent_uuid ?? 0)?.name} ${track?.name}`, track_event.counter_value ?? Number.NaN);
    }
    expect(ends.size).toBeGreaterThan(20);
    for (const [name, value] of ends) {
      const [path, counter = ''] = name.split(' ');
      const { counters } = last.containers.find((container) => container.path === path) ?? {};
      expect([name, value]).toEqual([name, counters?.[COUNTER[counter as keyof typeof COUNTER]]]);
    }
  });
});

/** `+1.50MiB` in bytes, and by how much it may be off for its decimals. */
function amountIn(text: string): { readonly value: number; readonly off: number } {
  const [, sign = '', digits = 'NaN', unit = 'B'] = /^([+-]?)([\d.,]+)(GiB|MiB|KiB|B)?$/.exec(text) ?? [];
  const factor = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[unit] ?? Number.NaN;
  const decimals = digits.split('.')[1]?.length ?? 0;
  return { value: (sign === '-' ? -1 : 1) * Number(digits.replaceAll(',', '')) * factor, off: decimals === 0 ? 0 : (factor * 10 ** -decimals) / 2 + 1e-6 };
}

it('a report’s differences are those of the states', async () => {
  const text = (
    await exported(
      'text',
      runs.map(({ row }) => row.id),
    )
  ).toString('utf8');
  let [sample, path] = ['', ''];
  let cells_seen = 0;
  for (const line of text.slice(text.indexOf('\nSamples\n'), text.indexOf('\nFirst divergence\n')).split('\n')) {
    sample = /^(\S+) \(step \d+\)$/.exec(line)?.[1] ?? sample;
    path = /^ {2}(\S+) +memcg-v1 /.exec(line)?.[1] ?? path;
    const [, counter, cells] = /^ {4}(\S+) +(\S.*)$/.exec(line) ?? [];
    if (counter === undefined || cells === undefined || counter.startsWith('psi_')) continue;
    const values = runs.map(({ report }) => {
      const counters = report.samples.find((one) => one.sample === sample)?.containers[path];
      const value = counter.startsWith('events.') ? counters?.events[counter.slice('events.'.length)] : counters?.[counter];
      return typeof value === 'number' ? value : undefined;
    });
    for (const [at, cell] of cells.split(/ +/).entries()) {
      const expected = at === 0 ? values[0] : (values[at] ?? 0) - (values[0] ?? 0);
      const { value, off } = cell === '=' ? { value: 0, off: 0 } : amountIn(cell);
      expect(Math.abs(value - (expected ?? Number.NaN)), `${sample} ${line}`).toBeLessThanOrEqual(off);
      cells_seen += 1;
    }
  }
  expect(cells_seen).toBeGreaterThan(60);
});
