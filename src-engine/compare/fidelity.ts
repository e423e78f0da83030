import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { reportedName } from '../record/counter-names.ts';
import { COUNTERS, shownUnit } from '../record/counters.ts';
import { type Slack, slackOf } from './slack.ts';

/** One container at a sample: values in shown units (bytes, counts) by counter, events of memory.events as `events.oom_kill`. Null or left out: nobody read it. */
export type ReadCounters = Readonly<Record<string, number | null | undefined>>;

/** A named moment of a run, of a kernel or of the simulator. */
export interface ReadSample {
  readonly sample: string;
  readonly step: number;
  /** By path; containers that are gone are left out. */
  readonly containers: Readonly<Record<string, ReadCounters>>;
  /** Container of each task that has started, by the task's name. */
  readonly tasks: Readonly<Record<string, string>>;
}

/** What is compared: the samples of one run. */
export interface ReadRun {
  /** The kernel, or the model. */
  readonly name: string;
  readonly samples: readonly ReadSample[];
}

/** `exact`: the same value. `within`: no further apart than the tolerance. `outside`: further. */
export type Verdict = 'exact' | 'within' | 'outside';

/** One counter of one container at one sample, on the kernel and in the simulator. Amounts in shown units: bytes, or counts. */
export interface FidelityCell {
  readonly path: string;
  /** Name of the counter; events as `events.oom_kill`. */
  readonly counter: string;
  readonly unit: 'bytes' | 'count';
  readonly kernel: number;
  readonly model: number;
  /** Kernel less model. */
  readonly difference: number;
  /** How far apart they may be: 0 where the kernel is exact. */
  readonly tolerance: number;
  readonly verdict: Verdict;
  /** What of the difference comes from what the kernel does and the scenario does not ask for; nothing of it is subtracted before the verdict. */
  readonly slack: readonly Slack[];
  /** What the slack leaves of the difference. */
  readonly unexplained: number;
}

export interface FidelitySample {
  readonly sample: string;
  readonly step: number;
  readonly cells: readonly FidelityCell[];
  /** Containers that only one of the two has: they have no cells. */
  readonly only_kernel: readonly string[];
  readonly only_model: readonly string[];
}

/** A cell, and the sample that it is of. */
export interface PlacedCell extends FidelityCell {
  readonly sample: string;
  readonly step: number;
}

/** Where the runs part: the first step after which a cell is outside its tolerance. */
export interface Parting {
  readonly step: number;
  /** Line of the scenario; null where only samples are known. */
  readonly line: number | null;
  readonly cell: FidelityCell;
  /** Cursors at the end of the step in the kernel's run and in the model's, null where only samples are known. */
  readonly kernel_event: number | null;
  readonly model_event: number | null;
  /** First event of the model's run in that step that takes the counter out of what the kernel had before and after it; null where no single event does, or only samples are known. */
  readonly first_event: number | null;
}

/** The simulator beside a kernel in one scenario. */
export interface Fidelity {
  readonly kernel: string;
  readonly model: string;
  readonly samples: readonly FidelitySample[];
  /** Cells that are not 0 in both. */
  readonly cell_count: number;
  readonly exact_count: number;
  /** Exact, or within the tolerance. */
  readonly matched_count: number;
  /** The cell furthest outside its tolerance, as a multiple of it; of those within, the one nearest to it. Null without cells. */
  readonly worst: PlacedCell | null;
  /** Null where nothing is outside. */
  readonly parting: Parting | null;
  /** Samples that only one of the two has taken. */
  readonly unpaired_samples: readonly string[];
}

export interface FidelityOptions {
  /** Processors of the machine: each has batches of its own. */
  readonly cpu_count?: number;
}

/** Kernels repeat these to the last unit: what a batch or a task's own pages cannot change. */
const EXACT: ReadonlySet<string> = new Set(['shmem', 'nr_dying_descendants', 'events.oom', 'events.oom_kill', 'events.oom_group_kill']);

/** Charge batches and task start-up pages: values may be so far apart, or by this share of the kernel's, whichever is more. */
const TOLERANCE_PAGES = 96;
const TOLERANCE_SHARE = 0.03;

/** The root's counters are the whole machine's: the guest's own program and archive are in them. */
const ROOT_PATH = '.';

interface ComparedCounter {
  readonly key: string;
  readonly unit: 'bytes' | 'count';
}

/** Settings are what the scenario says, and levels of pressure are what user space would be told: no file of a kernel has them. */
const COMPARED: readonly ComparedCounter[] = COUNTERS.filter(({ scope, file }) => scope !== 'setting' && file !== 'memory.pressure_level').map((spec) => ({
  key: reportedName(spec),
  unit: shownUnit(spec) === 'bytes' ? 'bytes' : 'count',
}));

/** How far a counter of the simulator may lie from the kernel's, in shown units. */
export function toleranceOf(counter: string, unit: 'bytes' | 'count', kernel: number): number {
  if (EXACT.has(counter)) return 0;
  return Math.max(unit === 'bytes' ? TOLERANCE_PAGES * PAGE_SIZE_BYTES : TOLERANCE_PAGES, Math.floor(TOLERANCE_SHARE * Math.abs(kernel)));
}

const isKnown = (value: number | null | undefined): value is number => typeof value === 'number' && Number.isFinite(value);

/** Cells of one container: counters that both have read and that are not 0 in both. `task_count`: tasks that have been in its subtree. */
export function containerCells(path: string, kernel: ReadCounters, model: ReadCounters, task_count: number, cpu_count: number): readonly FidelityCell[] {
  const cells: FidelityCell[] = [];
  for (const { key, unit } of COMPARED) {
    const [of_kernel, of_model] = [kernel[key], model[key]];
    if (!isKnown(of_kernel) || !isKnown(of_model) || (of_kernel === 0 && of_model === 0)) continue;
    const difference = of_kernel - of_model;
    const tolerance = toleranceOf(key, unit, of_kernel);
    const slack = difference === 0 ? [] : slackOf({ counter: key, kernel, model, task_count, cpu_count });
    cells.push({
      path,
      counter: key,
      unit,
      kernel: of_kernel,
      model: of_model,
      difference,
      tolerance,
      verdict: difference === 0 ? 'exact' : Math.abs(difference) <= tolerance ? 'within' : 'outside',
      slack,
      unexplained: difference - slack.reduce((sum, { amount }) => sum + amount, 0),
    });
  }
  return cells;
}

/** Tasks that are or have been in the subtree of each container: their first pages may have stayed. */
class Tenants {
  private readonly seen = new Map<string, Set<string>>();

  note(tasks: Readonly<Record<string, string>>): void {
    for (const [task, path] of Object.entries(tasks)) {
      const parts = path.split('/');
      for (let depth = 1; depth <= parts.length; depth++) {
        const at = parts.slice(0, depth).join('/');
        this.seen.set(at, (this.seen.get(at) ?? new Set()).add(task));
      }
    }
  }

  count(path: string): number {
    return this.seen.get(path)?.size ?? 0;
  }
}

/** How many of these tasks (container by name) are in the subtree of a container. */
export function tasksByContainer(tasks: Readonly<Record<string, string>>): (path: string) => number {
  const tenants = new Tenants();
  tenants.note(tasks);
  return (path) => tenants.count(path);
}

/** How far outside its tolerance a cell lies, to find the worst by. Where nothing is tolerated, each unit (page) is as bad as all of it. */
function badness({ difference, tolerance, unit }: FidelityCell): number {
  const step = unit === 'bytes' ? PAGE_SIZE_BYTES : 1;
  return Math.abs(difference) / Math.max(tolerance, step);
}

/**
 * Lays a run of the simulator beside one of a kernel, sample by sample and counter by counter. Containers and samples that only one of them has are named; the root is left
 * out. The parting is that of samples: `findParting` (parting.ts) looks between them.
 */
export function fidelityOf(kernel: ReadRun, model: ReadRun, { cpu_count = 1 }: FidelityOptions = {}): Fidelity {
  const tenants = new Tenants();
  const samples: FidelitySample[] = [];
  const unpaired = new Set(model.samples.map(({ sample }) => sample));
  for (const at of kernel.samples) {
    const other = model.samples.find(({ sample, step }) => sample === at.sample && step === at.step);
    if (other === undefined) {
      unpaired.add(at.sample);
      continue;
    }
    unpaired.delete(at.sample);
    tenants.note(other.tasks);
    samples.push(compareSample(at, other, (path) => tenants.count(path), cpu_count));
  }
  const cells: PlacedCell[] = samples.flatMap(({ sample, step, cells: of_sample }) => of_sample.map((cell) => ({ ...cell, sample, step })));
  const parted = cells.find(({ verdict }) => verdict === 'outside');
  return {
    kernel: kernel.name,
    model: model.name,
    samples,
    cell_count: cells.length,
    exact_count: cells.filter(({ verdict }) => verdict === 'exact').length,
    matched_count: cells.filter(({ verdict }) => verdict !== 'outside').length,
    worst: cells.reduce<PlacedCell | null>((worst, cell) => (worst === null || badness(cell) > badness(worst) ? cell : worst), null),
    parting: parted === undefined ? null : { step: parted.step, line: null, cell: parted, kernel_event: null, model_event: null, first_event: null },
    unpaired_samples: [...unpaired],
  };
}

function compareSample(kernel: ReadSample, model: ReadSample, tasksOf: (path: string) => number, cpu_count: number): FidelitySample {
  const paths = Object.keys(kernel.containers).filter((path) => path !== ROOT_PATH);
  return {
    sample: kernel.sample,
    step: kernel.step,
    cells: paths.flatMap((path) => {
      const of_model = model.containers[path];
      return of_model === undefined ? [] : containerCells(path, kernel.containers[path] ?? {}, of_model, tasksOf(path), cpu_count);
    }),
    only_kernel: paths.filter((path) => model.containers[path] === undefined),
    only_model: Object.keys(model.containers).filter((path) => path !== ROOT_PATH && kernel.containers[path] === undefined),
  };
}
