import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearest, similarNames, tryInstead } from './nearest.ts';

describe('editDistance', () => {
  test.each([
    ['read', 'read', 0],
    ['raed', 'read', 1],
    ['reed', 'read', 1],
    ['rea', 'read', 1],
    ['reads', 'read', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
  ])('%s to %s takes %i', (from, to, distance) => {
    expect(editDistance(from, to, 10)).toBe(distance);
  });

  test('gives up beyond the limit', () => {
    expect(editDistance('abcdef', 'uvwxyz', 2)).toBe(3);
    expect(editDistance('a', 'abcdef', 2)).toBe(3);
  });

  test('is symmetric', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(fc.property(word, word, (from, to) => editDistance(from, to, 20) === editDistance(to, from, 20)));
  });
});

describe('nearest', () => {
  test('finds a misspelt word', () => {
    expect(nearest('raed', ['write', 'read', 'reclaim'])).toBe('read');
    expect(nearest('Shared', ['shared', 'stream'])).toBe('shared');
    expect(nearest('dropcaches', ['drop-caches', 'remove'])).toBe('drop-caches');
  });

  test('of a long list names what has most of the word in it, and where the whole of it is', () => {
    const names = ['anon', 'workingset_refault_file', 'fault', 'limit_max', 'memory.max', 'pin_refused'];
    expect(similarNames('refaults', names)).toEqual(['workingset_refault_file', 'fault']);
    expect(similarNames('max', names)).toEqual(['limit_max', 'memory.max']);
    expect(tryInstead('refaults', names, 'the reference')).toBe('similar: workingset_refault_file, fault; all 6 are in the reference');
    expect(tryInstead('qwzx', names, 'the reference')).toBe('all 6 are in the reference');
  });

  test('offers nothing far off', () => {
    expect(nearest('x', ['shared', 'stream'])).toBeUndefined();
    expect(nearest('frobnicate', ['read', 'write'])).toBeUndefined();
    expect(nearest('word', [])).toBeUndefined();
  });
});
