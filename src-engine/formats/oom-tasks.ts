import { nounOf } from '../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import type { ImportedScenario, SlackItem } from './foreign-format.ts';
import type { GroupAmounts } from './group-amounts.ts';
import type { OomReport, OomTask } from './oom-lines.ts';
import { type DraftMap, pagesSize, type ScenarioDraft } from './scenario-draft.ts';
import { kernelSteps, pagesDown, socketSteps } from './state-steps.ts';

/** What is made of one report. */
export interface ReportScenario {
  readonly scenario: ImportedScenario | null;
  readonly slack: readonly SlackItem[];
  readonly notes: readonly string[];
}

/** A task's pages as the scenario gives it: anonymous ones of its own, the rest mapped from files and tmpfs. */
export interface TaskShare {
  readonly task: OomTask;
  readonly anon_pages: number;
  readonly shmem_pages: number;
  readonly file_pages: number;
}

/**
 * Tasks of whom only one sum is printed share what the group's statistics leave of anonymous memory, by their size; what is over is of files.
 * `anon_pages`: anonymous memory of the group; Infinity where nothing tells, and then all of a sum is anonymous.
 */
export function shareOut(report: OomReport, anon_pages: number): readonly TaskShare[] {
  const rows = tasksOf(report);
  const kills = new Map(report.kills.map((kill) => [kill.pid, kill]));
  const known = rows.map((task): TaskShare | null => {
    if (task.rss_anon_pages !== null)
      return { task, anon_pages: task.rss_anon_pages, shmem_pages: task.rss_shmem_pages ?? 0, file_pages: task.rss_file_pages ?? 0 };
    const kill = kills.get(task.pid);
    if (kill === undefined) return null;
    return { task, anon_pages: pagesDown(kill.anon_bytes), shmem_pages: pagesDown(kill.shmem_bytes), file_pages: pagesDown(kill.file_bytes) };
  });
  const left = Math.max(0, anon_pages - known.reduce((sum, share) => sum + (share?.anon_pages ?? 0), 0));
  const wanted = rows.reduce((sum, task, index) => sum + (known[index] === null ? task.rss_pages : 0), 0);
  return rows.map((task, index) => {
    const own = known[index];
    if (own !== null && own !== undefined) return own;
    const anon = wanted <= left ? task.rss_pages : Math.floor((task.rss_pages * left) / wanted);
    return { task, anon_pages: anon, shmem_pages: 0, file_pages: task.rss_pages - anon };
  });
}

/** The table's rows; where the table is missing, those that were killed. */
export function tasksOf(report: OomReport): readonly OomTask[] {
  const listed = new Set(report.tasks.map(({ pid }) => pid));
  const missing = report.kills.filter(({ pid }, index) => !listed.has(pid) && report.kills.findIndex((kill) => kill.pid === pid) === index);
  return [
    ...report.tasks,
    ...missing.map(({ pid, comm, anon_bytes, file_bytes, shmem_bytes, line }) => ({
      pid,
      uid: 0,
      comm,
      rss_pages: pagesDown(anon_bytes + file_bytes + shmem_bytes),
      rss_anon_pages: pagesDown(anon_bytes),
      rss_file_pages: pagesDown(file_bytes),
      rss_shmem_pages: pagesDown(shmem_bytes),
      swap_pages: 0,
      oom_score_adj: 0,
      line,
    })),
  ];
}

/** What stood in memory at a kill. */
export interface Held {
  /** Container of what is nobody's. */
  readonly group: string;
  /** Name of the task that brings that in. */
  readonly keeper: string;
  readonly shares: readonly TaskShare[];
  readonly amounts: GroupAmounts;
  readonly groupOf: (task: OomTask) => string;
  readonly killed: ReadonlySet<number>;
  readonly with_sockets: boolean;
}

/** What the steps made of it. */
export interface HeldSteps {
  readonly keeper: string;
  /** Names of the tasks by their pids. */
  readonly task_names: ReadonlyMap<number, string>;
  readonly file_pages: number;
  readonly shmem_pages: number;
  readonly task_anon_bytes: number;
}

/** Steps after which what a report tells of stands in memory: what is apart from the tasks, then each task, the victims last. */
export function heldSteps(draft: ScenarioDraft, { group, keeper: keeper_name, shares, amounts, groupOf, killed, with_sockets }: Held): HeldSteps {
  const keeper = draft.task(keeper_name, group);
  const file_pages = pagesDown(amounts.file);
  const mapped_pages = Math.min(file_pages, Math.max(0, ...shares.map((share) => share.file_pages)));
  const cache = file_pages > 0 ? draft.object('files', { file: pagesSize(file_pages) }) : null;
  const shmem_pages = pagesDown(amounts.shmem);
  const shmem = shmem_pages > 0 ? draft.object('shmem', { tmpfs: pagesSize(shmem_pages) }) : null;
  if (cache !== null) draft.step({ read: cache, by: keeper }, `page cache of the ${keeper_name} without shmem`);
  if (shmem !== null) draft.step({ write: shmem, by: keeper }, `shmem of the ${keeper_name}`);
  kernelSteps(draft, keeper, pagesDown(amounts.kernel));
  if (with_sockets) socketSteps(draft, keeper, group, pagesDown(amounts.sock));
  const task_names = new Map<number, string>();
  for (const share of shares.toSorted((x, y) => Number(killed.has(x.task.pid)) - Number(killed.has(y.task.pid)))) {
    const { task } = share;
    const adjustment: DraftMap = task.oom_score_adj === 0 ? {} : { 'oom-score-adj': task.oom_score_adj };
    const name = draft.task(`${task.comm}-${task.pid}`, groupOf(task), adjustment);
    task_names.set(task.pid, name);
    const of_them = share.anon_pages === task.rss_pages ? '' : `, ${share.anon_pages} of them anonymous here`;
    const rss = `line ${task.line}: rss ${task.rss_pages} ${nounOf(task.rss_pages, 'page')}${of_them}`;
    if (share.anon_pages > 0) {
      const area = draft.name(`${name}-anon`);
      draft.step({ alloc: area, by: name, size: pagesSize(share.anon_pages) }, rss);
      draft.step({ touch: area, by: name });
    }
    const mappings = [
      [cache, Math.min(share.file_pages, mapped_pages), 'files'],
      [shmem, Math.min(share.shmem_pages, shmem_pages), 'shmem'],
    ] as const;
    for (const [object, pages, kind] of mappings) {
      if (object === null || pages <= 0) continue;
      const area = draft.name(`${name}-${kind}`);
      draft.step({ map: object, by: name, as: area });
      draft.step({ peek: area, by: name, range: `0..${pagesSize(pages)}` });
    }
  }
  return { keeper, task_names, file_pages, shmem_pages, task_anon_bytes: shares.reduce((sum, share) => sum + share.anon_pages, 0) * PAGE_SIZE_BYTES };
}
