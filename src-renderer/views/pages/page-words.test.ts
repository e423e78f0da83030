import { expect, test } from 'vitest';
import { LRU, OBJECT_CLASS } from '../../../src-engine/record/events.ts';
import { referencesOf } from '../../../src-engine/record/page-references.ts';
import { createRunWords } from '../../../src-engine/record/run-words.ts';
import { payersInWords, placeInWords, referencesInWords } from './page-words.ts';

test('a page’s references are told with what they are made of, and what the kernel makes of them', () => {
  const words = (kind: number, mappings: number, pins: number): string => referencesInWords(referencesOf({ kind, resident: true, mappings, pins }));
  expect(words(OBJECT_CLASS.file, 1, 2)).toBe('References: 2\u202f050 (1 of the page cache, 1 mapping, 2 pins of 1\u202f024); may be DMA-pinned.');
  expect(words(OBJECT_CLASS.anon, 1, 0)).toBe('References: 1 (1 mapping); not DMA-pinned.');
  expect(words(OBJECT_CLASS.hugetlb, 1, 3)).toBe('References: 5 (1 of the page cache, 1 mapping, 3 pins); may be DMA-pinned.');
  expect(words(OBJECT_CLASS.file, 1023, 0)).toContain('(1 of the page cache, 1\u202f023 mappings); may be DMA-pinned, for so many references look like a pin.');
  expect(words(OBJECT_CLASS.anon, 0, 0)).toBe('References: 0; not DMA-pinned.');
});

test('a page stands on a list of a container, or of the root', () => {
  const words = createRunWords(
    { source: 'engine', model: 'none', charge_shift: 0, seed: 1, memory_pages: 1, engine_version: '2' },
    { containers: [], tasks: [], objects: [], samples: [] },
    { containers: [{ id: 1, parent: 0, path: 'A', exists: true, counters: new Float64Array() }], objects: [], tasks: [] },
  );
  expect(placeInWords({ list: LRU.inactive_file, list_container: 0, swapped: false }, words)).toBe('on inactive_file of the root');
  expect(placeInWords({ list: LRU.inactive_file, list_container: 1, swapped: false }, words)).toBe('on inactive_file of A');
  expect(placeInWords({ list: null, list_container: null, swapped: true }, words)).toBe('in swap');
});

test('several payers are named, with their parts where those differ', () => {
  const container = (id: number, path: string) => ({ id, parent: 0, path, exists: true, counters: new Float64Array() });
  const words = createRunWords(
    { source: 'engine', model: 'partial', charge_shift: 2, seed: 1, memory_pages: 1, engine_version: '2' },
    { containers: [], tasks: [], objects: [], samples: [] },
    { containers: [container(1, 'A'), container(2, 'B')], objects: [], tasks: [] },
  );
  const paid = (...units: number[]) => payersInWords({ owners: units.map((amount, index) => ({ container: index + 1, units: amount })) }, words);
  expect(paid(4, 4)).toBe('A, B');
  expect(paid(2, 2)).toBe('A, B');
  expect(paid(1, 3)).toBe('A (1/4 page), B (3\u202fKiB)');
});
