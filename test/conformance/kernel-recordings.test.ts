import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { counterOf, samplesOf } from './samples.ts';

/**
 * The machine's reclaim beside what Linux 6.1 (classic two-list LRU) did in the same experiment. The kernel's figures hold a task's own few pages, slab and a charge
 * batch of 64 pages; they must agree within 3 % or 96 pages.
 */
const slack_pages = (kernel_pages: number): number => Math.max(96, 0.03 * kernel_pages);

const recording = (name: string): KernelRecording => JSON.parse(readFileSync(new URL(`../fixtures/kernel-6.1/${name}.json`, import.meta.url), 'utf8'));

interface KernelRecording {
  readonly steps: readonly { readonly sample?: string; readonly cgroups?: Readonly<Record<string, Readonly<Record<string, number>>>> }[];
}

function kernelValue(kernel: KernelRecording, sample: string, path: string, counter: string): number {
  return kernel.steps.find((step) => step.sample === sample)?.cgroups?.[path]?.[counter] ?? 0;
}

describe('64 MiB of cache through a 16 MiB limit (cache-limit, 6.1)', () => {
  const kernel = recording('cache-limit');
  const samples = samplesOf(
    `memledger: 1
name: cache-limit
machine: { memory: 768MiB }
containers:
  A: { max: 16MiB }
objects:
  f: { file: 64MiB }
tasks:
  a: { in: A }
steps:
  - { read: f, by: a }
  - { sample: pass1 }
  - { read: f, by: a }
  - { sample: pass2 }
  - { read: f, by: a, range: 0..8MiB }
  - { sample: small1 }
  - { read: f, by: a, range: 0..8MiB }
  - { sample: small2 }
`,
    'static',
  );

  for (const sample of ['pass1', 'pass2', 'small1', 'small2']) {
    it(`refaults exactly as many pages at ${sample}`, () => {
      expect(counterOf(samples, sample, 'A', 'workingset_refault_file')).toBe(kernelValue(kernel, sample, 'A', 'workingset_refault_file'));
    });
    for (const counter of ['pgscan', 'pgsteal'] as const) {
      it(`agrees on ${counter} at ${sample} within the kernel's slack`, () => {
        const kernel_pages = kernelValue(kernel, sample, 'A', counter);
        expect(Math.abs(counterOf(samples, sample, 'A', counter) - kernel_pages)).toBeLessThanOrEqual(slack_pages(kernel_pages));
      });
    }
    for (const counter of ['file', 'inactive_file', 'active_file'] as const) {
      it(`agrees on ${counter} at ${sample} within the kernel's slack`, () => {
        const kernel_pages = kernelValue(kernel, sample, 'A', counter) / 4096;
        expect(Math.abs(counterOf(samples, sample, 'A', counter) - kernel_pages)).toBeLessThanOrEqual(slack_pages(kernel_pages));
      });
    }
  }
});
