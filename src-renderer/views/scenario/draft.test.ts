import { describe, expect, test } from 'vitest';
import { draftIds, dropDraft, keepDraft, readDraft } from './draft.ts';

function memoryStore(room = 10): Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'> {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem(key, value) {
      if (items.size >= room) throw new DOMException('full', 'QuotaExceededError');
      items.set(key, value);
    },
    removeItem: (key) => void items.delete(key),
    key: (index) => [...items.keys()][index] ?? null,
    get length() {
      return items.size;
    },
  };
}

describe('drafts', () => {
  test('are kept by scenario until dropped', () => {
    const store = memoryStore();
    expect(keepDraft(3, { text: 'a: 1', revision_id: 7 }, store)).toBe(true);
    expect(keepDraft(undefined, { text: 'b: 1', revision_id: null }, store)).toBe(true);
    expect(readDraft(3, store)).toEqual({ text: 'a: 1', revision_id: 7 });
    expect(readDraft(undefined, store)).toEqual({ text: 'b: 1', revision_id: null });
    expect(draftIds(store)).toEqual([3]);
    dropDraft(3, store);
    expect(readDraft(3, store)).toBeUndefined();
  });
  test('a full or broken store loses no more than the draft', () => {
    expect(keepDraft(3, { text: 'a', revision_id: null }, memoryStore(0))).toBe(false);
    const store = memoryStore();
    store.setItem('memledger.draft.3', '{"text":');
    expect(readDraft(3, store)).toBeUndefined();
  });
});
