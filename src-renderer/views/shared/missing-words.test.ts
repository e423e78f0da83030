import { expect, test } from 'vitest';
import { missingWords, readingWords } from './missing-words.ts';

const words = (missing: Parameters<typeof missingWords>[0]): string => missingWords(missing).join(' ').replaceAll('\u202f', ' ');

test('says how long it takes only where that is known', () => {
  expect(words({ run_count: 312, cut_short_count: 0, under_way_count: 0, estimate_ms: null })).toMatch(
    /^They are .* as soon as the first ones are recorded\.$/,
  );
  expect(words({ run_count: 312, cut_short_count: 0, under_way_count: 0, estimate_ms: 185_000 })).toContain('about 3 min 05 s.');
});

test('says what is finished, and what is under way', () => {
  expect(words({ run_count: 9, cut_short_count: 2, under_way_count: 1, estimate_ms: 900 })).toMatch(
    /2 of them were interrupted or cancelled before, and will be finished\. 1 more run is being recorded already\.$/,
  );
  expect(words({ run_count: 1, cut_short_count: 1, under_way_count: 0, estimate_ms: 900 })).toMatch(
    /^It is .* It was interrupted or cancelled before, and will be finished\.$/,
  );
});

test('says of how many models it is read, once it is of one', () => {
  expect([0, 1, 5].map(readingWords)).toEqual([
    'Reading the recorded runs…',
    'Reading the recorded runs… 1 model so far',
    'Reading the recorded runs… 5 models so far',
  ]);
});
