import { AMOUNT_FORMATS, plainFigures } from '../../src-engine/base/figures.ts';
import { counterCalled } from '../../src-engine/record/counter-names.ts';
import { shownUnit } from '../../src-engine/record/counters.ts';
import { sizeTextWith } from './text.ts';

/** How values of a counter are written in plain text, by any of its names: memory with so many decimals at most. */
export function counterText(name: string, decimals = 2): (value: number) => string {
  const spec = counterCalled(name);
  const unit = spec === undefined ? 'bytes' : shownUnit(spec);
  return unit === 'bytes' ? sizeTextWith(decimals) : (value) => plainFigures(AMOUNT_FORMATS[unit](value));
}
