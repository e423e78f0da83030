import { expect, test } from 'vitest';
import { THIN } from '../base/figures.ts';
import { describeEvent, describePage, kindName } from './describe-event.ts';
import { parseQuery } from './event-query.ts';
import { type EventRow, KIND } from './events.ts';
import { createRunWords } from './run-words.ts';
import { opened, randomStream, recorded, testMeta, testNames } from './test-streams.ts';

const words = createRunWords(
  { source: 'engine', model: 'static', charge_shift: 0, seed: 1, memory_pages: 1, engine_version: '1' },
  { containers: [], tasks: ['b2'], objects: [], samples: [] },
  {
    containers: [{ id: 3, parent: 0, path: 'pods/B', exists: true, counters: new Float64Array() }],
    objects: [],
    tasks: [],
  },
);
const event = (kind: number, columns: Partial<EventRow> = {}): EventRow => ({
  index: 0,
  kind,
  flags: 0,
  task: 0,
  container: 3,
  page: 0xffffffff,
  a: 1234,
  b: 1200,
  dt_ns: 0,
  ...columns,
});

test('every word must stand in the row; a kind named in full must be the kind', () => {
  const kills = parseQuery('oom_kill pods/b', words);
  expect(kills?.kinds).toEqual(new Set([KIND.oom_kill]));
  expect(kills?.matches(event(KIND.oom_kill))).toBe(true);
  expect(kills?.matches(event(KIND.charge))).toBe(false);
  expect(kills?.matches(event(KIND.oom_kill, { container: 9 }))).toBe(false);
});

test('a name of the run is that container, task or object, or what it holds, and no letter of a word', () => {
  const named = {
    ...words,
    names: { ...words.names, containers: ['B', 'Bank', 'pods/B'] },
    container: (id: number) => ['Bank', 'B', 'B/worker', 'pods/B'][id] ?? '',
  };
  const found = (text: string): number[] => [0, 1, 2, 3].filter((container) => parseQuery(text, named)?.matches(event(KIND.oom_kill, { container })) === true);
  expect(found('oom_kill B')).toEqual([1, 2]);
  expect(found('killed pods/B')).toEqual([3]);
  expect(found('b')).toEqual([0, 1, 2, 3]);
  expect(found('ban')).toEqual([0]);
});

test('figures are found as typed, without their thin spaces', () => {
  const query = parseQuery('1234 shrink b2', words);
  expect(query?.kinds).toBeNull();
  expect(query?.matches(event(KIND.shrink_inactive))).toBe(true);
  expect(query?.matches(event(KIND.shrink_inactive, { a: 1 }))).toBe(false);
});

test('nothing typed looks for nothing', () => {
  expect(parseQuery('  ', words)).toBeUndefined();
});

test('a term is found where it stands in the row that people read, and nowhere else', () => {
  const reader = recorded(randomStream(7, 2000), 500);
  const player = opened(reader);
  const all = createRunWords(testMeta, testNames, player.seek({ event: 2000 }));
  const events = player.events(0, 2000);
  const rowOf = (event: EventRow): string =>
    [kindName(event.kind), all.task(event.task), all.container(event.container), describePage(event, all), describeEvent(event, all)]
      .join('\n')
      .replaceAll(THIN, '');
  for (const term of ['page', 'o1:', ':1', '12', 'charged', 'c', 'evict', 'from', 't', 'zzz', 'zone']) {
    const query = parseQuery(term, all);
    const found = events.filter((event) => query?.matches(event)).map(({ index }) => index);
    expect(found, term).toEqual(events.filter((event) => rowOf(event).toLowerCase().includes(term)).map(({ index }) => index));
  }
});
