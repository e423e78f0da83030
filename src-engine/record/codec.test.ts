import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBlockDecoder, createBlockEncoder } from './codec.ts';
import { BLOCK_EVENT_COUNT, createColumns, type EventColumns, KIND } from './events.ts';
import type { Compressor } from './run.ts';
import { damagedCopies, plainCompressor } from './test-compressor.ts';
import { columnsOf, randomStream } from './test-streams.ts';

const encode = createBlockEncoder(plainCompressor);
const decode = createBlockDecoder(plainCompressor);

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.oneof(fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff }));
const u32 = fc.oneof(fc.constant(0xffffffff), fc.integer({ min: 0, max: 0xffffffff }));
const i32 = fc.oneof(fc.constant(-1), fc.constant(-(2 ** 31)), fc.constant(2 ** 31 - 1), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
const rows = fc.array(fc.record({ kind: u8, flags: u8, task: u16, container: u16, page: u32, a: i32, b: i32, dt_ns: u32 }), { maxLength: 80 });

const plain = (columns: EventColumns, count: number) =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...column.subarray(0, count)]]));

test('a block comes back as it was, whatever stands in its columns', () => {
  fc.assert(
    fc.property(rows, (events) => {
      const columns = columnsOf(events);
      const decoded = decode(encode(columns, events.length));
      expect(decoded.ok && decoded.value.count).toBe(events.length);
      if (decoded.ok) expect(plain(decoded.value.columns, events.length)).toEqual(plain(columns, events.length));
    }),
  );
});

test('a full block comes back, and only its valid rows', () => {
  const columns = createColumns();
  for (let row = 0; row < BLOCK_EVENT_COUNT; row++) {
    columns.kind[row] = row % 3 === 0 ? KIND.page_add : KIND.page_evict;
    columns.page[row] = (row * 2_654_435_761) >>> 12;
    columns.b[row] = row % 3 === 0 ? row * 7 : 0;
  }
  const full = decode(encode(columns, BLOCK_EVENT_COUNT));
  expect(full.ok && plain(full.value.columns, BLOCK_EVENT_COUNT)).toEqual(plain(columns, BLOCK_EVENT_COUNT));
  const part = decode(encode(columns, 100));
  expect(part.ok && part.value.columns.kind.length).toBe(100);
  expect(part.ok && plain(part.value.columns, 100)).toEqual(plain(columns, 100));
});

test('a column that is constant within a kind takes no plane', () => {
  const columns = createColumns(1000);
  columns.kind.fill(KIND.page_add);
  columns.a.fill(1 << 24);
  for (let row = 0; row < 1000; row++) columns.page[row] = 5000 + row;
  // Header, kinds, one group header, and one plane of page differences.
  expect(encode(columns, 1000).length).toBeLessThan(16 + 4 + 1000 + 7 * 5 + 1000 + 1);
});

test('damage anywhere is an error, never a crash', () => {
  const events = randomStream(3, 120);
  const sealed = encode(columnsOf(events), events.length);
  for (const copy of damagedCopies(sealed)) {
    const decoded = decode(copy);
    expect(decoded.ok).toBe(false);
    if (!decoded.ok) expect(['record.damaged', 'record.newer']).toContain(decoded.errors[0].code);
  }
});

test('a block of a newer format says so', () => {
  const sealed = encode(createColumns(1), 1);
  sealed[3] = 2;
  const decoded = decode(sealed);
  expect(decoded.ok).toBe(false);
  if (!decoded.ok) expect(decoded.errors[0].code).toBe('record.newer');
});

test('a content that does not add up is refused or read, never a crash, even where the checksum fits', () => {
  const events = randomStream(5, 60);
  for (let at = 0; at < 200; at++) {
    const crooked: Compressor = { ...plainCompressor, compress: (content) => content.with(at, content[at] ^ 0x55) };
    expect(() => decode(createBlockEncoder(crooked)(columnsOf(events), events.length))).not.toThrow();
  }
});
