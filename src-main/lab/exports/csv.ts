import { stateAfterStep } from '../../../src-engine/compare/divergence.ts';
import { csvName } from '../../../src-engine/record/counter-names.ts';
import { COUNTERS, isDying } from '../../../src-engine/record/counters.ts';
import type { ContainerView, SeriesView } from '../../../src-engine/record/run.ts';
import type { ContainerCounters } from '../sample.ts';
import type { ExportRun } from './export-runs.ts';

/** Points of a counter over a run, at most: more than any chart shows. */
const BUCKET_COUNT_MAX = 4096;

/** A line of CSV (RFC 4180; the line ends as Unix has it). */
export const csvLine = (cells: readonly (string | number)[]): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(`${cell}`) ? `"${`${cell}`.replaceAll('"', '""')}"` : `${cell}`)).join(',')}\n`;

const COLUMNS = COUNTERS.map(csvName);
/** Empty where a counter is not known: a run on a kernel has not read it. */
const cellOf = (value: number | undefined): number | '' => (value === undefined || Number.isNaN(value) ? '' : value);
/** Values in shown units: bytes and counts; a limit of `max` as that word. */
const valuesOf = (counters: ArrayLike<number>): (string | number)[] =>
  COUNTERS.map(({ index, scope }) => (scope === 'setting' && counters[index] < 0 ? 'max' : cellOf(counters[index])));

/** The same of a sample's counters. */
const namedValues = (counters: ContainerCounters): (string | number)[] =>
  COUNTERS.map(({ name, file }) => {
    if (file === 'memory.events') return cellOf(counters.events[name]);
    if (file === 'limit') return counters.limits[name.slice('limit_'.length)] ?? '';
    const value = counters[name];
    return cellOf(typeof value === 'number' ? value : undefined);
  });

/** As the views of SQL have it. */
const [DYING, ALIVE] = [0, 1];
const isListed = (container: ContainerView): boolean => container.exists || isDying(container);

/** Samples of runs: a line for each container at each sample, with every counter; `alive` is 0 for those that were removed and still hold something. A run without samples, such as a watched tree, has its steps for them, without names. */
export function* samplesCsv(runs: readonly ExportRun[]): Generator<string> {
  yield csvLine(['run', 'model', 'sample', 'step', 'container', 'alive', ...COLUMNS]);
  for (const run of runs) {
    const { report, row, player } = run;
    for (const { sample, step, containers, dying = [] } of report.samples) {
      const living = Object.entries(containers).map(([path, counters]) => csvLine([row.id, row.model, sample, step, path, ALIVE, ...namedValues(counters)]));
      const gone = dying.map(({ path, counters }) => csvLine([row.id, row.model, sample, step, path, DYING, ...namedValues(counters)]));
      yield [...living, ...gone].join('');
    }
    if (report.samples.length > 0) continue;
    for (let step = 0; step < player.step_count; step++)
      yield stateAfterStep(player, step)
        .containers.filter(isListed)
        .map(({ path, exists, counters }) => csvLine([row.id, row.model, '', step, path, exists ? ALIVE : DYING, ...valuesOf(counters)]))
        .join('');
  }
}

/** Counters of every container after each step, dying ones among them. */
export function* stepsCsv(runs: readonly ExportRun[]): Generator<string> {
  yield csvLine(['run', 'model', 'step', 'line', 'event', 'time_ns', 'container', 'alive', ...COLUMNS]);
  for (const run of runs) {
    const { player, row } = run;
    for (let step = 0; step < player.step_count; step++) {
      const { event_index, step_line, time_ns, containers } = stateAfterStep(player, step);
      yield containers
        .filter(isListed)
        .map(({ path, exists, counters }) =>
          csvLine([row.id, row.model, step, step_line, event_index, time_ns, path, exists ? ALIVE : DYING, ...valuesOf(counters)]),
        )
        .join('');
    }
  }
}

/** Counters over events: least, greatest and last value of each stretch, of all counters that moved. */
export function* seriesCsv(runs: readonly ExportRun[]): Generator<string> {
  yield csvLine(['run', 'model', 'container', 'counter', 'event', 'min', 'max', 'last']);
  for (const { player, row, last } of runs)
    for (const { id, path } of last.containers) {
      const wanted = COUNTERS.map(({ index }) => ({ container: id, counter: index }));
      const series = player.series({ series: wanted, from_event: 0, to_event: player.event_count, bucket_count_max: BUCKET_COUNT_MAX });
      for (const one of series) if (isMoved(one)) yield linesOf(one, [row.id, row.model, path, COLUMNS[one.counter] ?? '']);
    }
}

const isMoved = ({ min, max }: SeriesView): boolean => max.some((value, at) => value > 0 || value < 0 || min[at] < 0);

function linesOf({ x, min, max, last }: SeriesView, head: readonly (string | number)[]): string {
  const lines: string[] = [];
  for (let at = 0; at < x.length; at++) lines.push(csvLine([...head, x[at], cellOf(min[at]), cellOf(max[at]), cellOf(last[at])]));
  return lines.join('');
}
