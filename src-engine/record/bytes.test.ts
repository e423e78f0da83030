import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from './bytes.ts';

test('integers come back as they were written', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 })), (values) => {
      const out = new ByteWriter();
      for (const value of values) out.int(value);
      for (const value of values) out.uint(Math.abs(value));
      const input = new ByteReader(out.bytes());
      expect(values.map(() => input.int())).toEqual(values.map((value) => value + 0));
      expect(values.map(() => input.uint())).toEqual(values.map(Math.abs));
      expect([input.remaining, input.overrun]).toEqual([0, false]);
    }),
  );
});

test('small integers take one byte', () => {
  const out = new ByteWriter();
  for (const value of [0, 1, -1, 63, -64]) out.int(value);
  expect(out.bytes().length).toBe(5);
});

test('reading past the end is noticed, not thrown', () => {
  const input = new ByteReader(Uint8Array.of(0x80));
  expect(input.uint()).toBe(0);
  expect(input.overrun).toBe(true);
  expect(new ByteReader(new Uint8Array(3)).take(4).length).toBe(0);
  const endless = new ByteReader(new Uint8Array(20).fill(0xff));
  endless.uint();
  expect(endless.overrun).toBe(true);
});

test('a count of more than there is left is damage', () => {
  const input = new ByteReader(Uint8Array.of(0x7f, 1, 2));
  expect(input.count()).toBe(0);
  expect(input.overrun).toBe(true);
});
