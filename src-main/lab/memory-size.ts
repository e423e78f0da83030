import { SIZE_PATTERN, sizeBytes } from '../../src-engine/scenario/units.ts';

/** Bytes of a size such as `512MiB`; undefined if the text is none, or 0. */
export function memorySize(text: string): number | undefined {
  const bytes = SIZE_PATTERN.test(text) ? sizeBytes(text) : Number.NaN;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}
