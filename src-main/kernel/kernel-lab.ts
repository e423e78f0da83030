import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import type { RunRow } from '../lab/contract.ts';
import type { RunProgress } from '../lab/progress.ts';
import { compileText } from '../lab/scenario-text.ts';
import type { Database } from '../store/database.ts';
import { findKernel, type KernelFiles, kernelCacheDir } from './kernel-source.ts';
import type { KernelOptions } from './plan.ts';
import type { Machine } from './qemu.ts';
import { type KernelScenario, preparePlan, recordOnKernel, type StartedRun } from './record-kernel.ts';

/** What to run a scenario on. */
export interface KernelRequest extends KernelOptions {
  /** Each as findKernel takes it. */
  readonly kernels: readonly string[];
  /** Boots of each kernel. */
  readonly repeat: number;
  readonly timeout_ms: number;
  readonly accel: Machine['accel'];
}

export interface KernelHooks {
  readonly signal?: AbortSignal;
  readonly cache_dir?: string;
  /** What is being done now, for people: `fetching …`, `booting …`. */
  readonly onStage?: (stage: string) => void;
  readonly onProgress?: (kernel: string, progress: RunProgress, runs: readonly StartedRun[]) => void;
}

/**
 * Under QEMU's emulation (7.2 of Debian 12) a kernel dies of a fault now and then while it starts, on a busy computer: of 10 boots of one 6.12 beside 20 other processes 4 did,
 * at places that have nothing in common. The next boot mostly goes well.
 */
const START_ATTEMPTS = 3;

/**
 * Runs a scenario on kernels, one boot after another, and answers the rows of all runs in that order. Everything that can be refused before a boot is refused before the first.
 * Errors: those of the text; no such kernel; QEMU or a compiler is missing; the scenario cannot run on this kernel; the database cannot be written.
 */
export async function runOnKernels(
  database: Database,
  scenario: KernelScenario,
  text: string,
  request: KernelRequest,
  hooks: KernelHooks = {},
): Promise<Result<readonly RunRow[]>> {
  const program = compileText(text, scenario.base_dir);
  if (!program.ok) return program;
  const prepared = preparePlan(program.value, request, hooks.cache_dir);
  if (!prepared.ok) return prepared;
  const kernels: KernelFiles[] = [];
  for (const spec of request.kernels) {
    hooks.onStage?.(`looking for ${spec}`);
    const kernel = await findKernel(spec, hooks.cache_dir);
    if (!kernel.ok) return kernel;
    kernels.push(kernel.value);
  }
  const nameOf = nameKernels();
  const rows: RunRow[] = [];
  for (const kernel of kernels) {
    for (let boot = 0; boot < request.repeat && hooks.signal?.aborted !== true; boot++) {
      hooks.onStage?.(`booting ${kernel.spec}${request.repeat === 1 ? '' : ` (${boot + 1} of ${request.repeat})`}`);
      const bootOnce = () =>
        recordOnKernel(database, scenario, program.value, {
          ...request,
          kernel,
          nameOf: (release) => nameOf(kernel, release),
          ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
          ...(hooks.cache_dir === undefined ? {} : { cache_dir: hooks.cache_dir }),
          onProgress: (progress, runs) => hooks.onProgress?.(kernel.spec, progress, runs),
        });
      let recorded = await bootOnce();
      for (let attempt = 2; attempt <= START_ATTEMPTS && request.accel === 'tcg' && diedBeforeStart(recorded); attempt++) {
        hooks.onStage?.(`booting ${kernel.spec} again: it died before the guest had started (attempt ${attempt} of ${START_ATTEMPTS})`);
        recorded = await bootOnce();
      }
      if (!recorded.ok) return fail(...recorded.errors.map((error) => ({ ...error, place: error.place ?? { file: kernel.image } })));
      rows.push(...recorded.value);
    }
  }
  return rows.length > 0 || hooks.signal?.aborted !== true
    ? ok(rows)
    : fail({ code: 'cancelled', message: 'The run was cancelled before a kernel had started.' });
}

/** The guest died before there was a run; a run that has begun is never made again by itself. */
const diedBeforeStart = (recorded: Result<unknown>): boolean => !recorded.ok && recorded.errors.some(({ code }) => code === 'guest-died');

/** Names kernels in runs: by release, and where two kernels call themselves alike, as before and after a patch, by what the user called the later one too. */
export function nameKernels(): (kernel: Pick<KernelFiles, 'spec' | 'image'>, release: string) => string {
  const image_of = new Map<string, string>();
  return ({ spec, image }, release) => {
    const first = image_of.get(release) ?? image;
    image_of.set(release, first);
    return first === image ? `linux ${release}` : `linux ${release} (${spec})`;
  };
}

/** Names of the kernels in the cache, as they can be given again without a download. */
export function cachedKernels(cache_dir: string = kernelCacheDir()): readonly string[] {
  const kernels_dir = join(cache_dir, 'kernels');
  try {
    return readdirSync(kernels_dir)
      .filter((name) => !name.includes('.part-'))
      .sort()
      .map((name) => join(kernels_dir, name));
  } catch {
    return [];
  }
}
