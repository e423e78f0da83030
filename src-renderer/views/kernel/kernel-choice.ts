import type { LabError } from '../../../src-engine/base/result.ts';
import type { Answer } from '../../../src-main/lab/contract.ts';
import { asSentence, formatBytes } from '../../format.ts';

export const KERNEL_ACCOUNTS = [
  { id: 'memcg', title: 'Charges', hint: 'memory.current and memory.stat: what the kernel charges' },
  { id: 'pss', title: 'PSS', hint: 'Shares of mapped pages: the counterpart of partial' },
  { id: 'rss', title: 'Distinct mapped pages', hint: 'The counterpart of rss' },
  { id: 'zones', title: 'NUMA nodes', hint: 'A node for each container, kept by a cpuset: the counterpart of software-zones; on a machine of its own' },
] as const;
export type KernelAccount = (typeof KERNEL_ACCOUNTS)[number]['id'];

/** A kernel to tick: as it is given to the lab, and what it is called in the list. */
export interface KernelEntry {
  readonly spec: string;
  readonly title: string;
}

/** Kernels to choose from: packages, what the user named, and what the cache holds of other versions. */
export function kernelEntries({ suggested, others, cached }: Answer<'kernels'>, named: readonly string[]): readonly KernelEntry[] {
  const packages = [suggested, ...others, ...named].map((spec) => ({ spec, title: spec }));
  // A directory of the cache bears the names of all its packages; the kernel's own says enough.
  const kept = cached.map((path) => ({ spec: path, title: `cached: ${(path.split('/').at(-1) ?? path).split('+linux-')[0] ?? path}` }));
  // Two directories of one kernel, of which one has the package that stands for the newest kernel too, are one to choose.
  return [...packages, ...kept].filter(({ spec, title }, index, all) => all.findIndex((other) => other.spec === spec || other.title === title) === index);
}

/** Why a scenario is refused, and what to do: behind the number of its line, or as a sentence of its own. */
export function refusalInWords({ message, remedy, place }: LabError): string {
  return [place?.line === undefined ? asSentence(message) : `${message}.`, ...(remedy === undefined ? [] : [asSentence(remedy)])].join(' ');
}

/** What a kernel needs before it can be booted, in words. */
export function needInWords({ download, errors }: Answer<'checkKernelRuns'>['needs'][number]): string {
  const [error] = errors;
  if (error !== undefined) return `${error.message}${error.remedy === undefined ? '' : ` ${asSentence(error.remedy)}`}`;
  return download === null
    ? 'at hand'
    : `will be downloaded: ${download.packages.join(', ')} (${formatBytes(download.bytes)}), unpacked into the cache and not installed`;
}
