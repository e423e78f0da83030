import { expect, test } from 'vitest';
import { commitLimit, committedPages } from '../../src-engine/machine/spaces/overcommit.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { ERRNO, KIND } from '../../src-engine/record/events.ts';
import { counterOf, samplesOf } from './samples.ts';
import { programOf, worldAfter } from './world-after.ts';

/** The rows DIRTY-5 and DIRTY-6 of the project's list: Documentation/filesystems/proc.rst and Documentation/mm/overcommit-accounting.rst (6.12). */

const GIB_PAGES = 2 ** 18;

test('DIRTY-5: 1G of memory and 7G of swap at a ratio of 30 make a CommitLimit of 7.3G', () => {
  expect(Math.abs(commitLimit(GIB_PAGES, 7 * GIB_PAGES, 30) / GIB_PAGES - 7.3)).toBeLessThanOrEqual(0.05);
  const samples = samplesOf(
    `
memledger: 1
name: limit
machine: { memory: 1GiB, swap: 7GiB, overcommit-memory: 2, overcommit-ratio: 30 }
steps:
  - { sample: first }
`,
    'memcg-v2',
  );
  expect(Math.abs(counterOf(samples, 'first', '.', 'commit_limit') / GIB_PAGES - 7.3)).toBeLessThanOrEqual(0.05);
});

test('DIRTY-6: shared and read-only file mappings commit nothing, private writable ones their size, shared anonymous ones too, private read-only ones nothing', () => {
  const of = (is_file: boolean, is_shared: boolean, is_writable: boolean): number => committedPages({ is_file, is_shared, is_writable, page_count: 100 });
  expect([of(true, true, true), of(true, true, false), of(true, false, false)]).toEqual([0, 0, 0]);
  expect(of(true, false, true)).toBe(100);
  expect([of(false, true, true), of(false, true, false)]).toEqual([100, 100]);
  expect(of(false, false, false)).toBe(0);
  expect(of(false, false, true)).toBe(100);
});

test('DIRTY-6: in a run, size for each instance: a fork commits private memory once more, and shared memory not', () => {
  const samples = samplesOf(
    `
memledger: 1
name: committed
machine: { memory: 64MiB, overcommit-memory: 0 }
objects: { lib: { file: 4MiB } }
tasks: { a: { in: . } }
steps:
  - { map: lib, by: a, as: text }
  - { touch: text, by: a }
  - { sample: file }
  - { alloc: heap, by: a, size: 8MiB }
  - { sample: private }
  - { alloc: pool, by: a, size: 2MiB, shared: true }
  - { sample: shared }
  - { fork: a, as: a2 }
  - { sample: forked }
  - { exit: a2 }
  - { unmap: pool, by: a }
  - { sample: left }
  - { exit: a }
  - { sample: end }
`,
    'memcg-v2',
  );
  const committed = ['file', 'private', 'shared', 'forked', 'left', 'end'].map((sample) => counterOf(samples, sample, '.', 'committed_as') / 256);
  expect(committed).toEqual([0, 8, 10, 18, 8, 0]);
});

/** Memory that may be committed: half of 64 MiB, less 2 MiB for the administrator, and a 32nd of what the task has mapped. */
const modes = (mode: number, user: number, size: string): string => `
memledger: 1
name: modes
machine: { memory: 64MiB, overcommit-memory: ${mode} }
containers: { A: {} }
tasks: { a: { in: A, user: ${user} } }
steps:
  - { alloc: heap, by: a, size: ${size} }
  - { touch: heap, by: a, range: 0..4KiB }
  - { fork: a, as: a2 }
`;
const failuresOf = (yaml: string): readonly number[] => {
  const { rows } = worldAfter(programOf(yaml), 'memcg-v2');
  return rows.filter(({ kind }) => kind === KIND.op_fail).map(({ flags }) => flags);
};

test('mode 2 refuses mmap and fork beyond the limit with ENOMEM, 0 only what is larger than the machine, 1 nothing', () => {
  expect(failuresOf(modes(2, 1000, '31MiB'))).toEqual([ERRNO.ENOMEM]);
  expect(failuresOf(modes(2, 0, '31MiB'))).toEqual([ERRNO.ENOMEM]);
  expect(failuresOf(modes(2, 1000, '14MiB'))).toEqual([]);
  expect(failuresOf(modes(0, 1000, '65MiB'))).toEqual([ERRNO.ENOMEM]);
  expect(failuresOf(modes(0, 1000, '60MiB'))).toEqual([]);
  expect(failuresOf(modes(1, 1000, '65MiB'))).toEqual([]);
});

test('a refused mapping is not there: what would use it is skipped, and nothing is committed', () => {
  const { rows, samples } = worldAfter(programOf(modes(2, 1000, '31MiB')), 'memcg-v2');
  expect(rows.filter(({ kind }) => kind === KIND.step_skip).length).toBe(1);
  expect(samples.at(-1)?.containers[0]?.counters[COUNTER.committed_as]).toBe(0);
});
