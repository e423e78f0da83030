import { formatCount, plural, sign, THIN } from '../src-engine/base/figures.ts';

/** How figures are written in the window: those that every host writes alike, and more. Pure; every function takes a plain number in the unit that its name says. */

export { formatBytes, formatCount, formatLimit, formatNs, plural } from '../src-engine/base/figures.ts';

/** A count in about four characters: `999`, `12.3k`, `4.56M`. Put the exact one into a title. */
export function formatCountShort(count: number): string {
  const size = Math.abs(count);
  if (size < 10_000) return formatCount(count);
  if (size < 999_500) return `${sign(count)}${(size / 1e3).toFixed(size < 99_950 ? 1 : 0)}k`;
  if (size < 999_500_000) return `${sign(count)}${(size / 1e6).toFixed(size < 9_995_000 ? 2 : size < 99_950_000 ? 1 : 0)}M`;
  return `${sign(count)}${(size / 1e9).toFixed(2)}G`;
}

/** The exact number behind `formatBytes`, for a title: `25 165 824 bytes · 6 144 pages`. */
export function bytesTitle(bytes: number): string {
  const pages = bytes / 4096;
  const exact = `${formatCount(bytes)} bytes`;
  return Number.isInteger(pages) && pages !== 0 ? `${exact} · ${plural(pages, 'page')}` : exact;
}

/** Puts a sign before a difference: `+4.00 MiB`, `−3`, and `0` as it is. `format` writes the size. */
export function formatDelta(difference: number, format: (value: number) => string): string {
  return difference > 0 ? `+${format(difference)}` : format(difference);
}

/** A wait in milliseconds as people say it: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatWait(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}${THIN}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${THIN}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}${THIN}min ${String(whole % 60).padStart(2, '0')}${THIN}s`;
  return `${Math.floor(minutes / 60)}${THIN}h ${String(minutes % 60).padStart(2, '0')}${THIN}min`;
}

/** How long something took, in milliseconds: as a wait, and `35 ms` where that would read `0.0 s`. */
export function formatTook(ms: number): string {
  if (ms >= 100) return formatWait(ms);
  return ms < 1 ? `<${THIN}1${THIN}ms` : `${Math.round(ms)}${THIN}ms`;
}

/** A rate per second: `12.3M/s`. */
export function formatRate(per_s: number): string {
  return `${formatCountShort(per_s)}/s`;
}

/** A share of 0 to 1 as a percentage: `42 %`, `99.9 %`. Never rounds an unfinished share up to 100 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  const text = percent >= 99.95 && percent < 100 ? '99.9' : percent < 10 || percent > 99 ? percent.toFixed(1).replace(/\.0$/, '') : percent.toFixed(0);
  return `${text}${THIN}%`;
}

/** How long ago a moment was, near: `just now`, `4 min ago`, `3 h ago`; else its date: `2026-11-20`. Both as ISO text and milliseconds of the epoch. */
export function formatAgo(iso: string, now_ms: number): string {
  const then_ms = Date.parse(iso);
  if (Number.isNaN(then_ms)) return iso;
  const minutes = Math.floor((now_ms - then_ms) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes}${THIN}min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}${THIN}h ago`;
  return new Date(then_ms).toISOString().slice(0, 10);
}

/** A word of the language, such as may get a capital; `io_uring`, `memory.max` or a file's name is written as it is. */
const PLAIN_WORD = /^[a-z][a-z-]*(?=[\s,:;’']|$)/;

/** A message or remedy as a sentence of its own; in a terminal it stands within a line, without a capital or a full stop. */
export function asSentence(text: string): string {
  const begun = PLAIN_WORD.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
  return `${begun}${/[.?!]$/.test(text) ? '' : '.'}`;
}
