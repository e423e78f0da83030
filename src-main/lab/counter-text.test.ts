import { expect, it } from 'vitest';
import { COUNTERS } from '../../src-engine/record/counters.ts';
import { counterText } from './counter-text.ts';

it('writes counts as counts and memory as memory, by the names of reports and of the table alike', () => {
  expect(counterText('current')(2 ** 21)).toBe('2MiB');
  expect(counterText('psi_some_avg10')(1250)).toContain('12.50');
  for (const { name, unit, file } of COUNTERS) {
    if (unit !== 'count') continue;
    for (const written of file === 'memory.events' ? [name, `events.${name}`] : [name])
      expect([written, counterText(written)(4096)]).toEqual([written, '4,096']);
  }
});
