import { expect, test } from 'vitest';
import { type EventRow, KIND } from './events.ts';
import { type EventsSought, findEvents } from './find-events.ts';
import { SearchCancelled } from './page-events.ts';
import { RunBlocks } from './run-blocks.ts';
import { plainCompressor } from './test-compressor.ts';
import { opened, randomStream, recorded } from './test-streams.ts';

const reader = recorded(randomStream(11, 2400), 300);
const EVENTS = opened(reader).event_count;
const rows: readonly EventRow[] = opened(reader).events(0, EVENTS);
const blocks = (): RunBlocks => new RunBlocks(reader, plainCompressor);
const pause = async (): Promise<void> => undefined;
const ALL: EventsSought = { from_event: 0, to_event: EVENTS, direction: 1, limit: EVENTS, kinds: null, matches: () => true };

test('finds what a look through all events finds, both ways, with their times', async () => {
  let now_ns = 0;
  const timed = rows.map((row) => {
    now_ns += row.dt_ns;
    return { ...row, time_ns: now_ns };
  });
  for (const kinds of [null, new Set<number>([KIND.charge, KIND.page_add]), new Set<number>([KIND.oom_kill])])
    for (const [from_event, to_event, limit] of [
      [0, EVENTS, EVENTS],
      [299, 301, 5],
      [1, 2000, 3],
      [2399, 9999, 9],
    ] as const) {
      const fitting = timed.filter((row) => row.index >= from_event && row.index < to_event && (kinds === null || kinds.has(row.kind)) && row.flags % 2 === 0);
      const sought = { ...ALL, from_event, to_event, limit, kinds, matches: ({ flags }: EventRow) => flags % 2 === 0 };
      expect(await findEvents(blocks(), sought, pause)).toEqual(fitting.slice(0, limit));
      expect(await findEvents(blocks(), { ...sought, direction: -1 }, pause)).toEqual(fitting.toReversed().slice(0, limit));
    }
});

test('reads no block that has none of the kinds', async () => {
  const unread = (): Uint8Array => {
    throw new Error('a block was read');
  };
  const counted = new RunBlocks({ ...reader, readBlock: unread }, plainCompressor);
  expect(await findEvents(counted, { ...ALL, kinds: new Set([250]) }, pause)).toEqual([]);
});

test('ends where its caller has no more use for it', async () => {
  const ended = findEvents(blocks(), { ...ALL, matches: () => false }, async () => {
    throw new SearchCancelled();
  });
  await expect(ended).rejects.toBeInstanceOf(SearchCancelled);
});
