import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { fail, ok } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';
import { formatSize } from '../scenario/units.ts';
import { countMatches, type ForeignFormat, type ImportedScenario, type SlackItem } from './foreign-format.ts';
import { createLineBook, linesOf, stripLog } from './import-lines.ts';
import { type OomReport, type OomTask, readOomReports } from './oom-lines.ts';
import { aboutOf, createDraft, type DraftMap, expected, machineMemory, pagesSize } from './scenario-draft.ts';
import { kernelSteps, pagesDown, socketSteps } from './state-steps.ts';

/** Scenarios made of one console; further reports are counted in a note. */
const SCENARIO_COUNT_MAX = 20;

const SIGN =
  /^(?:(?:Memory cgroup out|Out) of memory(?: \([^)]*\))?: Kill|Memory cgroup stats(?: for \S+)?:|Task in \S+ killed as a result of limit of |oom-kill:constraint=CONSTRAINT_|memory: usage \d+kB, limit \d+kB|.{1,64} invoked oom-killer: )/;

/** What a group is charged for, by the names of both versions; bytes. */
export interface GroupAmounts {
  readonly anon: number;
  /** Page cache without shmem. */
  readonly file: number;
  readonly shmem: number;
  readonly kernel: number;
  readonly sock: number;
}

const KERNEL_PARTS = ['kernel_stack', 'pagetables', 'sec_pagetables', 'percpu', 'vmalloc', 'slab'] as const;

/**
 * Amounts of one `memory.stat`, by the names that are there: version 2 prints `anon file kernel sock`, version 1 `rss cache`. Before 5.18 there is no `kernel`: its parts are added.
 * `kmem_bytes`: kernel memory by its own counter, where there is one.
 */
export function amountsOf(stats: ReadonlyMap<string, number>, kmem_bytes: number | null = null): GroupAmounts {
  const of = (key: string): number => stats.get(key) ?? 0;
  const slab = stats.has('slab') ? of('slab') : of('slab_reclaimable') + of('slab_unreclaimable');
  const parts = KERNEL_PARTS.reduce((sum, key) => sum + (key === 'slab' ? slab : of(key)), 0);
  const shmem = of('shmem');
  return {
    anon: stats.has('anon') ? of('anon') : of('rss'),
    file: Math.max(0, (stats.has('file') ? of('file') : of('cache')) - shmem),
    shmem,
    kernel: stats.get('kernel') ?? kmem_bytes ?? parts,
    sock: of('sock'),
  };
}

/** A task's pages as the scenario gives it: anonymous ones of its own, the rest mapped from files and tmpfs. */
interface TaskShare {
  readonly task: OomTask;
  readonly anon_pages: number;
  readonly shmem_pages: number;
  readonly file_pages: number;
}

/**
 * Tasks of whom only one sum is printed share what the group's statistics leave of anonymous memory, by their size; what is over is of files.
 * `anon_pages`: anonymous memory of the group; Infinity where nothing tells, and then all of a sum is anonymous.
 */
function shareOut(report: OomReport, anon_pages: number): readonly TaskShare[] {
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
function tasksOf(report: OomReport): readonly OomTask[] {
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

interface ReportScenario {
  readonly scenario: ImportedScenario | null;
  readonly slack: readonly SlackItem[];
  readonly notes: readonly string[];
}

/** Anonymous memory that its tasks may have, in pages: by the statistics; without them what usage leaves beside kernel memory; Infinity where there is neither. */
function anonPages({ stats, counters: { memory } }: OomReport, amounts: GroupAmounts): number {
  if (stats.size > 0) return pagesDown(amounts.anon);
  return memory === undefined ? Number.POSITIVE_INFINITY : pagesDown(memory.usage_bytes - amounts.kernel);
}

/** Why no scenario is made of a report; null if one can be. */
function unfit(report: OomReport, amounts: GroupAmounts): string | null {
  const { memory } = report.counters;
  if (memory === undefined) {
    if (report.machine_wide) return 'is of the whole machine, not of a memory cgroup: no scenario is made of it';
    const group = report.limit_path ?? report.stats_path ?? report.task_path;
    if (group === null || (report.stats.size === 0 && tasksOf(report).length === 0))
      return 'has no line `memory: usage …`, and no group with statistics or tasks: no scenario is made of it';
  }
  const most_bytes = LIMITS.memory_bytes / 2;
  const limit_bytes = memory !== undefined && Number.isFinite(memory.limit_bytes) ? memory.limit_bytes : 0;
  const usage_bytes = memory?.usage_bytes ?? 0;
  if (Math.max(usage_bytes, limit_bytes) > most_bytes) return `is of ${formatSize(usage_bytes)}: the lab simulates groups up to ${formatSize(most_bytes)}`;
  const tasks_pages = tasksOf(report).reduce((sum, task) => sum + Math.max(task.rss_pages, task.rss_anon_pages ?? 0), 0);
  const stats_bytes = Object.values(amounts).reduce((sum: number, bytes: number) => sum + bytes, 0);
  if (!(Math.max(tasks_pages * PAGE_SIZE_BYTES, stats_bytes) <= most_bytes))
    return `has more memory in its tasks or statistics than the ${formatSize(most_bytes)} that the lab simulates`;
  return null;
}

function scenarioOf(report: OomReport): ReportScenario {
  const at = `the report at line ${report.line}`;
  const { memory, kmem, swap, 'memory+swap': memsw } = report.counters;
  const amounts = amountsOf(report.stats, kmem?.usage_bytes ?? null);
  const why_not = unfit(report, amounts);
  if (why_not !== null) return { scenario: null, slack: [], notes: [`${at} ${why_not}`] };
  const usage_bytes = memory?.usage_bytes ?? null;
  const limit_bytes = memory?.limit_bytes ?? Number.POSITIVE_INFINITY;
  const memory_line = memory?.line ?? report.line;
  const v1 = memsw !== undefined || kmem !== undefined || report.stats.has('cache');
  const shares = shareOut(report, anonPages(report, amounts));
  const slack: SlackItem[] = [];
  const differ = (what: string, stated: number, found: number): number => {
    if (stated !== found) slack.push({ what, stated, found, unit: 'bytes', line: memory_line });
    return stated - found;
  };

  const draft = createDraft();
  const swap_max = v1 ? undefined : swap?.limit_bytes;
  const group = draft.container(report.limit_path ?? report.stats_path ?? report.task_path ?? '/oom', {
    ...(Number.isFinite(limit_bytes) ? { max: formatSize(limit_bytes) } : {}),
    ...(memsw !== undefined && Number.isFinite(memsw.limit_bytes) && memsw.limit_bytes >= limit_bytes ? { 'memsw-max': formatSize(memsw.limit_bytes) } : {}),
    ...(swap_max !== undefined && Number.isFinite(swap_max) ? { 'swap-max': formatSize(swap_max) } : {}),
    ...(v1 && kmem !== undefined && Number.isFinite(kmem.limit_bytes) ? { 'kmem-max': formatSize(kmem.limit_bytes) } : {}),
    ...(report.whole_group ? { 'oom-group': true } : {}),
  });
  const victim_group = report.task_path === null ? group : draft.container(report.task_path);
  const killed = new Set(report.kills.map(({ pid }) => pid));

  // What stands in the group apart from its tasks, then each task, the victim last.
  const keeper = draft.task('group', group);
  const file_pages = pagesDown(amounts.file);
  const mapped_pages = Math.min(file_pages, Math.max(0, ...shares.map((share) => share.file_pages)));
  const cache = file_pages > 0 ? draft.object('files', { file: pagesSize(file_pages) }) : null;
  const shmem_pages = pagesDown(amounts.shmem);
  const shmem = shmem_pages > 0 ? draft.object('shmem', { tmpfs: pagesSize(shmem_pages) }) : null;
  if (cache !== null) draft.step({ read: cache, by: keeper }, 'page cache of the group without shmem');
  if (shmem !== null) draft.step({ write: shmem, by: keeper }, 'shmem of the group');
  kernelSteps(draft, keeper, pagesDown(amounts.kernel));
  if (!v1) socketSteps(draft, keeper, group, pagesDown(amounts.sock));
  const task_names = new Map<number, string>();
  for (const share of shares.toSorted((x, y) => Number(killed.has(x.task.pid)) - Number(killed.has(y.task.pid)))) {
    const { task } = share;
    const adjustment: DraftMap = task.oom_score_adj === 0 ? {} : { 'oom-score-adj': task.oom_score_adj };
    const name = draft.task(`${task.comm}-${task.pid}`, killed.has(task.pid) ? victim_group : group, adjustment);
    task_names.set(task.pid, name);
    const rss = `line ${task.line}: rss ${task.rss_pages} pages`;
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

  const task_anon = shares.reduce((sum, share) => sum + share.anon_pages, 0) * PAGE_SIZE_BYTES;
  const anon_off = report.stats.size > 0 ? differ(`anonymous memory of ${group}: its statistics, and its tasks added up`, amounts.anon, task_anon) : 0;
  const stated_sum = amounts.anon + amounts.file + amounts.shmem + amounts.kernel + (v1 ? 0 : amounts.sock);
  if (usage_bytes !== null && report.stats.size > 0) differ(`${group}: usage, and its statistics added up`, usage_bytes, stated_sum);
  if (usage_bytes !== null && report.stats.size === 0)
    differ(`${group}: usage, and the memory of its tasks and the kernel (the report has no statistics)`, usage_bytes, task_anon + amounts.kernel);
  const in_steps = task_anon + (file_pages + shmem_pages + pagesDown(amounts.kernel) + (v1 ? 0 : pagesDown(amounts.sock))) * PAGE_SIZE_BYTES;
  if (swap !== undefined && swap.usage_bytes > 0)
    slack.push({ what: `${group}: swap in use, and swap in the scenario`, stated: swap.usage_bytes, found: 0, unit: 'bytes', line: swap.line });
  if (memsw !== undefined && usage_bytes !== null && memsw.usage_bytes > usage_bytes)
    slack.push({ what: `${group}: memory and swap in use, and memory`, stated: memsw.usage_bytes, found: usage_bytes, unit: 'bytes', line: memsw.line });

  const model = v1 ? 'memcg-v1-slab-optout' : 'memcg-v2';
  draft.step({ sample: draft.name('before-the-kill') });
  const counters: DraftMap = {
    ...(usage_bytes === null ? {} : { current: expected(usage_bytes, usage_bytes - in_steps) }),
    ...(report.stats.size === 0
      ? {}
      : {
          anon: expected(amounts.anon, anon_off),
          file: expected(amounts.file + amounts.shmem, amounts.file + amounts.shmem - (file_pages + shmem_pages) * PAGE_SIZE_BYTES),
          shmem: expected(amounts.shmem, amounts.shmem - shmem_pages * PAGE_SIZE_BYTES),
        }),
  };
  if (Object.keys(counters).length > 0)
    draft.step({ expect: { [group]: counters }, under: model }, 'the numbers of the report; after ± what its own sums are off');
  const invoker = shares.find(({ task }) => task.pid === report.invoker?.pid) ?? shares.find(({ task }) => killed.has(task.pid)) ?? shares.at(-1);
  const last = invoker === undefined ? keeper : (task_names.get(invoker.task.pid) ?? keeper);
  const swap_room = swap_max !== undefined && Number.isFinite(swap_max) ? swap_max : 0;
  let more_pages = 0;
  if (Number.isFinite(limit_bytes)) {
    // Enough to go over the limit when all of the page cache has been reclaimed and all of swap is full.
    more_pages = Math.ceil((Math.max(0, limit_bytes - in_steps) + swap_room) / PAGE_SIZE_BYTES) + file_pages + 256;
    const over = draft.name('over-the-limit');
    draft.step({ alloc: over, by: last, size: pagesSize(more_pages) }, `${report.invoker?.comm ?? 'a task'} invoked the killer`);
    draft.step({ touch: over, by: last });
    draft.step({ sample: draft.name('after-the-kill') });
    if (report.kills.length === 1 && !report.whole_group) draft.step({ expect: { [group]: { oom_kill: 1 } }, under: model }, 'the report has one kill');
  }

  const notes = [
    ...(report.task_path === null || report.limit_path === report.task_path ? [] : [`${at} names the group of the victim only; other tasks stand in ${group}`]),
    ...(memory === undefined ? [`${at} has no line \`memory: usage …\`: ${group} has no limit here, and its usage is not known`] : []),
    ...(report.stats.size === 0 ? [`${at} has no statistics of its group: what its tasks have is taken as anonymous where nothing says otherwise`] : []),
    ...(report.page_kib === 4 ? [] : [`${at} is of a machine with pages of ${report.page_kib} KiB; the lab's have 4`]),
    ...(report.tasks.length === 0 ? [`${at} has no table of tasks: the scenario has those that were killed`] : []),
  ];
  const name = `Out of memory in ${report.limit_path ?? group}`;
  const about = aboutOf(
    [
      `Made from an out-of-memory report (line ${report.line}). What the group held at the kill, in the order page cache, shmem, kernel memory, tasks${more_pages > 0 ? `; then ${last} goes over the limit` : ''}.`,
    ],
    slack,
    notes,
  );
  const error = draft.exceeds(name);
  if (error !== null) return { scenario: null, slack, notes: [...notes, `${at}: ${error.message}`] };
  const swap_machine: DraftMap = swap_room > 0 ? { swap: formatSize(Math.min(swap_room, LIMITS.swap_bytes)) } : {};
  const text = draft.render({
    name,
    about,
    models: v1 ? [model, 'memcg-v1', 'memcg-v2', 'partial', 'rss'] : [model, 'partial', 'rss', 'software-zones'],
    machine: { memory: machineMemory(2 * Math.max(usage_bytes ?? 0, in_steps + more_pages * PAGE_SIZE_BYTES)), ...swap_machine },
  });
  return { scenario: { name, text }, slack, notes };
}

/** Out-of-memory reports of memory cgroups, versions 1 and 2 (mm/oom_kill.c dump_header(), mm/memcontrol.c mem_cgroup_print_oom_meminfo(); 3.10 to 6.12), in consoles, journals and mails. */
export const OOM_REPORT: ForeignFormat = {
  id: 'oom-report',
  title: 'out-of-memory report',
  source: '`dmesg`, `journalctl -k`, or a mail that quotes them',
  recognise({ text }) {
    const fits = countMatches(text, SIGN, stripLog);
    return {
      fits: fits * 4,
      why: fits > 0 ? `${fits} lines of out-of-memory reports` : 'no line says `invoked oom-killer`, `Memory cgroup out of memory` or `memory: usage …`',
    };
  },
  read({ name, text }) {
    const lines = linesOf(text ?? '');
    const book = createLineBook(lines);
    const reports = readOomReports(lines, book.use);
    if (reports.length === 0)
      return fail({
        code: 'oom-no-report',
        message: 'No out-of-memory report begins in this text.',
        place: { file: name },
        remedy: 'give the lines from `invoked oom-killer` to `Killed process`',
      });
    const made = reports.slice(0, SCENARIO_COUNT_MAX).map(scenarioOf);
    const notes = made.flatMap((one) => one.notes);
    if (reports.length > SCENARIO_COUNT_MAX)
      notes.push(`${reports.length} reports: scenarios are made of the first ${SCENARIO_COUNT_MAX}; cut the text for the others`);
    return ok({
      lines: book.account(),
      slack: made.flatMap((one) => one.slack),
      notes,
      scenarios: made.flatMap(({ scenario }) => (scenario === null ? [] : [scenario])),
    });
  },
};
