import { AMOUNT_FORMATS } from '../../src-engine/base/figures.ts';
import { COUNTERS, shownUnit } from '../../src-engine/record/counters.ts';
import { plainText, sizeTextWith } from './text.ts';

const UNITS = new Map(
  COUNTERS.flatMap((spec) =>
    (spec.file === 'memory.events' ? [spec.name, `events.${spec.name}`] : [spec.name]).map((name) => [name, shownUnit(spec)] as const),
  ),
);

/** How values of a counter are written in plain text, by its name or by the one that reports of samples have for it (`events.oom`): memory with so many decimals at most. */
export function counterText(name: string, decimals = 2): (value: number) => string {
  const unit = UNITS.get(name) ?? 'bytes';
  return unit === 'bytes' ? sizeTextWith(decimals) : (value) => plainText(AMOUNT_FORMATS[unit](value));
}
