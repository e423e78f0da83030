import { expect, test } from 'vitest';
import { xxh32 } from './xxh32.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

test('agrees with the published values of XXH32', () => {
  expect(xxh32(ascii(''), 0)).toBe(0x02cc5d05);
  expect(xxh32(ascii('a'), 0)).toBe(0x550d7456);
  expect(xxh32(ascii('abc'), 0)).toBe(0x32d153ff);
  expect(xxh32(ascii('Nobody inspects the spammish repetition'), 0)).toBe(0xe2293b2f);
});

test('the seed and every byte matter', () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, at) => at);
  const hashes = new Set([xxh32(bytes, 0), xxh32(bytes, 1)]);
  for (let at = 0; at < bytes.length; at++) hashes.add(xxh32(bytes.with(at, 255), 0));
  expect(hashes.size).toBe(102);
});
