import { describe, expect, test } from 'vitest';
import { AMOUNT_FORMATS } from '../src-engine/base/figures.ts';
import {
  asSentence,
  bytesTitle,
  formatAgo,
  formatBytes,
  formatCount,
  formatCountShort,
  formatDelta,
  formatLimit,
  formatNs,
  formatRate,
  formatShare,
  formatTook,
  formatWait,
  plural,
} from './format.ts';

/** Narrow no-break spaces as plain ones, to be readable here. */
const plain = (text: string): string => text.replaceAll('\u202f', ' ');

test('shares of pressure read as the kernel writes them', () => {
  expect([0, 7, 1250, 10_000].map(AMOUNT_FORMATS.percent).map(plain)).toEqual(['0.00 %', '0.07 %', '12.50 %', '100.00 %']);
});

describe('formatCount', () => {
  test('groups digits and writes a real minus', () => {
    expect([0, 999, 1000, 12_345_678, -4096].map(formatCount).map(plain)).toEqual(['0', '999', '1 000', '12 345 678', '−4 096']);
  });
});

describe('formatCountShort', () => {
  test('keeps small counts whole and never rolls over into four digits', () => {
    expect([9_999, 12_345, 99_949, 99_951, 999_499, 999_500, 4_560_000, 45_600_000, 999_400_000, 1_000_000_000].map(formatCountShort).map(plain)).toEqual([
      '9 999',
      '12.3k',
      '99.9k',
      '100k',
      '999k',
      '1.00M',
      '4.56M',
      '45.6M',
      '999M',
      '1.00G',
    ]);
  });
});

describe('formatBytes', () => {
  test('chooses the unit by size', () => {
    expect([0, 1, 1023, 4096, 1536, 1024 * 1024 - 4096, 1024 * 1024 - 1, 1024 * 1024, 25 * 1024 * 1024, 64 * 1024 ** 3].map(formatBytes).map(plain)).toEqual([
      '0',
      '1 B',
      '1023 B',
      '4 KiB',
      '1.5 KiB',
      '1020 KiB',
      '1.00 MiB',
      '1.00 MiB',
      '25.00 MiB',
      '64.00 GiB',
    ]);
  });
  test('has the exact number in its title, pages where there are whole ones', () => {
    expect([4096, 25_165_824, 100, 0].map(bytesTitle).map(plain)).toEqual(['4 096 bytes · 1 page', '25 165 824 bytes · 6 144 pages', '100 bytes', '0 bytes']);
  });
  test('limits read max', () => {
    expect([-1, 4096].map(formatLimit).map(plain)).toEqual(['max', '4 KiB']);
  });
});

describe('formatDelta', () => {
  test('signs differences, not zero', () => {
    expect([4096, -4096, 0].map((difference) => plain(formatDelta(difference, formatBytes)))).toEqual(['+4 KiB', '−4 KiB', '0']);
  });
});

describe('times, rates and shares', () => {
  test('nanoseconds', () => {
    expect([0, 640, 1500, 1_234_000, 12_345_000_000].map(formatNs).map(plain)).toEqual(['0 ns', '640 ns', '1.50 µs', '1.234 ms', '12.345 s']);
    expect([999.6, 999_994, 999_995, 999_999_499, 999_999_500].map(formatNs).map(plain)).toEqual(['1.00 µs', '999.99 µs', '1.000 ms', '999.999 ms', '1.000 s']);
  });
  test('waits', () => {
    expect([400, 9_940, 9_960, 59_400, 59_600, 185_000, 7_800_000].map(formatWait).map(plain)).toEqual([
      '0.4 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 00 s',
      '3 min 05 s',
      '2 h 10 min',
    ]);
  });
  test('what took less than a tenth of a second', () => {
    expect([0.2, 1, 34.6, 99.4, 100].map(formatTook).map(plain)).toEqual(['< 1 ms', '1 ms', '35 ms', '99 ms', '0.1 s']);
  });
  test('rates', () => {
    expect(formatRate(12_345_678)).toBe('12.3M/s');
  });
  test('a share is 100 % only when it is done', () => {
    expect([0, 0.004, 0.42, 0.9999, 1].map(formatShare).map(plain)).toEqual(['0 %', '0.4 %', '42 %', '99.9 %', '100 %']);
  });
  test('how long ago', () => {
    const now_ms = Date.parse('2026-11-20T12:00:00Z');
    expect(
      ['2026-11-20T11:59:30Z', '2026-11-20T11:56:00Z', '2026-11-20T09:00:00Z', '2026-10-01T00:00:00Z', 'never'].map((iso) => plain(formatAgo(iso, now_ms))),
    ).toEqual(['just now', '4 min ago', '3 h ago', '2026-10-01', 'never']);
  });
  test('remedies', () => {
    expect(['check the path', 'Did you mean “read”?'].map(asSentence)).toEqual(['Check the path.', 'Did you mean “read”?']);
    // Names of the kernel, of files and in quotes keep their letters.
    const named = ['io_uring registers buffers', 'memory.max is no container', 'oom.txt is of no format', '`containers`: a list is not a map'];
    expect(named.map(asSentence)).toEqual(named.map((text) => `${text}.`));
    expect(['out-of-memory reports have lines', 'no'].map(asSentence)).toEqual(['Out-of-memory reports have lines.', 'No.']);
  });
  test('plurals', () => {
    expect([plural(1, 'run'), plural(2, 'run'), plural(0, 'entry', 'entries')]).toEqual(['1 run', '2 runs', '0 entries']);
  });
});
