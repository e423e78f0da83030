import { describe, expect, test } from 'vitest';
import { parseJump, parseTime } from './jump.ts';

const CONTEXT = {
  event_index: 1000,
  event_count: 50_000,
  step_index: 3,
  step_count: 20,
  time_ns: 2_000_000,
  samples: [
    { name: 'a-owns', event_index: 77 },
    { name: '12', event_index: 5 },
  ],
};

describe('parseJump', () => {
  test.each([
    ['12345', { event: 12345 }],
    ['12 345', { event: 12345 }],
    ['12,345', { event: 12345 }],
    ['event 10', { event: 10 }],
    ['#12345', { event: 12345 }],
    ['+500', { event: 1500 }],
    ['-20', { event: 980 }],
    ['−5000', { event: 0 }],
    ['+1000000', { event: 50_000 }],
    ['step 12', { step: 12 }],
    ['s12', { step: 12 }],
    ['step +1', { step: 4 }],
    ['step -9', { step: 0 }],
    ['1.5ms', { time_ns: 1_500_000 }],
    ['+250 µs', { time_ns: 2_250_000 }],
    ['-1s', { time_ns: 0 }],
    ['A-Owns', { event: 77 }],
    ['12', { event: 5 }],
  ])('%s', (typed, request) => {
    expect(parseJump(typed, CONTEXT)).toEqual({ request });
  });

  test.each([
    ['next oom of B', { find: 'oom B', delta: 1 }],
    ['Previous recharge', { find: 'recharge', delta: -1 }],
    ['prev high of pods/b by w', { find: 'high pods/b w', delta: -1 }],
  ])('%s is a search', (typed, search) => {
    expect(parseJump(typed, CONTEXT)).toEqual(search);
  });

  test.each(['', 'next', '#50001', '#', 'nowhere', '1.5', '99999999', 'step 20', 'step 5ms'])('“%s” is told to be no place', (typed) => {
    expect(parseJump(typed, CONTEXT)).toHaveProperty('problem');
  });
});

describe('parseTime', () => {
  test('takes a number with its unit and nothing else', () => {
    expect(['1.5ms', '20 us', '3s', '7ns'].map(parseTime)).toEqual([1_500_000, 20_000, 3_000_000_000, 7]);
    expect(['1.5', '-1ms', 'ms', '1m'].map(parseTime)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
