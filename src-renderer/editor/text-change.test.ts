import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textChange } from './text-change.ts';

test('is the smallest single stretch', () => {
  expect(textChange('a: 1\nb: 2\n', 'a: 1\nb:  2\n')).toEqual({ from: 8, to: 8, insert: ' ' });
  expect(textChange('aaa', 'aa')).toEqual({ from: 2, to: 3, insert: '' });
  expect(textChange('same', 'same')).toBeNull();
});

test('turns any text into any other', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', ' ') });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const change = textChange(before, after) ?? { from: 0, to: 0, insert: '' };
      expect(before.slice(0, change.from) + change.insert + before.slice(change.to)).toBe(after);
    }),
  );
});
