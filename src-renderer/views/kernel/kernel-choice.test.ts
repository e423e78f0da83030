import { describe, expect, test } from 'vitest';
import { kernelEntries, needInWords, refusalInWords } from './kernel-choice.ts';

describe('kernels to choose from', () => {
  test('are packages, what the user named, and the cache, each once', () => {
    const kernels = {
      suggested: 'a',
      others: ['a/trixie'],
      cached: ['/c/kernels/linux-binary-7_1', '/c/kernels/linux-binary-7_1+linux-modules-7_1'],
      timeout_s: 1,
      lacked: [],
    };
    expect(kernelEntries(kernels, ['/my/bzImage', 'a']).map(({ title }) => title)).toEqual(['a', 'a/trixie', '/my/bzImage', 'cached: linux-binary-7_1']);
  });
});

describe('what a kernel needs', () => {
  test('is at hand, will be downloaded, or cannot be had', () => {
    expect(needInWords({ kernel: 'k', download: null, errors: [] })).toBe('at hand');
    expect(needInWords({ kernel: 'k', download: { packages: ['linux-image-6.1 6.1-1'], bytes: 2 ** 20 }, errors: [] })).toMatch(
      /^will be downloaded: linux-image-6\.1 6\.1-1 \([\d.]+\sMiB\)/,
    );
    expect(needInWords({ kernel: 'k', download: null, errors: [{ code: 'x', message: 'There is no kernel k.', remedy: 'give a bzImage' }] })).toBe(
      'There is no kernel k. Give a bzImage.',
    );
  });
});

test('a refusal begins behind the number of its line, or as a sentence', () => {
  const refusal = { code: 'x', message: 'no kernel has a limit of pins', remedy: 'take it out' };
  expect(refusalInWords(refusal)).toBe('No kernel has a limit of pins. Take it out.');
  expect(refusalInWords({ ...refusal, place: { line: 3, column: 1 } })).toBe('no kernel has a limit of pins. Take it out.');
});
