import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BARS, type FigureKey, table } from './bars.ts';
import { measureMainLoop } from './main-loop.ts';
import { measurePlaying } from './playing.ts';
import { withScratchDatabase } from './scratch.ts';
import { measureScrubbing } from './scrubbing.ts';
import { measureStart } from './start.ts';
import { percentile, rounded, type Spread, spread } from './statistics.ts';
import { measureThroughput } from './throughput.ts';
import { zipfScenario } from './zipf-workload.ts';

/*
 * The numbers the lab is held to: `npm run bench` prints them as a table, with `-- --json` as one object, and writes them to test-results/bench.json.
 * `--quick` measures small sizes, to try the measuring itself; `--only KEY` (may be given again) leaves out what does not yield that figure.
 */

const SIZES = {
  full: { accesses: 10_000_000, repetitions: 5, run_steps: 200, accesses_per_step: 90_000, seeks: 1000, moves: 1000, library_runs: 1000, starts: 5 },
  quick: { accesses: 1_000_000, repetitions: 3, run_steps: 20, accesses_per_step: 50_000, seeks: 100, moves: 100, library_runs: 50, starts: 3 },
} as const;

interface Measured extends Spread {
  readonly value: number;
  /** Whatever else was seen, by name. */
  readonly notes: Readonly<Record<string, number | string>>;
}

const { values: options } = parseArgs({
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, only: { type: 'string', multiple: true } },
});
const size = SIZES[options.quick === true ? 'quick' : 'full'];
const only = options.only ?? [];
const isWanted = (...keys: readonly FigureKey[]): boolean => only.length === 0 || keys.some((key) => only.includes(key));
const tell = (what: string): void => console.error(`bench: ${what} …`);

const measured: Partial<Record<FigureKey, Measured>> = {};
const put = (key: FigureKey, repetitions: readonly number[], value: number, notes: Measured['notes'] = {}): void => {
  const { min, median, max } = spread(repetitions);
  measured[key] = { value: rounded(value), min: rounded(min), median: rounded(median), max: rounded(max), repetitions: repetitions.length, notes };
};
const roundedAll = (notes: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(notes).map(([name, value]) => [name, rounded(value)]));

if (isWanted('throughput_ratio', 'recording_cost_ratio', 'bytes_per_event')) {
  tell(`${size.repetitions} × ${size.accesses} accesses, bare, unrecorded and recorded`);
  const { throughput_ratios, recording_cost_ratios, bytes_per_event, medians } = await measureThroughput(size.accesses, size.repetitions);
  put('throughput_ratio', throughput_ratios, percentile(throughput_ratios, 0.5), roundedAll(medians));
  put('recording_cost_ratio', recording_cost_ratios, percentile(recording_cost_ratios, 0.5));
  put('bytes_per_event', bytes_per_event, percentile(bytes_per_event, 0.5));
}

if (isWanted('main_loop_p99_ms', 'seek_p99_ms', 'step_p99_ms', 'scrub_fps')) {
  tell('a long run recorded by the lab, then played');
  await withScratchDatabase(async (db_path) => {
    const { delay_p99_ms, delay_max_ms, progress_notice_count, run } = await measureMainLoop(db_path, zipfScenario(size.run_steps, size.accesses_per_step));
    const { event_count, wall_ms } = run;
    put('main_loop_p99_ms', [delay_p99_ms], delay_p99_ms, { delay_max_ms: rounded(delay_max_ms), progress_notice_count, event_count, wall_ms });
    const { seeks_ms, event_steps_ms, scenario_steps_ms } = await measurePlaying(db_path, run.id, size.seeks, size.moves);
    put('seek_p99_ms', seeks_ms, percentile(seeks_ms, 0.99), { event_count });
    put('step_p99_ms', event_steps_ms, percentile(event_steps_ms, 0.99), {
      event_count,
      scenario_step_p50_ms: rounded(percentile(scenario_steps_ms, 0.5)),
      scenario_step_p99_ms: rounded(percentile(scenario_steps_ms, 0.99)),
      events_per_scenario_step: Math.round(event_count / size.run_steps),
    });
    if (!isWanted('scrub_fps')) return;
    tell('the long run scrubbed in the window');
    const scrubbing = await measureScrubbing(db_path, run.id);
    if (scrubbing === undefined) return;
    const { fps, bound_by, ...seen } = scrubbing;
    put('scrub_fps', [fps], fps, { event_count, bound_by, ...roundedAll(seen) });
  });
}

if (isWanted('start_ms')) {
  tell(`${size.starts} starts of the lab with ${size.library_runs} runs`);
  const { starts_ms, until, ...parts } = await measureStart(size.library_runs, size.starts);
  const medians = Object.entries(parts).flatMap(([name, values]) => (values.length === 0 ? [] : [[name, rounded(percentile(values, 0.5))]]));
  put('start_ms', starts_ms, percentile(starts_ms, 0.5), { until, library_runs: size.library_runs, ...Object.fromEntries(medians) });
}

const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  processor_count: cpus().length,
  memory_gib: rounded(totalmem() / 2 ** 30),
  platform: process.platform,
  node: process.version,
  load_average: rounded(loadavg()[0]),
};
const keys = Object.keys(BARS) as FigureKey[];
const report = {
  ...Object.fromEntries(keys.map((key) => [key, measured[key]?.value ?? null])),
  met: Object.fromEntries(keys.map((key) => [key, measured[key] === undefined ? null : BARS[key].isMet(measured[key].value)])),
  quick: options.quick === true,
  machine,
  detail: measured,
};
const RESULTS_DIR = join(import.meta.dirname, '../../test-results');
mkdirSync(RESULTS_DIR, { recursive: true });
writeFileSync(join(RESULTS_DIR, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
if (options.json === true) console.log(JSON.stringify(report, null, 2));
else console.log(table(measured, machine));
