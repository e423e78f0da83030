import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { createColumns } from '../../src-engine/record/events.ts';
import type { EngineSample } from '../../src-engine/record/run.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { simulate } from '../../src-engine/simulate.ts';

/**
 * The machine's reclaim beside what Linux 6.1 (classic two-list LRU) did in the same experiment. The kernel's figures hold a task's own few pages, slab and a charge
 * batch of 64 pages; they must agree within 3 % or 96 pages.
 */
const slack_pages = (kernel_pages: number): number => Math.max(96, 0.03 * kernel_pages);

function samplesOf(yaml: string): ReadonlyMap<string, EngineSample> {
  const parsed = parseScenario(yaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  const samples = new Map<string, EngineSample>();
  const columns = createColumns();
  const run = simulate(program.value, 'static', { seal: () => columns, sample: (sample) => void samples.set(sample.name, sample) });
  if (!run.ok) throw new Error(JSON.stringify(run.errors));
  return samples;
}

function pagesOf(samples: ReadonlyMap<string, EngineSample>, name: string, path: string, counter: keyof typeof COUNTER): number {
  const container = samples.get(name)?.containers.find((candidate) => candidate.path === path);
  if (container === undefined) throw new Error(`no ${path} in sample ${name}`);
  return container.counters[COUNTER[counter]];
}

const recording = (name: string): KernelRecording => JSON.parse(readFileSync(new URL(`../fixtures/kernel-6.1/${name}.json`, import.meta.url), 'utf8'));

interface KernelRecording {
  readonly steps: readonly { readonly sample?: string; readonly cgroups?: Readonly<Record<string, Readonly<Record<string, number>>>> }[];
}

function kernelValue(kernel: KernelRecording, sample: string, path: string, counter: string): number {
  return kernel.steps.find((step) => step.sample === sample)?.cgroups?.[path]?.[counter] ?? 0;
}

describe('64 MiB of cache through a 16 MiB limit (cache-limit, 6.1)', () => {
  const kernel = recording('cache-limit');
  const samples = samplesOf(`memledger: 1
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
`);

  for (const sample of ['pass1', 'pass2', 'small1', 'small2']) {
    it(`refaults exactly as many pages at ${sample}`, () => {
      expect(pagesOf(samples, sample, 'A', 'workingset_refault_file')).toBe(kernelValue(kernel, sample, 'A', 'workingset_refault_file'));
    });
    for (const counter of ['pgscan', 'pgsteal'] as const) {
      it(`agrees on ${counter} at ${sample} within the kernel's slack`, () => {
        const kernel_pages = kernelValue(kernel, sample, 'A', counter);
        expect(Math.abs(pagesOf(samples, sample, 'A', counter) - kernel_pages)).toBeLessThanOrEqual(slack_pages(kernel_pages));
      });
    }
    for (const counter of ['file', 'inactive_file', 'active_file'] as const) {
      it(`agrees on ${counter} at ${sample} within the kernel's slack`, () => {
        const kernel_pages = kernelValue(kernel, sample, 'A', counter) / 4096;
        expect(Math.abs(pagesOf(samples, sample, 'A', counter) - kernel_pages)).toBeLessThanOrEqual(slack_pages(kernel_pages));
      });
    }
  }
});
