import { computed, type InjectionKey, inject, provide, type Ref, shallowRef } from 'vue';
import type { LabNotice, Params, RunRow } from '../src-main/lab/contract.ts';
import { asSentence, formatCount, plural } from './format.ts';
import type { Lab } from './lab.ts';
import type { Library } from './library.ts';
import { useNotices } from './notices.ts';
import { COMPARED_MAX, goTo } from './router.ts';

type Progress = Extract<LabNotice, { kind: 'run-progress' }>;

/** A run that is being recorded or waits for its turn. */
export interface Job {
  readonly run: RunRow;
  /** Null until the first word of it: it waits. */
  readonly progress: Progress | null;
  /** The user asked to cancel it, and it has not ended yet. */
  readonly cancelling: boolean;
}

/** A scenario for which kernels are looked for or booted. */
export interface KernelStage {
  readonly scenario_id: number;
  readonly scenario_name: string;
  /** `booting linux-image-cloud-amd64 (2 of 3)` */
  readonly stage: string;
}

export interface Jobs {
  /** Those under way before those that wait. */
  readonly jobs: Readonly<Ref<readonly Job[]>>;
  /** About how long those that wait still take, by what the last ones took here; undefined before the first has ended. */
  readonly waiting_ms: Readonly<Ref<number | undefined>>;
  /** Starts one recording per model. Returns the new runs' ids; empty after an error, of which the user has been told. */
  start(scenario_id: number, models: readonly string[]): Promise<readonly number[]>;
  cancel(run_id: number): Promise<void>;
  /** What is being done for runs on kernels before there is a run, by scenario. */
  readonly stages: Readonly<Ref<readonly KernelStage[]>>;
  /** Runs a scenario on kernels; settles when all boots have ended. */
  startOnKernels(request: Params<'startKernelRuns'>): Promise<void>;
  cancelOnKernels(scenario_id: number): Promise<void>;
  /** Records the rest of an interrupted run. */
  finish(run_id: number): Promise<void>;
}

/** Runs by which those that wait are estimated. */
const TAKEN_COUNT = 20;

const jobsKey: InjectionKey<Jobs> = Symbol('jobs');

/** Follows recordings for the whole window. Called once, in its root. */
export function provideJobs(lab: Lab, library: Library): Jobs {
  const notices = useNotices();
  const progress = shallowRef<ReadonlyMap<number, Progress>>(new Map());
  const cancelling = shallowRef<ReadonlySet<number>>(new Set());
  const stages = shallowRef<ReadonlyMap<number, KernelStage>>(new Map());
  /** Runs started together from this window, to tell of them together. */
  const batches: Set<number>[] = [];
  const ended = new Map<number, RunRow>();
  /** What the last runs that were recorded to their end took, in milliseconds. */
  const taken_ms = shallowRef<readonly number[]>([]);

  function tellOfBatch(batch: ReadonlySet<number>): void {
    const complete = [...batch].map((id) => ended.get(id)).filter((run) => run?.status === 'complete');
    const [first] = complete;
    if (first === undefined) return;
    const run_ids = complete.map((run) => run?.id ?? 0).slice(0, COMPARED_MAX);
    if (run_ids.length === 1) {
      notices.tell(`Recorded run ${first.id} of “${first.scenario_name}” under ${first.model}: ${formatCount(first.event_count)} events.`, {
        tone: 'good',
        action: { title: 'Open', run: () => goTo({ view: 'run', run_id: first.id }) },
      });
    } else {
      notices.tell(`Recorded ${plural(complete.length, 'run')} of “${first.scenario_name}”.`, {
        tone: 'good',
        action: { title: complete.length > COMPARED_MAX ? `Compare the first ${COMPARED_MAX}` : 'Compare', run: () => goTo({ view: 'compare', run_ids }) },
      });
    }
  }

  function onEnded(run: RunRow): void {
    if (run.status === 'complete' && run.source === 'engine' && !ended.has(run.id)) taken_ms.value = [...taken_ms.value, run.wall_ms].slice(-TAKEN_COUNT);
    ended.set(run.id, run);
    progress.value = new Map([...progress.value].filter(([id]) => id !== run.id));
    cancelling.value = new Set([...cancelling.value].filter((id) => id !== run.id));
    if (run.status === 'failed' && run.error !== null)
      notices.report([{ ...run.error, message: `Run ${run.id} under ${run.model} stopped: ${run.error.message}` }]);
    if (run.status === 'interrupted' && run.error !== null) {
      notices.tell(`Run ${run.id} under ${run.model} was cut short: ${run.error.message}`, {
        tone: 'danger',
        remedy: run.error.code === 'process-crashed' || run.error.remedy === undefined ? 'What was recorded is kept.' : asSentence(run.error.remedy),
        action: { title: 'Finish', run: () => void jobs.finish(run.id) },
      });
    }
    for (const batch of batches.filter((candidate) => candidate.has(run.id))) {
      if ([...batch].some((id) => !ended.has(id))) continue;
      batches.splice(batches.indexOf(batch), 1);
      tellOfBatch(batch);
    }
  }

  lab.subscribe((notice) => {
    if (notice.kind === 'run-progress') {
      // Another window may finish what ended here as interrupted.
      ended.delete(notice.run_id);
      progress.value = new Map(progress.value).set(notice.run_id, notice);
    } else if (notice.kind === 'kernel-stage') {
      const { scenario_id, scenario_name, stage } = notice;
      const others = [...stages.value].filter(([id]) => id !== scenario_id);
      stages.value = new Map(stage === null ? others : [...others, [scenario_id, { scenario_id, scenario_name, stage }]]);
    } else if (notice.kind === 'run-ended') onEnded(notice.run);
    // The run that the engine was recording tells of the crash when it ends.
    else if (notice.kind === 'process-crashed' && (notice.process === 'player' || jobs.jobs.value.length === 0)) notices.report([notice.error]);
  });

  const jobs: Jobs = {
    jobs: computed(() =>
      library.runs.value
        .filter((run) => run.status === 'recording' && !ended.has(run.id))
        .map((run) => ({ run, progress: progress.value.get(run.id) ?? null, cancelling: cancelling.value.has(run.id) }))
        .sort((a, b) => Number(a.progress === null) - Number(b.progress === null) || a.run.id - b.run.id),
    ),
    waiting_ms: computed(() => {
      if (taken_ms.value.length === 0) return undefined;
      const waiting_count = jobs.jobs.value.filter((job) => job.progress === null && !job.cancelling).length;
      return (taken_ms.value.reduce((sum, ms) => sum + ms, 0) / taken_ms.value.length) * waiting_count;
    }),
    async start(scenario_id, models) {
      const started = await lab.ask('startRuns', { scenario_id, models: [...models] });
      if (started === undefined) return [];
      batches.push(new Set(started.run_ids));
      // A short run may have ended before this answer came.
      for (const id of started.run_ids) {
        const row = ended.get(id);
        if (row !== undefined) onEnded(row);
      }
      await library.refresh();
      return started.run_ids;
    },
    async cancel(run_id) {
      cancelling.value = new Set(cancelling.value).add(run_id);
      await lab.ask('cancelRun', { run_id });
    },
    stages: computed(() => [...stages.value.values()]),
    async startOnKernels(request) {
      const started = await lab.ask('startKernelRuns', request);
      await library.refresh();
      if (started !== undefined) tellOfBatch(new Set(started.run_ids));
    },
    async cancelOnKernels(scenario_id) {
      await lab.ask('cancelKernelRuns', { scenario_id });
    },
    async finish(run_id) {
      ended.delete(run_id);
      if ((await lab.ask('finishRun', { run_id })) === undefined) return;
      batches.push(new Set([run_id]));
      await library.refresh();
    },
  };
  provide(jobsKey, jobs);
  return jobs;
}

/** The recordings under way, in any component below the root. */
export function useJobs(): Jobs {
  const jobs = inject(jobsKey);
  if (jobs === undefined) throw new Error('useJobs outside of the window');
  return jobs;
}
