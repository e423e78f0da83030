import { expect, test } from 'vitest';
import { COUNTER, COUNTERS } from './counters.ts';
import { parseWatch } from './watch-text.ts';

const names = {
  counters: COUNTERS,
  containers: [
    { id: 0, path: '.' },
    { id: 1, path: 'pods/a' },
    { id: 2, path: 'pods/a' },
  ],
  objects: [
    { id: 0, name: 'lib', base: 0, page_count: 10 },
    { id: 1, name: 'a:heap', base: 10, page_count: 5 },
    { id: 2, name: 'twin', base: 15, page_count: 1 },
    { id: 3, name: 'twin', base: 16, page_count: 1 },
  ],
};

test.each([
  ['pods/a current', { what: 'counter', container: 2, counter: COUNTER.current }, { when: 'changes' }, 'pods/a current'],
  ['. memory.max', { what: 'counter', container: 0, counter: COUNTER.limit_max }, { when: 'changes' }, '. memory.max'],
  ['. events.max > 3', { what: 'counter', container: 0, counter: COUNTER.max }, { when: 'above', value: 3 }, '. events.max > 3'],
  ['pods/a current < 1.5MiB', { what: 'counter', container: 2, counter: COUNTER.current }, { when: 'below', value: 1.5 * 2 ** 20 }, 'pods/a current < 1.5MiB'],
  [
    'pods/a current > 100 pages',
    { what: 'counter', container: 2, counter: COUNTER.current },
    { when: 'above', value: 100 * 4096 },
    'pods/a current > 100 pages',
  ],
  ['pods/a pgscan > 2k', { what: 'counter', container: 2, counter: COUNTER.pgscan }, { when: 'above', value: 2048 }, 'pods/a pgscan > 2k'],
  [
    'pods/a psi_some_avg10 > 2.5 %',
    { what: 'counter', container: 2, counter: COUNTER.psi_some_avg10 },
    { when: 'above', value: 250 },
    'pods/a psi_some_avg10 > 2.5 %',
  ],
  ['lib mapped > 1 MiB', { what: 'object', object: 0, fact: 'mapped' }, { when: 'above', value: 256 }, 'lib mapped > 1 MiB'],
  ['lib mapped < 12', { what: 'object', object: 0, fact: 'mapped' }, { when: 'below', value: 12 }, 'lib mapped < 12'],
  ['lib mapped < 12 pages', { what: 'object', object: 0, fact: 'mapped' }, { when: 'below', value: 12 }, 'lib mapped < 12 pages'],
  ['lib resident', { what: 'object', object: 0, fact: 'resident' }, { when: 'changes' }, 'lib resident'],
  ['lib[7]', { what: 'page', page: 7, fact: 'owner' }, { when: 'changes' }, 'lib[7] owner'],
  ['page a:heap[2] mapcount > 1', { what: 'page', page: 12, fact: 'mapcount' }, { when: 'above', value: 1 }, 'a:heap[2] mapcount > 1'],
  ['a:heap:2 mapcount', { what: 'page', page: 12, fact: 'mapcount' }, { when: 'changes' }, 'a:heap[2] mapcount'],
  ['lib:7', { what: 'page', page: 7, fact: 'owner' }, { when: 'changes' }, 'lib[7] owner'],
  ['#1[4] list', { what: 'page', page: 14, fact: 'list' }, { when: 'changes' }, 'a:heap[4] list'],
  ['twin[0]', { what: 'page', page: 16, fact: 'owner' }, { when: 'changes' }, 'twin[0] owner'],
  ['#2[0]', { what: 'page', page: 15, fact: 'owner' }, { when: 'changes' }, '#2[0] owner'],
  ['#2 resident', { what: 'object', object: 2, fact: 'resident' }, { when: 'changes' }, '#2 resident'],
])('%s is read', (text, watched, condition, full) => {
  expect(parseWatch(text, names)).toEqual({ ok: true, value: { watched, condition, text: full } });
  expect(parseWatch(full, names)).toEqual(parseWatch(text, names));
});

test.each([
  ['lib[10]', 'watch-no-page', 'its pages are 0 to 9'],
  ['libs[1]', 'watch-unknown', 'did you mean `lib`?'],
  ['pods/a curent', 'watch-unknown', 'did you mean `current`?'],
  ['pods/a memory.curent', 'watch-unknown', 'did you mean `memory.current`?'],
  ['lib[1] owner > 2', 'watch-no-number', 'leave the condition out'],
  ['lib owners', 'watch-unknown', 'did you mean `owner`?'],
  ['pods/a pgscan > 2MiB', 'watch-unit', expect.stringContaining('counted')],
  ['lib[1] mapcount > 2 pages', 'watch-unit', expect.stringContaining('counted')],
  ['pods/a current > 5%', 'watch-unit', expect.stringContaining('counted')],
  ['nonsense', 'watch-unclear', expect.stringContaining('lib[812]')],
  ['A.current', 'watch-unclear', expect.not.stringContaining('`')],
])('%s is refused with a remedy', (text, code, remedy) => {
  expect(parseWatch(text, names)).toMatchObject({ ok: false, errors: [{ code, remedy }] });
});
