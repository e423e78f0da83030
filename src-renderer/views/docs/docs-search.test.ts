import { expect, it } from 'vitest';
import { type Docs, foundPieces, groupDocs, searchDocs } from './docs-search.ts';

const page = (slug: string, ...headings: readonly (readonly [string, string])[]): Docs => ({
  slug,
  title: headings[0]?.[0] ?? slug,
  headings: headings.map(([text, body], index) => ({ depth: index === 0 ? 1 : 2, text, anchor: text.toLowerCase(), body })),
  load: async () => ({ html: '' }),
});
const PAGES = [
  page('architecture', ['Architecture', 'Rooms.'], ['Refault', 'Who comes back.']),
  page('models', ['Models', `${'Rules. '.repeat(20)}A refault charges the next user.`]),
  page('zoo', ['Zoo', '']),
];

it('finds sections that hold every word, headings first', () => {
  expect(searchDocs(PAGES, 'REFAULT').map(({ slug, heading }) => `${slug}: ${heading}`)).toEqual(['architecture: Refault', 'models: Models']);
  expect(searchDocs(PAGES, 'refault user')[0]?.excerpt).toMatch(/^… .*A refault charges the next user\.$/);
  expect(searchDocs(PAGES, 'refault elephant')).toEqual([]);
  expect(searchDocs(PAGES, '  ')).toEqual([]);
});

it('cuts no word of an excerpt', () => {
  const excerpt = searchDocs([page('long', ['Long', `refault ${'evictions '.repeat(30)}`])], 'refault')[0]?.excerpt ?? '';
  expect(excerpt).toMatch(/^refault (evictions )+…$/);
});

it('tells apart what was found, whatever its letters mean in a pattern', () => {
  const shown = (text: string, query: string) => foundPieces(text, query).map(({ text: piece, is_found }) => (is_found ? `[${piece}]` : piece));
  expect(shown('Memory.high, then memory.high again', 'memory.high')).toEqual(['[Memory.high]', ', then ', '[memory.high]', ' again']);
  expect(shown('memoryxhigh', 'memory.high')).toEqual(['memoryxhigh']);
  expect(shown('a (b', '(b a')).toEqual(['[a]', ' ', '[(b]']);
  expect(shown('plain', ' ')).toEqual(['plain']);
});

it('lists pages in the order of reading, and those that nobody ordered last', () => {
  expect(groupDocs(PAGES).map(({ title, pages }) => `${title}: ${pages.map(({ slug }) => slug).join()}`)).toEqual([
    'Models: models',
    'For builders: architecture',
    'More: zoo',
  ]);
});
