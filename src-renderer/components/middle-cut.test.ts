import { expect, test } from 'vitest';
import { tailStart } from './middle-cut.ts';

const tail = (text: string): string => text.slice(tailStart(text));

test('names that differ only at their end keep it, in whole words and the less the shorter the name is', () => {
  expect(tail('linux 6.1.0-56-cloud-amd64 rss')).toBe('amd64 rss');
  expect(tail('linux 6.1.0-56-cloud-amd64')).toBe('amd64');
  expect(tail('A noisy neighbour, without and with protection')).toBe('with protection');
  expect(tail('Criteria: an attacker floods memory')).toBe('floods memory');
  expect(tail('kubepods.slice/kubepods-burstable.slice/pod-17')).toBe('pod-17');
});

test('short names have no tail, and one word without end is cut anywhere', () => {
  expect(tail('memcg-v1-slab-optout')).toBe('');
  expect(tail('abcdefghijklmnopqrstuvwxyz0123456789')).toHaveLength(14);
});
