import { expect, test } from 'vitest';
import { fromDifference } from './from-difference.ts';

test('what all begin with is cut up to a word before the first difference', () => {
  const step = (file: string) => `{ expect: { slice: { current: 48MiB }, slice/quiet: { file: ${file} } }, under: static }`;
  expect(fromDifference([step('2MiB'), step('3MiB')])).toEqual(['…file: 2MiB } }, under: static }', '…file: 3MiB } }, under: static }']);
  expect(fromDifference([step('2MiB'), step('2MiB ±1%'), step('2MiB')])).toEqual([
    '…2MiB } }, under: static }',
    '…2MiB ±1% } }, under: static }',
    '…2MiB } }, under: static }',
  ]);
});

test('short starts stay, as do texts without any in common', () => {
  expect(fromDifference(['{ read: a, by: t }', '{ read: b, by: t }'])).toEqual(['{ read: a, by: t }', '{ read: b, by: t }']);
  expect(fromDifference(['{ read: a }', ''])).toEqual(['{ read: a }', '']);
  expect(fromDifference([])).toEqual([]);
});
