import type { ComparedCounter, ComparedSample, Comparison } from '../../lab/compare-runs.ts';
import { countText, deltaText, row, sizeText } from './text.ts';

const WIDTHS = [28, 11, 11, 11, 11] as const;
/** Models beside the baseline in one table. */
const OTHERS_MAX = WIDTHS.length - 2;

/** Counters that are counts; all others are amounts of memory. */
const COUNTS = /^(events\.|pg|pswp|workingset_)/;
const textOf = (counter: string): ((value: number) => string) => (COUNTS.test(counter) ? countText : sizeText);

const differs = ({ values }: ComparedCounter): boolean => new Set(Object.values(values)).size > 1;

/** A comparison as text: for each sample and container `current` and what differs, the baseline's value and the others' signed differences. */
export function compareText({ baseline, samples }: Comparison, models: readonly string[]): string {
  const others = models.slice(1);
  const tables: string[] = [];
  for (let from = 0; from < Math.max(others.length, 1); from += OTHERS_MAX) {
    const shown = others.slice(from, from + OTHERS_MAX);
    tables.push(samples.map((sample) => sampleText(sample, baseline, shown)).join('\n\n'));
  }
  return tables.join('\n\n');
}

function sampleText({ sample, step, containers }: ComparedSample, baseline: string, others: readonly string[]): string {
  const lines = [`${sample} (step ${step})`];
  for (const [path, counters] of Object.entries(containers)) {
    lines.push(row([`  ${path}`, baseline, ...others], WIDTHS));
    for (const [name, counter] of Object.entries(counters)) {
      if (name !== 'current' && !differs(counter)) continue;
      const text = textOf(name);
      const base = counter.values[baseline];
      const cells = others.map((model) => {
        const delta = counter.deltas[model];
        const value = counter.values[model];
        if (delta !== undefined) return deltaText(delta, text);
        return value === null || value === undefined ? '–' : text(value);
      });
      lines.push(row([`    ${name}`, base === null || base === undefined ? '–' : text(base), ...cells], WIDTHS));
    }
  }
  return lines.join('\n');
}
