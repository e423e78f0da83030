import { ok } from '../../src-engine/base/result.ts';
import { type KernelRequest, runOnKernels } from '../kernel/kernel-lab.ts';
import type { KernelScenario } from '../kernel/record-kernel.ts';
import { openDatabase } from '../store/database.ts';
import { serveCalls } from './child-calls.ts';
import { parentPort } from './process-host.ts';

/** Entry of the process that runs scenarios on real kernels: one call at a time, over a connection of its own, apart from the process that simulates. */
export interface KernelCall {
  readonly db_path: string;
  readonly scenario: KernelScenario;
  readonly text: string;
  readonly request: KernelRequest;
}

/** What is told on the way: the runs that are being recorded, and how far they are. */
export interface KernelNotice {
  readonly runs: readonly { readonly run_id: number; readonly model: string }[];
  readonly progress: Parameters<NonNullable<NonNullable<Parameters<typeof runOnKernels>[4]>['onProgress']>>[1];
}

/** Calls under way; a cancelled run ends all of its call. */
const under_way = new Set<{ run_ids: readonly number[]; readonly abort: AbortController }>();

serveCalls(parentPort(), async (method, call, notify) => {
  if (method === 'cancel') {
    const { run_id } = call as { readonly run_id: number };
    const meant = [...under_way].filter(({ run_ids }) => run_ids.includes(run_id));
    for (const { abort } of meant) abort.abort();
    return ok(meant.length > 0);
  }
  const { db_path, scenario, text, request } = call as KernelCall;
  const opened = await openDatabase(db_path);
  if (!opened.ok) return opened;
  const current: { run_ids: readonly number[]; readonly abort: AbortController } = { run_ids: [], abort: new AbortController() };
  under_way.add(current);
  try {
    return await runOnKernels(opened.value, scenario, text, request, {
      signal: current.abort.signal,
      onProgress: (_kernel, progress, runs) => {
        current.run_ids = runs.map(({ run_id }) => run_id);
        notify({ runs, progress } satisfies KernelNotice);
      },
    });
  } finally {
    under_way.delete(current);
    opened.value.close();
  }
});
