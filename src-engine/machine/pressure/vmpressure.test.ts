import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterOf, samplesOf } from '../../../test/conformance/samples.ts';
import { VMPRESSURE } from '../../record/events.ts';
import { type Listener, propagatePressure, vmpressureLevel, vmpressurePercent } from './vmpressure.ts';

const counts = fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 0, max: 100_000 }));

describe('pressure of a window', () => {
  it('lies within 100 and one percent of the exact share that was not reclaimed', () => {
    fc.assert(
      fc.property(counts, ([scanned, reclaimed]) => {
        const percent = vmpressurePercent(scanned, reclaimed);
        const exact = Math.max(0, (1 - reclaimed / scanned) * 100);
        expect(percent).toBeGreaterThanOrEqual(0);
        expect(percent).toBeLessThanOrEqual(100);
        expect(Math.abs(percent - exact)).toBeLessThanOrEqual(1 + 100 / (scanned + reclaimed));
      }),
    );
  });

  it('never falls when less is reclaimed', () => {
    fc.assert(
      fc.property(counts, fc.nat(1000), ([scanned, reclaimed], less) => {
        expect(vmpressurePercent(512, Math.max(0, reclaimed - less))).toBeGreaterThanOrEqual(vmpressurePercent(512, reclaimed));
        expect(vmpressureLevel(vmpressurePercent(scanned, reclaimed))).toBeLessThanOrEqual(VMPRESSURE.critical);
      }),
    );
  });
});

describe('listeners', () => {
  const at = (mode: Listener['mode'], level: number): Listener[] => [{ mode, level }];

  it('are asked for their own level', () => {
    const listeners = [at('default', VMPRESSURE.critical), at('default', VMPRESSURE.medium), at('default', VMPRESSURE.low)];
    expect(propagatePressure(listeners, VMPRESSURE.medium)).toEqual([1]);
    expect(propagatePressure(listeners, VMPRESSURE.critical)).toEqual([0]);
    expect(propagatePressure(listeners, VMPRESSURE.low)).toEqual([2]);
  });

  it('in hierarchy mode hear although one below has been told, in default mode they do not', () => {
    const listeners = [at('default', VMPRESSURE.low), at('default', VMPRESSURE.low), at('hierarchy', VMPRESSURE.low)];
    expect(propagatePressure(listeners, VMPRESSURE.low)).toEqual([0, 2]);
  });
});

describe('reclaim tells it', () => {
  const scenario = (step: string): string => `memledger: 1
name: pressure
machine: { memory: 64MiB, swap: 0 }
containers:
  P: {}
  P/A: { max: 8MiB }
objects:
  stream: { file: 16MiB }
tasks:
  a: { in: P/A }
steps:
  - { alloc: heap, by: a, size: 4MiB }
  - { touch: heap, by: a }
  - ${step}
  - { sample: end }
`;
  const levels = (yaml: string, path: string): number[] => {
    const samples = samplesOf(yaml, 'static');
    return (['vmpressure_low', 'vmpressure_medium', 'vmpressure_critical'] as const).map((counter) => counterOf(samples, 'end', path, counter));
  };

  it('in the container whose limit was hit and no other, by windows of 512 pages', () => {
    const streaming = scenario('{ read: stream, by: a }');
    const scanned = counterOf(samplesOf(streaming, 'static'), 'end', 'P/A', 'pgscan');
    const [low = 0, medium, critical] = levels(streaming, 'P/A');
    expect([medium, critical]).toEqual([0, 0]);
    // A window closes at the end of a walk, so that it may hold some pages more than 512.
    expect(low * 512).toBeLessThanOrEqual(scanned);
    expect((low + 1) * (512 + 64)).toBeGreaterThan(scanned);
    expect(levels(streaming, 'P')).toEqual([0, 0, 0]);
  });

  it('as critical where nothing can be reclaimed', () => {
    const [low, , critical] = levels(scenario('{ touch: heap, by: a }').replace('size: 4MiB', 'size: 9MiB'), 'P/A');
    expect(low).toBe(0);
    expect(critical).toBeGreaterThan(0);
  });

  it('but not memory.reclaim', () => {
    expect(levels(scenario('{ reclaim: P/A, size: 4MiB }').replace('touch: heap', 'read: stream'), 'P/A')[2]).toBe(0);
    expect(levels(scenario('{ reclaim: P/A, size: 4MiB }'), 'P/A')).toEqual([0, 0, 0]);
  });
});
