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
