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

/** What is told on the way: what is being done before there is a run, then the runs that are being recorded and how far they are. */
export type KernelNotice =
  | { readonly stage: string }
  | {
      readonly runs: readonly { readonly run_id: number; readonly model: string }[];
      readonly progress: Parameters<NonNullable<NonNullable<Parameters<typeof runOnKernels>[4]>['onProgress']>>[1];
    };

interface CallUnderWay {
  readonly scenario_id: number | null;
  run_ids: readonly number[];
  readonly abort: AbortController;
}

/** Calls under way; a cancelled run ends all of its call. */
const under_way = new Set<CallUnderWay>();

serveCalls(parentPort(), async (method, call, notify) => {
  if (method === 'cancel') {
    // By a run, or by the scenario while there is no run yet.
    const asked = call as { readonly run_id: number } | { readonly scenario_id: number };
    const meant = [...under_way].filter(({ scenario_id, run_ids }) => ('run_id' in asked ? run_ids.includes(asked.run_id) : scenario_id === asked.scenario_id));
    for (const { abort } of meant) abort.abort();
    return ok(meant.length > 0);
  }
  const { db_path, scenario, text, request } = call as KernelCall;
  const opened = await openDatabase(db_path);
  if (!opened.ok) return opened;
  const current: CallUnderWay = { scenario_id: scenario.scenario_id, run_ids: [], abort: new AbortController() };
  under_way.add(current);
  try {
    return await runOnKernels(opened.value, scenario, text, request, {
      signal: current.abort.signal,
      onStage: (stage) => notify({ stage } satisfies KernelNotice),
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
