import type { AxisUnit } from './axis.ts';

/** How figures are written for people. Pure; every function takes a plain number in the unit that its name says. */

/** Narrow no-break space: groups digits, stands before units. */
export const THIN = '\u202f';
const MINUS = '\u2212';
const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** A minus before a negative number, as type has it. */
export function sign(value: number): string {
  return value < 0 ? MINUS : '';
}

/** A count with thin group separators: `12 345 678`. */
export function formatCount(count: number): string {
  const digits = `${Math.abs(Math.round(count))}`;
  return `${sign(count)}${digits.length <= 3 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN)}`;
}

/** Bytes to read and compare: whole bytes below 1 KiB, KiB below 1 MiB, then MiB and GiB with two decimals. `bytesTitle` has the exact number. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes);
  if (size === 0) return '0';
  if (size < KIB) return `${sign(bytes)}${Math.round(size)}${THIN}B`;
  if (size < MIB) {
    const kib = size / KIB;
    const shown = Number.isInteger(kib) ? `${kib}` : kib.toFixed(1);
    // What rounds up to a whole MiB is written as one.
    return shown === '1024.0' ? `${sign(bytes)}1.00${THIN}MiB` : `${sign(bytes)}${shown}${THIN}KiB`;
  }
  return size < 10 * GIB ? `${sign(bytes)}${(size / MIB).toFixed(2)}${THIN}MiB` : `${sign(bytes)}${(size / GIB).toFixed(2)}${THIN}GiB`;
}

/** A share kept in hundredths of a percent, with the decimals that the kernel writes: `12.34 %`. */
export function formatPercent(hundredths: number): string {
  return `${sign(hundredths)}${(Math.abs(hundredths) / 100).toFixed(2)}${THIN}%`;
}

/** How amounts are written, by what they are: `percent` in hundredths. */
export const AMOUNT_FORMATS: Readonly<Record<AxisUnit, (amount: number) => string>> = { bytes: formatBytes, count: formatCount, percent: formatPercent };

/** A limit in bytes; −1 reads `max`, as in cgroupfs. */
export function formatLimit(bytes: number): string {
  return bytes < 0 ? 'max' : formatBytes(bytes);
}

/** Simulated time or a duration in nanoseconds: `640 ns`, `1.234 ms`, `12.345 s`. */
export function formatNs(ns: number): string {
  const size = Math.abs(ns);
  // Each unit up to where its decimals would round to a thousand of it: that is one of the next.
  if (size < 999.5) return `${sign(ns)}${Math.round(size)}${THIN}ns`;
  if (size < 999_995) return `${sign(ns)}${(size / 1e3).toFixed(2)}${THIN}µs`;
  if (size < 999_999_500) return `${sign(ns)}${(size / 1e6).toFixed(3)}${THIN}ms`;
  return `${sign(ns)}${(size / 1e9).toFixed(3)}${THIN}s`;
}

/** Figures as the window writes them, for terminals, mails and files: thousands apart by commas, plain spaces before units. */
export const plainFigures = (text: string): string => text.replace(/(?<=\d)\u202f(?=\d)/g, ',').replaceAll(THIN, ' ');

/** `run` of one, `runs` of any other count. */
export const nounOf = (count: number, one: string, many = `${one}s`): string => (Math.abs(count) === 1 ? one : many);

/** `1 run`, `2 runs`. */
export const plural = (count: number, one: string, many?: string): string => `${formatCount(count)} ${nounOf(count, one, many)}`;

/** Units of measured figures. `share` is of 1, `factor` a multiple, `operations` are per page and may be broken. */
export type FigureUnit = 'share' | 'bytes' | 'operations' | 'pages' | 'ns' | 'factor' | 'count';

/** A measured figure with its unit; what has no unit of its own (operations, pages, counts) as a plain number. */
export function formatFigure({ value, unit }: { readonly value: number; readonly unit: FigureUnit }): string {
  switch (unit) {
    case 'share':
      return `${(value * 100).toFixed(value === 0 || value === 1 ? 0 : 1)}${THIN}%`;
    case 'bytes':
      if (value === 0) return `0${THIN}B`;
      return value < 100 && !Number.isInteger(value) ? `${value.toFixed(1)}${THIN}B` : formatBytes(Math.round(value));
    case 'operations':
      return Number.isInteger(value) ? formatCount(value) : value.toFixed(1);
    case 'ns':
      return formatNs(value);
    case 'factor':
      return `${value.toFixed(2)}${THIN}×`;
    case 'pages':
    case 'count':
      return formatCount(value);
  }
}
