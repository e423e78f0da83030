import { describe, expect, it } from 'vitest';
import { plainFigures } from '../../../src-engine/base/figures.ts';
import { deltaText, durationText, row, sizeText, wrapped, wrappedItems } from '../../lab/text.ts';
import { createProgressLine, progressText } from './progress-line.ts';

describe('text', () => {
  it('writes sizes in the largest unit that fits', () => {
    expect([0, 1, 4096, 1536, 8 * 2 ** 20, 12_345_678, 3 * 2 ** 30, 2 ** 20 - 1, 2 ** 30 - 1].map(sizeText)).toEqual([
      '0',
      '1B',
      '4KiB',
      '1.50KiB',
      '8MiB',
      '11.77MiB',
      '3GiB',
      '1.00MiB',
      '1.00GiB',
    ]);
  });

  it('writes differences with a sign', () => {
    expect([0, 4096, -8192].map((delta) => deltaText(delta, sizeText))).toEqual(['=', '+4KiB', '−8KiB']);
  });

  it('puts numbers to the right and keeps the end of a long path', () => {
    expect(row(['a', '12', '3'], [4, 5, 5])).toBe('a      12    3');
    expect(row(['pods/very/long', '1'], [6, 3])).toBe('…/long  1');
  });

  it('writes durations for people', () => {
    expect([400, 12_300, 200_000].map(durationText)).toEqual(['0.4 s', '12 s', '3 min 20 s']);
    // What rounds up to a whole minute is one.
    expect([9_960, 99_600, 119_700].map(durationText)).toEqual(['10 s', '1 min 40 s', '2 min 0 s']);
  });

  it('breaks lines between words', () => {
    expect(wrapped('one two three', 9, '  ')).toBe('  one two\n  three');
  });

  it('keeps a name and its figure on one line', () => {
    expect(wrappedItems(['pgscan 12', 'pgsteal 9'], 16, '  ')).toBe('  pgscan 12,\n  pgsteal 9');
    expect(wrappedItems(['A 4MiB', 'B 2MiB'], 40, '', 'mapped by ')).toBe('mapped by A 4MiB, B 2MiB');
  });

  it('writes the window’s figures so that grep finds them', () => {
    expect(plainFigures('1\u202f234 pages, 12\u202fKiB')).toBe('1,234 pages, 12 KiB');
  });
});

describe('progress', () => {
  const at = (elapsed_ms: number) => ({ event_count: 5, access_count: 250, access_total: 1000, step_index: 1, step_total: 4, elapsed_ms });
  const written = (isTTY: boolean, times_ms: readonly number[]): string => {
    let text = '';
    const line = createProgressLine({ isTTY, write: (chunk) => (text += chunk) });
    for (const time_ms of times_ms) line.show('static', at(time_ms));
    line.clear();
    return text;
  };

  it('says nothing of what is done at once', () => {
    expect(written(true, [100, 400])).toBe('');
  });

  it('rewrites one line on a terminal and takes it away', () => {
    expect(written(true, [1000])).toBe('\r\u001b[Kstatic: 25%, 1 of 4 steps, 250 accesses/s, 3.0 s left\r\u001b[K');
  });

  it('says no 100 % and no time left while steps are left that make no accesses', () => {
    expect(progressText('static', { ...at(1000), access_count: 1000 })).toBe('static: 99%, 1 of 4 steps, 1,000 accesses/s');
  });

  it('writes a line every two seconds elsewhere', () => {
    expect(written(false, [600, 700, 1500, 2700, 3000]).split('\n')).toHaveLength(3);
  });
});
