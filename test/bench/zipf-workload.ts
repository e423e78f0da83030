import { mixSeed, Random } from '../../src-engine/base/random.ts';
import { createPattern } from '../../src-engine/scenario/generators.ts';
import type { Program, WorkloadPattern } from '../../src-engine/scenario/program.ts';
import { compileText } from '../../src-main/lab/scenario-text.ts';
import { must } from './scratch.ts';

/** A file of 4 GiB under a limit of 400 MiB, in pages of 4 KiB. */
export const PAGE_COUNT = 2 ** 20;
export const CAPACITY_PAGES = 102_400;
const SKEW = 0.99;
const SEED = 1;

/** Accesses with Zipf's frequencies over all pages; a seeded permutation scatters the popular ones, as in a real cache neighbours are not alike. */
export function zipfTrace(access_count: number): Uint32Array<ArrayBuffer> {
  const trace = new Uint32Array(access_count);
  createPattern({ kind: 'zipf', skew: SKEW }, PAGE_COUNT, SEED).fill(trace, access_count);
  const page_of_rank = permutation();
  for (let at = 0; at < access_count; at++) trace[at] = page_of_rank[trace[at]];
  return trace;
}

/** Fisher and Yates's shuffle of all pages. */
function permutation(): Uint32Array {
  const pages = Uint32Array.from({ length: PAGE_COUNT }, (_, page) => page);
  const words = new Uint32Array(PAGE_COUNT);
  new Random(mixSeed(SEED, 1)).fill(words, PAGE_COUNT);
  for (let last = PAGE_COUNT - 1; last > 0; last--) {
    const other = words[last] % (last + 1);
    const page = pages[last];
    pages[last] = pages[other];
    pages[other] = page;
  }
  return pages;
}

/** The scenario of all measurements: one task in a container three levels deep reads pages of one file. `steps` of so many accesses each. */
export function zipfScenario(step_count: number, accesses_per_step: number): string {
  return `memledger: 1
name: Zipf over a file ten times as large as its cache
machine: { memory: 512MiB }
containers:
  pods/a/b: { max: 400MiB }
objects:
  data: { file: 4GiB }
tasks:
  reader: { in: pods/a/b }
steps:
  - { repeat: ${step_count}, steps: [ { workload: zipf, over: data, by: reader, accesses: ${accesses_per_step}, skew: ${SKEW} } ] }
models: [static]
`;
}

/** That scenario as one step over a given trace. */
export function traceProgram(pages: Uint32Array): Program {
  const program = must(compileText(zipfScenario(1, pages.length), null));
  const pattern: WorkloadPattern = { kind: 'trace', file: 'zipf', pages };
  const [repeat] = program.steps;
  if (repeat?.kind !== 'repeat') throw new Error('the scenario begins with a repeat');
  const steps = repeat.steps.map((step) => (step.kind === 'op' && step.op.verb === 'workload' ? { ...step, op: { ...step.op, pattern } } : step));
  return { ...program, steps };
}
