import { expect, test } from 'vitest';
import { keepQuery, readHistory } from './query-history.ts';

const memoryStore = (): Pick<Storage, 'getItem' | 'setItem'> => {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
};

test('keeps queries newest first, each once, fifty of them', () => {
  const store = memoryStore();
  expect(readHistory(store)).toEqual([]);
  keepQuery('select 1', store);
  keepQuery('select 2', store);
  expect(keepQuery('select 1', store)).toEqual(['select 1', 'select 2']);
  for (let index = 0; index < 80; index++) keepQuery(`select ${index}`, store);
  expect(readHistory(store)).toHaveLength(50);
  expect(readHistory(store)[0]).toBe('select 79');
});

test('what cannot be read is no history', () => {
  const store = memoryStore();
  store.setItem('memledger.sql.history', '{');
  expect(readHistory(store)).toEqual([]);
});
