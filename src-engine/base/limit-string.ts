import { PAGE_SIZE_BYTES, UNLIMITED_PAGES } from './ids.ts';

/**
 * How a kernel reads what is written to a limit: `v2` as memory.max and its like (`max` is no limit), `v1` as memory.limit_in_bytes since 3.19 (`-1` is none), `res_counter` as
 * version 1 until 3.18, which rounds up to whole pages. Documentation/admin-guide/cgroup-v1/memory.rst §3 still describes the last: 1 reads back as 4096 there, as 0 since.
 */
export type LimitRules = 'v2' | 'v1' | 'res_counter';

const NO_LIMIT_WORD: Readonly<Record<LimitRules, string>> = { v2: 'max', v1: '-1', res_counter: '-1' };
const PAGE_BYTES = BigInt(PAGE_SIZE_BYTES);
const U64 = 64;

/** A number as `simple_strtoull(s, &end, 0)` takes it, and a suffix that `memparse()` knows (lib/vsprintf.c and lib/cmdline.c, 6.12). */
const NUMBER = /^(?:0[xX](?<hex>[0-9a-fA-F]+)|(?<octal>0[0-7]*)|(?<decimal>[1-9]\d*))?(?<suffix>[EPTGMKeptgmk]?)/;
const SUFFIXES = ' KMGTPE';

/** `memparse()`: the bytes that a text begins with, in 64 bits, and what is left of it. A text without a number is 0. */
export function memparse(text: string): { readonly bytes: bigint; readonly rest: string } {
  const match = NUMBER.exec(text);
  const { hex, octal, decimal, suffix = '' } = match?.groups ?? {};
  const number = hex !== undefined ? BigInt(`0x${hex}`) : octal !== undefined ? BigInt(`0o0${octal}`) : BigInt(decimal ?? '0');
  const shift = 10n * BigInt(suffix === '' ? 0 : SUFFIXES.indexOf(suffix.toUpperCase()));
  return { bytes: BigInt.asUintN(U64, number << shift), rest: text.slice(match?.[0].length ?? 0) };
}

/**
 * Bytes of a text written to a limit, Infinity for none; null where the kernel answers EINVAL: something stands behind the number. Multiples of pages from 2⁵³ on are exact; what is
 * not whole pages is rounded as the rules have it by `parseLimit`.
 */
export function parseLimitBytes(text: string, rules: LimitRules): number | null {
  const stripped = text.trim();
  if (stripped === NO_LIMIT_WORD[rules]) return Number.POSITIVE_INFINITY;
  const { bytes, rest } = memparse(stripped);
  return rest === '' ? Number(bytes) : null;
}

/**
 * Pages of a text written to a limit: `page_counter_memparse()` of mm/page_counter.c (6.12), which rounds down to whole pages and ends at PAGE_COUNTER_MAX (UNLIMITED_PAGES), and
 * `res_counter_memparse_write_strategy()` of 3.18, which rounds up. Null where the kernel answers EINVAL.
 */
export function parseLimit(text: string, rules: LimitRules): number | null {
  const stripped = text.trim();
  if (stripped === NO_LIMIT_WORD[rules]) return UNLIMITED_PAGES;
  const { bytes, rest } = memparse(stripped);
  if (rest !== '') return null;
  const pages = (rules === 'res_counter' ? bytes + PAGE_BYTES - 1n : bytes) / PAGE_BYTES;
  return Math.min(Number(pages), UNLIMITED_PAGES);
}

/** What the file of a limit reads as. */
export function showLimit(pages: number, rules: LimitRules): string {
  if (pages >= UNLIMITED_PAGES && rules === 'v2') return 'max';
  return String(BigInt(Math.min(pages, UNLIMITED_PAGES)) * PAGE_BYTES);
}
