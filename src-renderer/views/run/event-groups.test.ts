import { expect, test } from 'vitest';
import { EVENT_KINDS, KIND } from '../../../src-engine/record/events.ts';
import { EVENT_GROUPS, groupOfKind, laneOfKind } from './event-groups.ts';

test('every kind is in exactly one group', () => {
  const grouped = EVENT_GROUPS.flatMap((group) => group.kinds);
  expect([...grouped].sort()).toEqual(EVENT_KINDS.map((spec) => spec.name).sort());
});

test('a kind that this version does not know is shown with the scenario', () => {
  expect(groupOfKind(250)).toBe('scenario');
});

test('the lane of reclaim counts what only reclaim does', () => {
  expect([KIND.reclaim_begin, KIND.page_evict, KIND.shrink_active, KIND.generation_sort].map(laneOfKind)).toEqual(Array(4).fill('reclaim'));
  // A second read activates a page, a pin makes it unevictable, and a window grows: nobody reclaims.
  expect([KIND.activate, KIND.unevictable, KIND.tcp_window, KIND.sample].map(laneOfKind)).toEqual(Array(4).fill(undefined));
});
