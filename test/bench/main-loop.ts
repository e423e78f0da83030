import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Answer, Method, Params, RunRow } from '../../src-main/lab/contract.ts';
import { createLab, type Lab } from '../../src-main/lab/lab.ts';
import { must } from './scratch.ts';

export interface MainLoop {
  readonly delay_p99_ms: number;
  readonly delay_max_ms: number;
  readonly progress_notice_count: number;
  readonly run: RunRow;
}

/** Records a scenario through the lab, whose host is this process, and measures how long this process's event loop was held up meanwhile. */
export async function measureMainLoop(db_path: string, text: string): Promise<MainLoop> {
  const lab = must(await createLab({ db_path }));
  try {
    const { scenario } = await ask(lab, 'saveScenario', { text });
    let progress_notice_count = 0;
    const ended = new Promise<RunRow>((resolve) => {
      lab.subscribe((notice) => {
        if (notice.kind === 'run-progress') progress_notice_count++;
        if (notice.kind === 'run-ended') resolve(notice.run);
      });
    });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await ask(lab, 'startRuns', { scenario_id: scenario.id, models: ['static'] });
    const run = await ended;
    delay.disable();
    if (run.status !== 'complete') throw new Error(run.error?.message ?? run.status);
    return { delay_p99_ms: delay.percentile(99) / 1e6, delay_max_ms: delay.max / 1e6, progress_notice_count, run };
  } finally {
    lab.close();
  }
}

async function ask<M extends Method>(lab: Lab, method: M, params: Params<M>): Promise<Answer<M>> {
  const answer = await lab.handle({ id: 1, method, params });
  // The contract types each answer by its method.
  if (answer.ok) return answer.value as Answer<M>;
  throw new Error(answer.errors.map(({ message }) => message).join('\n'));
}
