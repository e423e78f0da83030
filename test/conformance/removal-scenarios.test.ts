import { describe, expect, it } from 'vitest';
import { counterOf, samplesOf } from './samples.ts';

const scenario = (after: string, machine = 'memory: 64MiB'): string => `memledger: 1
name: a container goes
machine: { ${machine} }
containers: { P: {}, P/A: {}, P/B: {} }
objects:
  mapped: { file: 40KiB }
  cache: { file: 80KiB }
  scratch: { tmpfs: 120KiB }
tasks: { a: { in: P/A }, b: { in: P/B } }
steps:
  - { read: mapped, by: a }
  - { read: cache, by: a }
  - { write: scratch, by: a }
  - { map: mapped, by: b, as: lib }
  - { peek: lib, by: b }
  - { exit: a }
  - { remove: P/A }
  - { sample: removed }
${after}
`;

const pages = (samples: ReturnType<typeof samplesOf>, sample: string, path: string): number => counterOf(samples, sample, path, 'current');
const dying = (samples: ReturnType<typeof samplesOf>, sample: string, path = 'P'): number => counterOf(samples, sample, path, 'nr_dying_descendants');

describe('removal under static ownership', () => {
  it('zombie: all stays with the dying container', () => {
    const samples = samplesOf(scenario('  - { drop-caches: all }\n  - { sample: dropped }\n'), 'pages=static,removal=zombie');
    expect([pages(samples, 'removed', 'P'), pages(samples, 'removed', 'P/B'), dying(samples, 'removed'), dying(samples, 'removed', '.')]).toEqual([
      60, 0, 1, 1,
    ]);
    expect([pages(samples, 'dropped', 'P'), dying(samples, 'dropped')]).toEqual([40, 1]);
  });
  it('recharge', () => {
    const samples = samplesOf(scenario('  - { read: cache, by: b }\n  - { read: scratch, by: b }\n  - { sample: used }\n'), 'pages=static,removal=recharge');
    expect([pages(samples, 'removed', 'P'), pages(samples, 'removed', 'P/B'), dying(samples, 'removed')]).toEqual([60, 10, 1]);
    expect([pages(samples, 'used', 'P'), pages(samples, 'used', 'P/B'), dying(samples, 'used')]).toEqual([60, 60, 0]);
  });
  it('free', () => {
    const samples = samplesOf(scenario(''), 'pages=static,removal=free');
    expect([pages(samples, 'removed', 'P'), pages(samples, 'removed', 'P/B'), dying(samples, 'removed')]).toEqual([30, 0, 0]);
    const swap = samplesOf(scenario('', 'memory: 64MiB, swap: 64MiB'), 'pages=static,removal=free');
    expect([pages(swap, 'removed', 'P'), counterOf(swap, 'removed', 'P', 'swap'), dying(swap, 'removed')]).toEqual([0, 30, 1]);
  });
});

describe('removal of a tmpfs file’s creator under partial ownership', () => {
  const PAGE = 2 ** 24;
  const yaml = (machine: string): string => `memledger: 1
name: the creator of a tmpfs file goes
machine: { ${machine} }
containers: { P: {}, P/A: {}, P/B: {} }
objects: { scratch: { tmpfs: 120KiB } }
tasks: { a: { in: P/A }, b: { in: P/B } }
steps:
  - { write: scratch, by: a, range: 0..80KiB }
  - { exit: a }
  - { remove: P/A }
  - { sample: removed }
  - { write: scratch, by: b }
  - { sample: written }
`;
  const state = (removal: string, sample: string, machine = 'memory: 64MiB'): number[] => {
    const samples = samplesOf(yaml(machine), `pages=partial,removal=${removal}`);
    const at = (path: string, counter: 'current' | 'swap' | 'nr_dying_descendants', unit = 1) => counterOf(samples, sample, path, counter) / unit;
    const own = at('P', 'current', PAGE) - at('P/B', 'current', PAGE);
    return [own, at('P/B', 'current', PAGE), at('P', 'swap'), at('P', 'nr_dying_descendants')];
  };

  it('zombie: a dead container goes on paying for the file that it created', () => {
    expect([state('zombie', 'removed'), state('zombie', 'written')]).toEqual([
      [20, 0, 0, 1],
      [30, 0, 0, 1],
    ]);
  });

  it('reparent: its parent pays', () => {
    expect([state('reparent', 'removed'), state('reparent', 'written')]).toEqual([
      [20, 0, 0, 0],
      [30, 0, 0, 0],
    ]);
  });

  it('free: what swap takes goes there, the rest is the parent’s', () => {
    expect(state('free', 'removed')).toEqual([20, 0, 0, 0]);
    expect(state('free', 'removed', 'memory: 64MiB, swap: 64MiB')).toEqual([0, 0, 20, 1]);
    expect(state('free', 'written', 'memory: 64MiB, swap: 64MiB')).toEqual([30, 0, 0, 0]);
  });
});
