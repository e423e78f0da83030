import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KIND, OBJECT_CLASS } from './events.ts';
import { encodeKeyframe, loadKeyframe } from './keyframe.ts';
import { RunState } from './state.ts';
import { damagedCopies, plainCompressor } from './test-compressor.ts';
import { columnsOf, randomStream, testMeta, testNames } from './test-streams.ts';
import { viewState } from './view.ts';

const viewed = (state: RunState) => viewState(state, testMeta, testNames, state.passes.at(-1) ?? null);

const stateAfter = (seed: number, count: number): RunState => {
  const events = randomStream(seed, count);
  const state = new RunState();
  state.apply(columnsOf(events), 0, events.length);
  return state;
};

test('a state comes back from its keyframe, also over another one, and goes on as before', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 500 }), (seed, otherSeed, cut) => {
      const events = randomStream(seed, 600);
      const columns = columnsOf(events);
      const state = new RunState();
      state.apply(columns, 0, cut);
      const loaded = loadKeyframe(encodeKeyframe(state, plainCompressor), stateAfter(otherSeed, 300), plainCompressor);
      expect(loaded.ok).toBe(true);
      if (!loaded.ok) return;
      expect(viewed(loaded.value)).toEqual(viewed(state));
      expect(encodeKeyframe(loaded.value, plainCompressor)).toEqual(encodeKeyframe(state, plainCompressor));
      state.apply(columns, cut, events.length);
      loaded.value.apply(columns, cut, events.length);
      expect(viewed(loaded.value)).toEqual(viewed(state));
    }),
    { numRuns: 50 },
  );
});

test('the empty state is small', () => {
  expect(encodeKeyframe(new RunState(), plainCompressor).length).toBeLessThan(64);
});

test('a million pages that were never touched cost nothing', () => {
  const state = new RunState();
  state.apply(columnsOf([{ kind: KIND.object_create, page: 0, a: 1_000_000, flags: OBJECT_CLASS.file }]), 0, 1);
  expect(encodeKeyframe(state, plainCompressor).length).toBeLessThan(100);
});

test('damage anywhere is an error, never a crash', () => {
  for (const copy of damagedCopies(encodeKeyframe(stateAfter(7, 300), plainCompressor), 3)) {
    expect(loadKeyframe(copy, new RunState(), plainCompressor).ok).toBe(false);
  }
});
