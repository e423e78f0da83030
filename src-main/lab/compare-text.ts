import { type ComparedCounter, type ComparedSample, type Comparison, differs, isKnown } from './compare-runs.ts';
import { counterText } from './counter-text.ts';
import { countText, deltaText, row, TEXT_COLUMNS, tailOf } from './text.ts';

/** Fits the kernel's longest counter name after its indent: `    workingset_activate_file`. Longer paths lose their beginning. */
const NAME_WIDTH_MAX = 28;
/** Decimals of amounts: the fewer of them where a table is too wide otherwise. */
const DECIMALS = [2, 1] as const;
/** Models beside the baseline in one table. */
const OTHERS_MAX = 3;
/** Spaces that a column gets beyond its need, at most. */
const SPARE_MAX = 4;

/** A counter's value as the tables write it, and exactly: `2MiB (2,097,152)`. */
export function exactText(counter: string, value: number): string {
  const short = counterText(counter, DECIMALS[0])(value);
  const exact = countText(value);
  return short === exact ? exact : `${short} (${exact})`;
}

/** A line of a table: a heading alone, or a name and a cell for each model. */
type Line = readonly [name: string, ...cells: string[]];

/** What a table of one run shows beside `current`, where it is not zero. */
const OF_ONE = /^(?:anon|file|shmem|kernel|sock|swap|pgscan|pgsteal|workingset_refault_\w+|events\.\w+)$/;

/** A comparison as text: for each sample and container `current` and what differs, the baseline's value and the others' signed differences; of a run alone what it holds. */
export function compareText({ baseline, samples }: Comparison, models: readonly string[]): string {
  const others = models.slice(1);
  const tables: string[] = [];
  for (let from = 0; from < Math.max(others.length, 1); from += OTHERS_MAX) {
    tables.push(tableText(samples, baseline, others.slice(from, from + OTHERS_MAX)));
  }
  return tables.join('\n\n');
}

function tableText(samples: readonly ComparedSample[], baseline: string, others: readonly string[]): string {
  const inDecimals = (decimals: number): Line[][] => samples.map((sample) => sampleLines(sample, baseline, others, decimals));
  const lines = DECIMALS.map(inDecimals).find((tried) => sum(neededWidths(tried.flat())) <= TEXT_COLUMNS) ?? inDecimals(DECIMALS[1]);
  const widths = fittedWidths(neededWidths(lines.flat()));
  return lines.map((of_sample) => of_sample.map((line) => textLine(line, widths)).join('\n')).join('\n\n');
}

/** Cells keep a space before them; the headings of models that are too long lose their beginning. */
function textLine([name, ...cells]: Line, widths: readonly number[]): string {
  return cells.length === 0 ? name : row([name, ...cells.map((cell, index) => tailOf(cell, (widths[index + 1] ?? 1) - 1))], widths);
}

const sum = (widths: readonly number[]): number => widths.reduce((total, width) => total + width, 0);

/** What each column needs, the name's first; the others with the space before them. */
function neededWidths(lines: readonly Line[]): number[] {
  const rows = lines.filter((line) => line.length > 1);
  const longest = (column: number): number => Math.max(0, ...rows.map((line) => line[column]?.length ?? 0));
  return (rows[0] ?? []).map((_, column) => (column === 0 ? Math.min(longest(0), NAME_WIDTH_MAX) : longest(column) + 1));
}

/** Widths that fill the text: where there is too little room the widest column of a model gives, what is left over goes to all alike. */
function fittedWidths(needed: readonly number[]): number[] {
  const [name = 0, ...models] = needed;
  const room = TEXT_COLUMNS - name;
  while (sum(models) > room) models[models.indexOf(Math.max(...models))] -= 1;
  const spare = Math.min(Math.floor((room - sum(models)) / models.length), SPARE_MAX);
  return [name, ...models.map((width) => width + spare)];
}

/** `current` where any run knows it, and what differs; of one run alone what it holds. */
function isShown(name: string, counter: ComparedCounter, baseline: string, others: readonly string[]): boolean {
  if (name === 'current') return isKnown(counter);
  return others.length > 0 ? differs(counter) : OF_ONE.test(name) && (counter.values[baseline] ?? 0) !== 0;
}

function sampleLines({ sample, step, containers }: ComparedSample, baseline: string, others: readonly string[], decimals: number): Line[] {
  const lines: Line[] = [[`${sample} (step ${step})`]];
  for (const [path, counters] of Object.entries(containers)) {
    lines.push([`  ${path}`, baseline, ...others]);
    for (const [name, counter] of Object.entries(counters)) {
      if (!isShown(name, counter, baseline, others)) continue;
      const text = counterText(name, decimals);
      const base = counter.values[baseline];
      const cells = others.map((model) => {
        const delta = counter.deltas[model];
        const value = counter.values[model];
        if (delta !== undefined) return deltaText(delta, text);
        return value === null || value === undefined ? '–' : text(value);
      });
      lines.push([`    ${name}`, base === null || base === undefined ? '–' : text(base), ...cells]);
    }
  }
  return lines;
}
