import { describe, expect, it } from 'vitest';
import type { ComparedCounter } from './compare-runs.ts';
import { compareText } from './compare-text.ts';
import { TEXT_COLUMNS } from './text.ts';

const MODELS = ['static', 'partial', 'rss', 'software-zones'];
const counter = (...values: number[]): ComparedCounter => ({
  values: Object.fromEntries(values.map((value, index) => [MODELS[index] ?? '', value])),
  deltas: Object.fromEntries(values.slice(1).map((value, index) => [MODELS[index + 1] ?? '', value - (values[0] ?? 0)])),
});
const MIB = 2 ** 20;

describe('compareText', () => {
  it('shows the longest counter names whole, beside four models, within a mail’s width', () => {
    const amounts = counter(123.45 * MIB, 1.5 * MIB, 0, 999.25 * MIB);
    const counts = counter(1_234_567, 0, 12, 2_345_678);
    const containers = { A: { current: amounts, workingset_activate_file: counts, 'events.max': counter(1, 1, 1, 1) } };
    const text = compareText({ baseline: 'static', samples: [{ sample: 'end', step: 3, containers }] }, MODELS);
    expect(text.split('\n')).toEqual([
      'end (step 3)',
      '  A                             static    partial        rss …ware-zones',
      '    current                   123.5MiB  −122.0MiB  −123.5MiB   +875.8MiB',
      '    workingset_activate_file 1,234,567 −1,234,567 −1,234,555  +1,111,111',
    ]);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(TEXT_COLUMNS);
  });

  it('writes failures at a limit and windows of pressure as counts', () => {
    const containers = { A: { tcp_failcnt: counter(340, 0), vmpressure_low: counter(30, 23), pins_max: counter(0, 2), pins: counter(0, 8192) } };
    const text = compareText({ baseline: 'static', samples: [{ sample: 'end', step: 3, containers }] }, MODELS.slice(0, 2));
    expect(text.split('\n').map((line) => line.trim().split(/ +/))).toEqual([
      ['end', '(step', '3)'],
      ['A', 'static', 'partial'],
      ['tcp_failcnt', '340', '−340'],
      ['vmpressure_low', '30', '−7'],
      ['pins_max', '0', '+2'],
      ['pins', '0', '+8KiB'],
    ]);
  });

  it('keeps decimals where there is room', () => {
    const containers = { A: { current: counter(1.25 * MIB, 2.75 * MIB) } };
    expect(compareText({ baseline: 'static', samples: [{ sample: 'end', step: 3, containers }] }, MODELS.slice(0, 2))).toBe(
      ['end (step 3)', '  A              static      partial', '    current     1.25MiB     +1.50MiB'].join('\n'),
    );
  });
});
