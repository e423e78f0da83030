import { describe, expect, test } from 'vitest';
import { COUNTER, COUNTER_COUNT } from '../../../src-engine/record/counters.ts';
import type { ContainerView } from '../../../src-engine/record/run.ts';
import { othersBytes, othersOf, withOthers } from './others.ts';

function container(id: number, parent: number, path: string, current = 0): ContainerView {
  const counters = new Float64Array(COUNTER_COUNT);
  counters[COUNTER.current] = current;
  return { id, parent, path, exists: true, counters };
}
const CONTAINERS = [
  container(0, -1, '.', 100),
  container(1, 0, 'pods', 60),
  container(2, 1, 'pods/a', 40),
  container(3, 1, 'pods/b', 20),
  container(4, 0, 'system', 30),
];

describe('the others', () => {
  test('are the containers that no line shows, and the rest of the root', () => {
    const others = othersOf(CONTAINERS, [2]);
    expect(others?.container_count).toBe(2);
    expect(others && othersBytes(others, CONTAINERS)).toBe(60);
  });

  test('of a subtree and a part of it only the subtree is taken off', () => {
    const others = othersOf(CONTAINERS, [1, 2]);
    expect(others?.container_count).toBe(1);
    expect(others && othersBytes(others, CONTAINERS)).toBe(40);
  });

  test('are not known where the root’s charge is not', () => {
    const unread = [container(0, -1, '.', Number.NaN), ...CONTAINERS.slice(1)];
    const others = othersOf(unread, [2]);
    expect(others && othersBytes(others, unread)).toBeNaN();
    // What is not known of a charted container, which was removed, is among the rest.
    const removed = [
      ...CONTAINERS.slice(0, 1),
      ...CONTAINERS.slice(1).map((one) => ({ ...one, counters: new Float64Array(one.counters.length).fill(Number.NaN) })),
    ];
    expect(others && othersBytes(others, removed)).toBe(CONTAINERS[0]?.counters[COUNTER.current]);
  });

  test('are none where all is shown', () => {
    expect(othersOf(CONTAINERS, [1, 4])).toBeUndefined();
    expect(othersOf(CONTAINERS, [0])).toBeUndefined();
    expect(othersOf([], [])).toBeUndefined();
  });
});

test('with the others a stack reaches the root’s charge at every point', () => {
  const values = Float64Array.of(100, 120);
  const root = { container: 0, counter: COUNTER.current, x: Float64Array.of(1, 3), min: values, max: values, last: values };
  const line = { id: '2/0', label: 'pods/a', style_index: 0, points: { x: Float64Array.of(2), y: Float64Array.of(40) } };
  const model = withOthers({ unit: 'bytes', lines: [line], stacked: true, x_from: 0, x_to: 4 }, root, { id: 'others', label: 'others', style_index: 1 });
  expect(model.lines.map(({ label, points }) => [label, [...points.y]])).toEqual([
    ['pods/a', [0, 40, 40]],
    ['others', [100, 60, 80]],
  ]);
});
