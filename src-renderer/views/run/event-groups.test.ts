import { expect, test } from 'vitest';
import { EVENT_KINDS } from '../../../src-engine/record/events.ts';
import { EVENT_GROUPS, groupOfKind } from './event-groups.ts';

test('every kind is in exactly one group', () => {
  const grouped = EVENT_GROUPS.flatMap((group) => group.kinds);
  expect([...grouped].sort()).toEqual(EVENT_KINDS.map((spec) => spec.name).sort());
});

test('a kind that this version does not know is shown with the scenario', () => {
  expect(groupOfKind(250)).toBe('scenario');
});
