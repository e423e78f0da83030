import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { UNLIMITED_PAGES } from '../../src-engine/base/ids.ts';
import { parseLimit } from '../../src-engine/base/limit-string.ts';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { LIMIT_COUNTERS } from '../../src-engine/record/accounts.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { KIND } from '../../src-engine/record/events.ts';
import type { RunMeta, RunSummary } from '../../src-engine/record/run.ts';
import { type CgroupVersion, type CounterSource, counterSources, LIMIT_FILES, SWAP_EVENTS } from '../kernel/counter-files.ts';
import { KernelLog } from '../kernel/kernel-log.ts';
import type { Database } from '../store/database.ts';
import { processIdentity } from '../store/process-identity.ts';
import { createRunStore } from '../store/runs.ts';
import { storeError } from '../store/store-error.ts';
import { openRecording } from './recording.ts';

export interface WatchOptions {
  readonly interval_ms: number;
  /** Samples to take; until `signal` if left out. */
  readonly count?: number;
  readonly signal?: AbortSignal;
  readonly onSample?: (sample_count: number, container_count: number) => void;
}

/** A watched tree as a run. */
export interface Watched {
  readonly run_id: number;
  readonly sample_count: number;
  readonly event_count: number;
  /** Samples that could not be taken in time: reading took longer than the interval. */
  readonly late_count: number;
  /** The directory was removed, which ended the watch. */
  readonly has_gone: boolean;
}

/** Changes when the same files give other events. */
const WATCH_VERSION = 'cgroupfs-2';
/** Containers that one run can number, apart from the root. */
const CONTAINER_COUNT_MAX = 4096;
/** Text of events and pressure that is kept with the run. */
const TEXT_LENGTH_MAX = 32 * 2 ** 20;

const PRESSURE = {
  some: [COUNTER.psi_some_avg10, COUNTER.psi_some_avg60, COUNTER.psi_some_avg300, COUNTER.psi_some_total],
  full: [COUNTER.psi_full_avg10, COUNTER.psi_full_avg60, COUNTER.psi_full_avg300, COUNTER.psi_full_total],
} as const;
/** A line of memory.pressure: `some avg10=0.12 avg60=0.04 avg300=0.00 total=5321`. */
const PRESSURE_LINE = /^(some|full) avg10=(\d+\.\d\d) avg60=(\d+\.\d\d) avg300=(\d+\.\d\d) total=(\d{1,15})$/gm;
/** Text of a run whose watching did not come to its end. */
const CUT_SHORT = '# The watching was cut short: the lines of memory.events and memory.pressure are not kept, the counters are.\n';
/** Files whose lines are kept as text too. */
const TEXT_FILES = ['memory.events', 'memory.pressure', 'memory.oom_control'] as const;

function textOf(directory: string, file: string): string | null {
  try {
    return readFileSync(join(directory, file), 'utf8');
  } catch {
    // Not in this version, or the cgroup has gone.
    return null;
  }
}

/** Paths of the tree below a directory, parents first; the directory itself is `.`. Empty if it has gone. */
function pathsBelow(directory: string): readonly string[] {
  const paths: string[] = [];
  const pending = ['.'];
  for (let path = pending.shift(); path !== undefined && paths.length <= CONTAINER_COUNT_MAX; path = pending.shift()) {
    try {
      const entries = readdirSync(join(directory, path), { withFileTypes: true });
      paths.push(path);
      for (const entry of entries.filter((one) => one.isDirectory()).sort((x, y) => (x.name < y.name ? -1 : 1)))
        pending.push(path === '.' ? entry.name : `${path}/${entry.name}`);
    } catch {
      // It went between its parent's listing and now.
    }
  }
  return paths;
}

/** Version of a cgroup directory by its files; null if it is none of the memory controller's. */
function versionOf(directory: string): CgroupVersion | null {
  const files = new Set(readdirSync(directory));
  if (files.has('memory.usage_in_bytes')) return 1;
  // The root of version 2 has no memory.current.
  return files.has('memory.current') || files.has('memory.stat') || files.has('cgroup.controllers') ? 2 : null;
}

/** Files of the memory controller of version 2; memory.pressure is none, every cgroup has it. The root has memory.stat alone. */
const CONTROLLER_FILES = ['memory.current', 'memory.stat'] as const;

/** Why the root of a tree of version 2 has no memory among its controllers. */
const ROOT_WITHOUT = 'the controller is in a tree of version 1 (watch /sys/fs/cgroup/memory) or off (cgroup_disable=memory)';

/** Why a directory of version 2 tells nothing of memory: the controller is on neither in it nor anywhere below it. Null if it is. */
function withoutController(directory: string): LabError | null {
  const has_files = (path: string): boolean => CONTROLLER_FILES.some((file) => existsSync(join(directory, path, file)));
  if (versionOf(directory) === 1 || pathsBelow(directory).some(has_files)) return null;
  const controllers = textOf(directory, 'cgroup.controllers')?.trim().split(/\s+/) ?? [];
  const switchOn = (where: string): string => `\`echo +memory > ${join(where, 'cgroup.subtree_control')}\` as root`;
  return {
    code: 'watch-no-memory',
    message: 'The memory controller is not on in this cgroup, nor in any below it: it has no memory.current and no memory.stat.',
    place: { file: directory },
    remedy: controllers.includes('memory')
      ? `switch it on for those below: ${switchOn(directory)}`
      : textOf(resolve(directory, '..'), 'cgroup.controllers') === null
        ? `${ROOT_WITHOUT}, without which +memory in cgroup.subtree_control does nothing`
        : `switch it on in each cgroup above: ${switchOn(resolve(directory, '..'))}; where the root’s cgroup.controllers has no memory, ${ROOT_WITHOUT}`,
  };
}

function refuseDirectory(directory: string): LabError | null {
  const place = { file: directory };
  try {
    if (!statSync(directory).isDirectory())
      return { code: 'watch-no-directory', message: 'This is no directory.', place, remedy: 'give a directory of cgroupfs' };
    if (versionOf(directory) !== null) return withoutController(directory);
    return {
      code: 'watch-no-cgroup',
      message: 'There are no files of the memory controller in this directory.',
      place,
      remedy: 'give a directory below /sys/fs/cgroup, or below /sys/fs/cgroup/memory with version 1',
    };
  } catch (exception) {
    return {
      code: 'watch-not-readable',
      message: `The directory cannot be read: ${(exception as Error).message}.`,
      place,
      remedy: 'check the path and its permissions',
    };
  }
}

/** Reads one tree again and again and writes what has changed. */
class Watcher {
  readonly log: KernelLog;
  readonly texts: string[] = [];
  private text_length = 0;
  private readonly directory: string;
  private readonly sources: readonly CounterSource[];
  private readonly names: { readonly containers: string[]; readonly tasks: string[]; readonly objects: string[]; readonly samples: string[] };
  private readonly index_by_path = new Map<string, number>();
  /** Inode of the directory that a living container was read from: one that is made again under the same name is another. */
  private readonly inodes = new Map<string, number>();
  private line = 0;

  constructor(directory: string, version: CgroupVersion, names: Watcher['names'], sink: ConstructorParameters<typeof KernelLog>[1]) {
    this.directory = directory;
    this.names = names;
    this.sources = version === 2 ? [...counterSources(version), ...SWAP_EVENTS] : counterSources(version);
    this.log = new KernelLog(names, sink);
  }

  sample(index: number, time_ns: number): void {
    this.log.at(time_ns);
    this.keep(`# sample ${index} at ${(time_ns / 1e9).toFixed(3)} s\n`);
    this.log.emit(KIND.step_begin, { a: index, b: this.line });
    const paths = pathsBelow(this.directory).slice(0, CONTAINER_COUNT_MAX);
    const found = new Map(paths.map((path) => [path, this.inodeOf(path)]));
    // Children go before their parents, as the kernel has it.
    for (const [path, inode] of [...this.inodes].reverse()) {
      if (path === '.' || found.get(path) === inode) continue;
      this.log.removeContainer(this.indexOf(path));
      this.inodes.delete(path);
    }
    for (const [path, inode] of found) {
      if (!this.inodes.has(path)) {
        this.log.createContainer(this.indexOf(path));
        this.inodes.set(path, inode);
      }
      this.read(path);
    }
    this.log.log.finish();
  }

  /** Whether the directory is not there any more: its last sample has none of its containers. */
  hasGone(): boolean {
    return statSync(this.directory, { throwIfNoEntry: false }) === undefined;
  }

  private inodeOf(path: string): number {
    try {
      return statSync(join(this.directory, path)).ino;
    } catch {
      return 0;
    }
  }

  private indexOf(path: string): number {
    const known = this.index_by_path.get(path);
    if (known !== undefined) return known;
    const index = this.names.containers.push(path) - 1;
    this.index_by_path.set(path, index);
    return index;
  }

  private read(path: string): void {
    const directory = join(this.directory, path);
    const container = this.log.containerAt(this.indexOf(path));
    const texts = new Map<string, string | null>();
    const contentOf = (file: string): string | null => {
      if (!texts.has(file)) texts.set(file, textOf(directory, file));
      return texts.get(file) ?? null;
    };
    for (const [file, which] of LIMIT_FILES) {
      const text = contentOf(file)?.trim();
      if (text === undefined || text === '') continue;
      const read = parseLimit(text, 'v2');
      const pages = read === UNLIMITED_PAGES ? -1 : read;
      if (pages === null || this.log.valueOf(container, LIMIT_COUNTERS[which]) === pages) continue;
      this.log.setLimit(container, which, pages);
    }
    for (const { file, key, counter, divisor } of this.sources) {
      if (counter === null) continue;
      const text = contentOf(file);
      if (text === null) continue;
      const value = key === '-' ? text.trim() : new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1];
      if (value !== undefined && /^\d{1,16}$/.test(value)) this.log.read(container, counter, Math.floor(Number(value) / divisor));
    }
    for (const [, which = '', ...values] of (contentOf('memory.pressure') ?? '').matchAll(PRESSURE_LINE)) {
      const [avg10 = 0, avg60 = 0, avg300 = 0, total = 0] = values.map((value) => Number(value.replace('.', '')));
      const of_line = which === 'some' ? PRESSURE.some : PRESSURE.full;
      for (const [at, value] of [avg10, avg60, avg300, total].entries()) this.log.read(container, of_line[at] ?? 0, value);
    }
    for (const file of TEXT_FILES) for (const line of (contentOf(file) ?? '').split('\n').filter((one) => one !== '')) this.keep(`${path}/${file}: ${line}\n`);
  }

  /** Keeps a line of text with the run; `line` is the number of the last one. */
  private keep(text: string): void {
    if (this.text_length + text.length > TEXT_LENGTH_MAX) return;
    this.text_length += text.length;
    this.texts.push(text);
    this.line = this.texts.length;
  }
}

/**
 * Records a cgroup tree as a run: its counters at every interval, limits as they are set, containers as they come and go. Every sample is sealed when it is taken, so that a kill loses none.
 * A live tree or a copy that something changes. Errors: it is no cgroup directory; the database cannot be written.
 */
export async function watchCgroup(
  database: Database,
  directory: string,
  { interval_ms, count = Number.POSITIVE_INFINITY, signal, onSample }: WatchOptions,
): Promise<Result<Watched>> {
  const refusal = refuseDirectory(directory);
  if (refusal !== null) return fail(refusal);
  const version = versionOf(directory) ?? 2;
  const store = createRunStore(database);
  try {
    const started_ms = performance.now();
    const name = basename(directory) === '' ? directory : basename(directory);
    // The text is written at the end; a recording that is cut short has its counters, and says so here.
    const attachment_id = await store.addAttachment('cut-short.txt', Buffer.from(CUT_SHORT));
    const run_id = await store.create({
      attachment_id,
      scenario_id: null,
      scenario_name: name,
      revision_id: null,
      base_dir: null,
      source: 'trace',
      model: `cgroup v${version}`,
      recorder: processIdentity(),
    });
    const recording = openRecording(database, run_id, null);
    const meta: RunMeta = { source: 'trace', model: `cgroup v${version}`, charge_shift: 0, seed: 0, memory_pages: 0, engine_version: WATCH_VERSION };
    const names = { containers: [] as string[], tasks: [] as string[], objects: [] as string[], samples: [] as string[] };
    let trouble: LabError | null = recording.begin(meta, names);
    let sample_count = 0;
    let late_count = 0;
    let has_gone = false;
    const watcher = new Watcher(directory, version, names, {
      seal(columns, rows) {
        trouble ??= recording.block(columns, rows, names, { step_count: sample_count, access_count: 0 });
        return columns;
      },
      sample: () => undefined,
    });
    while (sample_count < count && trouble === null && signal?.aborted !== true) {
      sample_count += 1;
      watcher.sample(sample_count - 1, Math.round((performance.now() - started_ms) * 1e6));
      recording.heartbeat();
      onSample?.(sample_count, watcher.log.live().length);
      has_gone = watcher.hasGone();
      if (has_gone) break;
      const next_ms = sample_count * interval_ms - (performance.now() - started_ms);
      if (next_ms < 0) late_count += 1;
      if (sample_count < count) await wait(Math.max(0, next_ms), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
    watcher.log.emit(KIND.run_end);
    watcher.log.log.finish();
    const wall_ms = Math.round(performance.now() - started_ms);
    await store.attach(run_id, await store.addAttachment(`${name}.txt`, Buffer.from(watcher.texts.join(''))));
    const summary: RunSummary = {
      event_count: watcher.log.log.event_count,
      step_count: sample_count,
      access_count: 0,
      end_ns: watcher.log.log.now_ns,
      expectations: [],
    };
    if (trouble !== null) {
      await store.end(run_id, { status: 'failed', wall_ms, error: trouble });
      return fail(trouble);
    }
    await store.end(run_id, { status: 'complete', wall_ms, complete: { ...summary, log_sha256: recording.logHash() } });
    return ok({ run_id, sample_count, event_count: summary.event_count, late_count, has_gone });
  } catch (exception) {
    return fail(storeError(exception, database.path));
  }
}
