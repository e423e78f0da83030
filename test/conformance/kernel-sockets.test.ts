import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { counterOf, samplesOf } from './samples.ts';

/**
 * The separate counter of TCP beside what Linux 6.1 did with it under cgroup v1: 64 MiB sent into a connection that nobody reads, at a limit of 1 MiB. The kernel's
 * send buffer was fixed at a size far beyond the limit. It charges whole batches of pages for its large segments and so stops some pages below the limit.
 */
const slack_pages = (kernel_pages: number): number => Math.max(96, 0.03 * kernel_pages);

interface KernelRecording {
  readonly steps: readonly { readonly sample?: string; readonly cgroups?: Readonly<Record<string, Readonly<Record<string, number>>>> }[];
}

describe('a TCP limit of 1 MiB and 64 MiB to send (v1-tcp, 6.1)', () => {
  const kernel: KernelRecording = JSON.parse(readFileSync(new URL('../fixtures/kernel-6.1/v1-tcp.json', import.meta.url), 'utf8'));
  const kernelValue = (sample: string, counter: string): number => kernel.steps.find((step) => step.sample === sample)?.cgroups?.A?.[counter] ?? Number.NaN;
  const samples = samplesOf(
    `memledger: 1
name: v1-tcp
machine: { memory: 768MiB }
containers:
  A: { tcp-max: 1MiB }
objects:
  conn: { socket: tcp, sndbuf: 128MiB }
tasks:
  a: { in: A }
steps:
  - { sample: start }
  - { send: conn, by: a, size: 64MiB }
  - { sample: full }
  - { receive: conn, by: a, size: 64MiB }
  - { sample: drained }
`,
    'pages=static,sockets=separate',
  );

  it('stops at the counter’s own limit', () => {
    const kernel_pages = kernelValue('full', 'memory.kmem.tcp.usage_in_bytes') / 4096;
    expect(kernel_pages).toBe(250);
    expect(Math.abs(counterOf(samples, 'full', 'A', 'tcp') - kernel_pages)).toBeLessThanOrEqual(slack_pages(kernel_pages));
    expect(Math.abs(counterOf(samples, 'full', 'A', 'tcp') - kernel_pages) / kernel_pages).toBeLessThanOrEqual(0.03);
  });

  it('counts the failures there, and leaves the container’s memory alone', () => {
    expect(kernelValue('full', 'memory.kmem.tcp.failcnt')).toBeGreaterThan(0);
    expect(counterOf(samples, 'full', 'A', 'tcp_failcnt')).toBeGreaterThan(0);
    // The task's own few pages and a batch of 64 make up all of the kernel's figure.
    expect(Math.abs(counterOf(samples, 'full', 'A', 'current') - kernelValue('full', 'memory.usage_in_bytes') / 4096)).toBeLessThanOrEqual(slack_pages(0));
    expect(kernelValue('full', 'memory.failcnt')).toBe(0);
    expect(counterOf(samples, 'full', 'A', 'max')).toBe(0);
  });

  it('falls when the connection is read', () => {
    // The kernel's reader did not wait for what was still to be sent again; here it does, and nothing is left.
    expect(kernelValue('drained', 'memory.kmem.tcp.usage_in_bytes')).toBeLessThan(kernelValue('full', 'memory.kmem.tcp.usage_in_bytes'));
    expect(counterOf(samples, 'drained', 'A', 'tcp')).toBe(0);
  });
});
