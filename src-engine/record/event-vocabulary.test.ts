import fc from 'fast-check';
import { expect, test } from 'vitest';
import { THIN } from '../base/figures.ts';
import { NO_CONTAINER } from '../base/ids.ts';
import { describeEvent, describePage, kindName } from './describe-event.ts';
import { parseQuery } from './event-query.ts';
import { EventVocabulary, lettersOf } from './event-vocabulary.ts';
import { EVENT_KINDS, type EventRow } from './events.ts';
import { findEvents } from './find-events.ts';
import type { RunMeta } from './run.ts';
import { RunBlocks } from './run-blocks.ts';
import { createRunWords, type RunWords } from './run-words.ts';
import { plainCompressor } from './test-compressor.ts';
import { columnsOf, opened, randomStream, recorded, testMeta } from './test-streams.ts';

const NAMES = {
  containers: ['.', 'pods', 'pods/web-1', 'Bank'],
  tasks: ['redis', 'mémo', 'kswapd0'],
  objects: ['shared.so', 'data-3', 'redis:heap'],
  samples: ['after-read', 'end'],
};
const wordsOf = (meta: Partial<RunMeta>): RunWords =>
  createRunWords({ ...testMeta, ...meta }, NAMES, {
    containers: NAMES.containers.map((path, id) => ({ id, parent: id - 1, path, exists: true, counters: new Float64Array() })),
    tasks: [],
    objects: NAMES.objects.map((name, id) => ({
      id,
      name,
      kind: 'file' as const,
      owner_task: null,
      page_count: 20,
      resident_page_count: 0,
      mapped_page_count: 0,
      swapped_page_count: 0,
      owners: [],
      mapped_by: [],
    })),
  });
const EXPECTATION = { line: 3, step_index: 1, path: 'pods', counter: 'current', expected: 4096, tolerance: 0, actual: 12, held: false };
const WORDS = [
  { ...wordsOf({}), expectations: [EXPECTATION, { ...EXPECTATION, counter: 'limit_max', actual: -1 }] },
  wordsOf({}),
  wordsOf({ source: 'trace' }),
  wordsOf({ model: 'memcg-v1', charge_shift: 3 }),
];

const rowTexts = (event: EventRow, words: RunWords): readonly string[] =>
  [kindName(event.kind), words.task(event.task), words.container(event.container), describePage(event, words), describeEvent(event, words)].map((text) =>
    text.replaceAll(THIN, ''),
  );

const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 4096 }), fc.integer());
const id = fc.oneof(fc.nat(5), fc.constantFrom(0xffff, 300));
const event = fc.record({
  index: fc.constant(0),
  kind: fc.oneof(fc.constantFrom(...EVENT_KINDS.map(({ code }) => code)), fc.constant(250)),
  flags: fc.oneof(fc.nat(15), fc.nat(255)),
  task: id,
  container: id,
  page: fc.oneof(fc.nat(70), fc.constant(0xffffffff)),
  a: value,
  b: value,
  dt_ns: fc.constant(0),
});

test('what is left out without its words being made has none of the letters looked for', () => {
  const cut = fc.record({ at: fc.nat(), from: fc.nat(), length: fc.nat(11) });
  fc.assert(
    fc.property(
      fc.constantFrom(...WORDS),
      fc.array(event, { minLength: 1, maxLength: 30 }),
      fc.array(cut, { minLength: 1, maxLength: 20 }),
      (words, events, cuts) => {
        const columns = columnsOf(events);
        const pieces = events.flatMap((one) => rowTexts(one, words).flatMap((text) => text.split(/\s+/).filter((piece) => piece !== '')));
        for (const { at, from, length } of cuts) {
          const piece = pieces[at % pieces.length];
          const term = piece.slice(from % piece.length).slice(0, length + 1);
          const query = parseQuery(term, words);
          if (query === undefined) continue;
          for (const [row, one] of events.entries()) {
            if (!query.matches(one)) continue;
            const kind_counts = new Uint32Array(256);
            kind_counts[one.kind] = 1;
            expect([term, rowTexts(one, words), query.mayBe(columns, row), query.mayBeAmong(kind_counts)]).toEqual([term, rowTexts(one, words), true, true]);
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('no word of a description is unknown, whatever the kind, the flags, and values up to some hundred', () => {
  for (const words of WORDS.slice(2)) {
    const vocabulary = new EventVocabulary(words);
    const unknown = new Set<string>();
    for (const { code, name } of EVENT_KINDS)
      for (let flags = 0; flags < 20; flags += 1) {
        const seen = new Set<string>();
        const look = (a: number, b: number, container: number): void => {
          for (const letters of lettersOf(describeEvent({ index: 0, kind: code, flags, task: 0, container, page: 0, a, b, dt_ns: 0 }, words)))
            if (!seen.has(letters)) {
              seen.add(letters);
              if (!vocabulary.mayHold(code, flags, [letters])) unknown.add(`${name} ${flags}: ${letters} (${a}, ${b})`);
            }
        };
        for (let value = -3; value < 130; value += value < 20 ? 1 : 10)
          for (const other of [0, 1])
            for (const container of [0, NO_CONTAINER]) {
              look(value, other, container);
              look(other, value, container);
            }
      }
    expect([...unknown]).toEqual([]);
  }
});

test('a search finds what reading every event finds, and reads no block for a word that none of its kinds says', async () => {
  const reader = recorded(randomStream(11, 2400), 300);
  const player = opened(reader);
  const count = player.event_count;
  const words = createRunWords(testMeta, reader.names, player.seek({ event: count }));
  const range = { from_event: 0, to_event: count, direction: 1, limit: count } as const;
  const pause = async (): Promise<void> => undefined;
  for (const text of ['refault', 'swap', 't3', 'c2 pages', 'o1', 'active', 'evict o2', 'sockets', 'generation', '12']) {
    const query = parseQuery(text, words);
    if (query === undefined) throw new Error(text);
    const { kinds, matches } = query;
    const blocks = new RunBlocks(reader, plainCompressor);
    expect(await findEvents(blocks, { ...range, ...query }, pause), text).toEqual(await findEvents(blocks, { ...range, kinds, matches }, pause));
  }
  const unread = (): Uint8Array => {
    throw new Error('a block was read');
  };
  const query = parseQuery('quux', words);
  expect(
    await findEvents(new RunBlocks({ ...reader, readBlock: unread }, plainCompressor), { ...range, kinds: null, matches: () => true, ...query }, pause),
  ).toEqual([]);
});
