import { PAGE_SIZE_BYTES } from '../base/ids.ts';

const SIZE_FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  kib: 2 ** 10,
  m: 2 ** 20,
  mib: 2 ** 20,
  g: 2 ** 30,
  gib: 2 ** 30,
  t: 2 ** 40,
  tib: 2 ** 40,
};
const DURATION_FACTORS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

const SIZE = '\\d+ ?(?:B|[KMGT]iB|[KMGTkmgt])?';
/** `512MiB`, `16M`, `4096`. The kernel's suffixes K M G T mean the same as KiB MiB GiB TiB. */
export const SIZE_PATTERN = new RegExp(`^${SIZE}$`);
/** A size, what the kernel takes where a limit is written, or no limit: `max`, or version 1's `-1`. */
export const LIMIT_PATTERN = new RegExp(`^(?:max|-1|${SIZE}|(?:0[xX][0-9a-fA-F]+|\\d+)[PEpe]?)$`);
/** `10ms`. */
export const DURATION_PATTERN = /^\d+ ?(?:ns|us|ms|s)$/;
/** A time; a bare number is nanoseconds. */
export const COST_PATTERN = /^\d+ ?(?:ns|us|ms|s)?$/;
/** `0..4MiB`, `1MiB..` (to the end), `..4MiB` (from the start). */
export const RANGE_PATTERN = new RegExp(`^(?:${SIZE})?\\.\\.(?:${SIZE})?$`);
/** `8MiB`, `8MiB ±1%`, `12 +-2`: a size or count and how far off it may be. */
export const QUANTITY_PATTERN = new RegExp(`^${SIZE}(?: ?(?:±|\\+-) ?(?:\\d+(?:\\.\\d+)? ?%|${SIZE}))?$`);

/** Bytes of a text that matches SIZE_PATTERN. May be beyond the safe integers: callers check. */
export function sizeBytes(text: string): number {
  const digits = /^\d+/.exec(text)?.[0] ?? '';
  const unit = text.slice(digits.length).trim().toLowerCase();
  return Number(digits) * (SIZE_FACTORS[unit] ?? Number.NaN);
}

/** Nanoseconds of a text that matches DURATION_PATTERN. May be beyond the safe integers: callers check. */
export function durationNs(text: string): number {
  const digits = /^\d+/.exec(text)?.[0] ?? '';
  return Number(digits) * (DURATION_FACTORS[text.slice(digits.length).trim()] ?? Number.NaN);
}

/** Shortest exact text of a number of bytes: `64GiB`, `20KiB`, `4097`. */
export function formatSize(bytes: number): string {
  if (bytes === Number.POSITIVE_INFINITY) return 'max';
  for (const [unit, factor] of [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

/** Whole pages in a number of bytes, as the kernel reads a limit. */
export const pagesRoundedDown = (bytes: number): number => Math.floor(bytes / PAGE_SIZE_BYTES);
/** Pages that a number of bytes touches from a page's start, as a file or an area takes them. */
export const pagesRoundedUp = (bytes: number): number => Math.ceil(bytes / PAGE_SIZE_BYTES);
