import { fail, type LabError, ok } from '../../src-engine/base/result.ts';
import { buildGuest } from '../kernel/guest-build.ts';
import { DEFAULT_KERNEL, DEFAULT_TIMEOUT_MS, OTHER_KERNELS } from '../kernel/kernel-defaults.ts';
import { cachedKernels } from '../kernel/kernel-lab.ts';
import { kernelCacheDir, kernelNeeds } from '../kernel/kernel-source.ts';
import { checkQemu } from '../kernel/qemu.ts';
import { refusalsOf } from '../kernel/record-kernel.ts';
import type { ScenarioStore } from '../store/scenarios.ts';
import type { ChildCaller } from './child-calls.ts';
import type { LabNotice, RunRow } from './contract.ts';
import type { LabHandlers } from './handlers.ts';
import type { KernelCall, KernelNotice } from './kernel-process.ts';
import { progressNotice } from './progress.ts';
import { noScenario, readRunnable } from './scenario-methods.ts';
import { compileText } from './scenario-text.ts';

type KernelMethods = Pick<LabHandlers, 'kernels' | 'checkKernelRuns' | 'startKernelRuns' | 'cancelKernelRuns'>;

interface KernelMethodParts {
  readonly scenarios: ScenarioStore;
  /** The process that boots kernels. */
  readonly process: ChildCaller;
  readonly db_path: string;
  readonly notify: (notice: LabNotice) => void;
  /** The library has changed. */
  readonly changed: () => void;
  /** Runs on kernels that are under way here. */
  readonly run_ids: Set<number>;
}

/** What this computer lacks to boot any kernel: QEMU, a compiler for the guest’s program. */
function lackedHere(): readonly LabError[] {
  return [checkQemu(), buildGuest(kernelCacheDir())].flatMap((need) => (need.ok ? [] : need.errors));
}

/** The lab’s methods that run scenarios on real kernels. */
export function kernelMethods({ scenarios, process, db_path, notify, changed, run_ids }: KernelMethodParts): KernelMethods {
  return {
    kernels: async () =>
      ok({ cached: cachedKernels(), suggested: DEFAULT_KERNEL, others: OTHER_KERNELS, timeout_s: DEFAULT_TIMEOUT_MS / 1000, lacked: lackedHere() }),

    async checkKernelRuns({ scenario_id, kernels, ...options }) {
      const scenario = await readRunnable(scenarios, scenario_id);
      if (scenario === undefined) return fail(noScenario(scenario_id));
      const program = compileText(scenario.text, scenario.base_dir);
      const refusals = program.ok ? refusalsOf(program.value, options) : program.errors;
      const needs = await Promise.all(
        kernels.map(async (kernel) => {
          const need = await kernelNeeds(kernel);
          return need.ok ? { kernel, download: need.value, errors: [] } : { kernel, download: null, errors: need.errors };
        }),
      );
      return ok({ refusals, needs });
    },

    async startKernelRuns({ scenario_id, timeout_s, ...request }) {
      const scenario = await readRunnable(scenarios, scenario_id);
      if (scenario === undefined) return fail(noScenario(scenario_id));
      const { name: scenario_name, revision_id, base_dir, text } = scenario;
      const call: KernelCall = {
        db_path,
        scenario: { scenario_id, scenario_name, revision_id, base_dir },
        text,
        request: { ...request, timeout_ms: timeout_s * 1000 },
      };
      const own_ids = new Set<number>();
      const recorded = await process.call('run', call, (notice) => {
        const told = notice as KernelNotice;
        if ('stage' in told) {
          notify({ kind: 'kernel-stage', scenario_id, scenario_name, stage: told.stage });
          return;
        }
        const appeared = told.runs.some(({ run_id }) => !own_ids.has(run_id));
        for (const { run_id, model } of told.runs) {
          run_ids.add(run_id);
          own_ids.add(run_id);
          notify(progressNotice(run_id, model, told.progress));
        }
        if (appeared) changed();
      });
      for (const run_id of own_ids) run_ids.delete(run_id);
      notify({ kind: 'kernel-stage', scenario_id, scenario_name, stage: null });
      changed();
      if (!recorded.ok) return recorded;
      const rows = recorded.value as readonly RunRow[];
      for (const run of rows) notify({ kind: 'run-ended', run });
      return ok({ run_ids: rows.map(({ id }) => id) });
    },

    async cancelKernelRuns({ scenario_id }) {
      await process.call('cancel', { scenario_id });
      return ok(null);
    },
  };
}
