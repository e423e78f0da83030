import { expect, test } from 'vitest';
import { defaultSpeed, startPlayback } from './playback.ts';

test('a run passes by in some twenty seconds at first', () => {
  expect(defaultSpeed(1_000_000)).toBe(10_000);
  expect(defaultSpeed(5)).toBe(1);
});

test('playing goes with the clock and stops at the end', () => {
  const playback = startPlayback(100, 1_000, 10, 130);
  expect(playback.eventAt(900)).toBe(100);
  expect(playback.eventAt(1_950)).toBe(109);
  expect(playback.eventAt(60_000)).toBe(130);
});
