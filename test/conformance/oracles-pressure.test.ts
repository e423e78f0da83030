import { describe, expect, test } from 'vitest';
import { parseTrigger } from '../../src-engine/base/pressure-trigger.ts';
import { FrequencyMeter } from '../../src-engine/machine/pressure/cpuset-pressure.ts';
import { averageHundredths, collectTimes, TriggerState, updateAverages } from '../../src-engine/machine/pressure/psi.ts';
import { counterOf, samplesOf } from './samples.ts';

/** Rows of the project's list of oracles on pressure stall information, and the same of whole runs. */

const PERIOD_NS = 2_000_000_000;

/** avg10 in hundredths of a percent after each of the periods, in which so much of the time was lost. */
function avg10(shares: readonly number[]): number[] {
  const averages = [0, 0, 0];
  return shares.map((share) => {
    updateAverages(averages, share * PERIOD_NS, PERIOD_NS);
    return averageHundredths(averages[0]);
  });
}

describe('the arithmetic of kernel/sched/psi.c', () => {
  test('PSI-2: five periods of nothing but stalls', () => {
    expect(avg10([1, 1, 1, 1, 1])).toEqual([1811, 3294, 4509, 5504, 6318]);
  });

  test('PSI-4: ten periods of stalls, then none', () => {
    const shares = [...new Array<number>(10).fill(1), 0, 0, 0, 0, 0];
    expect(avg10(shares).slice(9)).toEqual([8644, 7078, 5796, 4746, 3886, 3182]);
  });

  test('PSI-1: one of 4 tasks on 4 processors waits for memory; a wait on one of 256 processors', () => {
    const busy = { some_ns: 0, full_ns: 0, nonidle_ns: PERIOD_NS };
    const waiting = { some_ns: PERIOD_NS, full_ns: PERIOD_NS, nonidle_ns: PERIOD_NS };
    expect(collectTimes([waiting, busy, busy, busy])).toEqual({ some_ns: PERIOD_NS / 4, full_ns: PERIOD_NS / 4 });
    // 257 tasks on 256 processors: on one of them somebody waits while another works.
    const shared = { ...waiting, full_ns: 0 };
    const { some_ns, full_ns } = collectTimes([shared, ...new Array<typeof busy>(255).fill(busy)]);
    expect([(some_ns / PERIOD_NS) * 100, full_ns]).toEqual([expect.closeTo(0.4, 1), 0]);
  });

  test('PSI-5: triggers as they are written, and what the kernel refuses', () => {
    expect(parseTrigger('some 150000 1000000')).toEqual({ state: 'some', threshold_us: 150_000, window_us: 1_000_000 });
    expect(parseTrigger('full 50000 1000000')).toEqual({ state: 'full', threshold_us: 50_000, window_us: 1_000_000 });
    for (const refused of ['some 0 1000000', 'some 1000001 1000000', 'some 1 0', 'full 1 10000001', 'half 1 2', 'some 1', 'some -1 2'])
      expect(parseTrigger(refused), refused).toBeNull();
  });

  test('PSI-5: a trigger fires when stalls within its window reach the threshold, and once a window', () => {
    const trigger = new TriggerState({ state: 'some', threshold_us: 150_000, window_us: 1_000_000 }, 0, 0);
    const fired: number[] = [];
    // 20 ms of stalls in each tenth of the window: 160 ms after 8 of them.
    for (let poll = 1; poll <= 30; poll++) if (trigger.update(poll * 1e8, poll * 2e7)) fired.push(poll);
    expect(fired).toEqual([8, 18, 28]);
  });

  test.each([
    [1, 670],
    [5, 2929],
    [10, 4999],
    [60, 9838],
  ])('PSI-7: memory_pressure of a cpuset after %i s of ten direct reclaims a second', (seconds, expected) => {
    const meter = new FrequencyMeter();
    for (let second = 0; second < seconds; second++) {
      for (let event = 0; event < 10; event++) meter.mark(second);
    }
    expect(meter.read(seconds)).toBe(expected);
  });
});

/** Two tasks in A/B, whose limit of 4 MiB is less than what they use; swap is large. */
const scene = (steps: readonly string[], limits = 'max: 4MiB', machine = ''): string => `
memledger: 1
name: pressure
machine: { memory: 64MiB, swap: 64MiB${machine} }
containers: { A: {}, A/B: { ${limits} }, C: {} }
tasks: { a: { in: A/B }, b: { in: A/B }, c: { in: C } }
steps:
${steps.map((step) => `  - ${step}`).join('\n')}
`;

const THRASH = ['{ alloc: heap, by: a, size: 8MiB }', '{ touch: heap, by: a }', '{ touch: heap, by: a }', '{ touch: heap, by: a }', '{ sample: after }'];

describe('memory.pressure of containers', () => {
  test('stalls count in the container and all above, and nowhere else; alone, a task that stalls is everybody', () => {
    const samples = samplesOf(scene(THRASH), 'memcg-v2');
    const total = (path: string, state: 'some' | 'full'): number => counterOf(samples, 'after', path, `psi_${state}_total`);
    expect(total('A/B', 'some')).toBeGreaterThan(0);
    for (const path of ['A', '.']) expect(total(path, 'some')).toBe(total('A/B', 'some'));
    expect(total('C', 'some')).toBe(0);
    expect(total('A/B', 'full')).toBe(total('A/B', 'some'));
  });

  test('what is reclaimed on request of user space stalls nobody', () => {
    const steps = ['{ alloc: heap, by: a, size: 8MiB }', '{ touch: heap, by: a }', '{ reclaim: A/B, size: 4MiB }', '{ sample: after }'];
    expect(counterOf(samplesOf(scene(steps, 'max: max'), 'memcg-v2'), 'after', 'A/B', 'psi_some_total')).toBe(0);
  });

  test('a task throttled by high stalls for as long as it sleeps; averages rise, and fall while nobody does anything', () => {
    const steps = [
      '{ alloc: heap, by: a, size: 8MiB }',
      '{ touch: heap, by: a }',
      '{ sample: after }',
      '{ sleep: 10s }',
      '{ sample: later }',
      '{ sleep: 4000s }',
      '{ sample: end }',
    ];
    const samples = samplesOf(scene(steps, 'high: 4MiB', '').replace(', swap: 64MiB', ''), 'memcg-v2');
    const value = (sample: string, counter: 'psi_some_avg10' | 'psi_some_avg300' | 'psi_some_total'): number => counterOf(samples, sample, 'A/B', counter);
    // 1024 pages over by 64 at a time: 15 settlements past the first 64 or so, each up to 2 s.
    expect(value('after', 'psi_some_total')).toBeGreaterThan(20_000_000);
    expect(value('after', 'psi_some_avg10')).toBeGreaterThan(9000);
    expect(value('later', 'psi_some_avg10')).toBeLessThan(value('after', 'psi_some_avg10') / 2);
    expect(value('later', 'psi_some_total')).toBe(value('after', 'psi_some_total'));
    expect([value('end', 'psi_some_avg10'), value('end', 'psi_some_avg300')]).toEqual([0, 0]);
  });

  test('a trigger fires while stalls go on', () => {
    const samples = samplesOf(scene(THRASH, "max: 4MiB, pressure-triggers: ['some 1000 100000', 'full 1000000 1000000']"), 'memcg-v2');
    expect(counterOf(samples, 'after', 'A/B', 'psi_triggers')).toBeGreaterThan(0);
    expect(counterOf(samples, 'after', 'A', 'psi_triggers')).toBe(0);
  });

  test('of two tasks of a container on two processors one waits: half of the time is lost to it', () => {
    const grown = (cpu: number): number => {
      const yaml = scene([
        '{ alloc: heap, by: a, size: 8MiB }',
        '{ alloc: other, by: b, size: 64KiB }',
        '{ touch: heap, by: a }',
        '{ touch: other, by: b }',
        '{ sample: before }',
        '{ together: [{ workload: uniform, over: heap, by: a, accesses: 4000 }, { workload: uniform, over: other, by: b, accesses: 4000 }] }',
        '{ sample: after }',
      ])
        .replace('b: { in: A/B }', `b: { in: A/B, cpu: ${cpu} }`)
        .replace('swap: 64MiB', 'swap: 64MiB, cpus: 2');
      const samples = samplesOf(yaml, 'memcg-v2');
      return counterOf(samples, 'after', 'A/B', 'psi_some_total') - counterOf(samples, 'before', 'A/B', 'psi_some_total');
    };
    const alone = grown(0);
    expect(alone).toBeGreaterThan(1000);
    expect(Math.abs(grown(1) / alone - 0.5)).toBeLessThan(0.05);
  });

  test('cpuset.memory_pressure counts reclaim of zone containers only', () => {
    // A second later, for what happens within one is counted when it is over.
    const zones = samplesOf(scene([...THRASH.slice(0, -1), '{ sleep: 1s }', '{ sample: after }']), 'software-zones');
    expect(counterOf(zones, 'after', 'A/B', 'cpuset_memory_pressure')).toBeGreaterThan(0);
    expect(counterOf(samplesOf(scene(THRASH), 'memcg-v2'), 'after', 'A/B', 'cpuset_memory_pressure')).toBe(0);
  });
});
