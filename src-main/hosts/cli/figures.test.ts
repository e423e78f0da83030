import { expect, it } from 'vitest';
import { COUNTER, COUNTERS } from '../../../src-engine/record/counters.ts';
import { sumsText } from './passes-command.ts';
import { figureText } from './stepper-containers.ts';
import { pageSubject } from './why-command.ts';

it('rounds figures to their width, and cuts none', () => {
  const KIB = 1024;
  const sizes = [4 * KIB, 123.75 * KIB, 1.5 * KIB, 1023.98 * KIB, 999.96 * KIB * KIB, 1022.6 * KIB * KIB];
  expect(sizes.map((bytes) => figureText(COUNTERS[COUNTER.current], bytes))).toEqual(['4KiB', '123.8KiB', '1.50KiB', '1.0MiB', '1000MiB', '1023MiB']);
});

it('sums passes in words that fit their number', () => {
  expect([sumsText(0, 0, 0), sumsText(1, 1, 1), sumsText(68, 3613, 3613)]).toEqual([
    '0 reclaim passes, 0 pages scanned, 0 reclaimed',
    '1 reclaim pass, 1 page scanned, 1 reclaimed',
    '68 reclaim passes, 3,613 pages scanned, 3,613 reclaimed',
  ]);
});

it('asks for pages beyond the thousandth, too', () => {
  expect(['lib:7', 'b:heap:1\u202f234\u202f567'].map(pageSubject)).toEqual(['lib[7]', 'b:heap[1,234,567]']);
});
