import { plural } from '../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { fail, ok } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';
import { formatSize } from '../scenario/units.ts';
import { countMatches, type ForeignFormat, type SlackItem } from './foreign-format.ts';
import { amountsOf, type GroupAmounts } from './group-amounts.ts';
import { createLineBook, linesOf, stripLog } from './import-lines.ts';
import { type OomReport, readOomReports } from './oom-lines.ts';
import { machineScenario } from './oom-machine.ts';
import { heldSteps, type ReportScenario, shareOut, tasksOf } from './oom-tasks.ts';
import { aboutOf, createDraft, type DraftMap, expected, machineMemory, pagesSize } from './scenario-draft.ts';
import { pagesDown } from './state-steps.ts';

/** Scenarios made of one console; further reports are counted in a note. */
const SCENARIO_COUNT_MAX = 20;

const SIGN =
  /^(?:(?:Memory cgroup out|Out) of memory(?: \([^)]*\))?: Kill|Memory cgroup stats(?: for \S+)?:|Task in \S+ killed as a result of limit of |oom-kill:constraint=CONSTRAINT_|memory: usage \d+kB, limit \d+kB|.{1,64} invoked oom-killer:(?: |$))/;

/** Anonymous memory that its tasks may have, in pages: by the statistics; without them what usage leaves beside kernel memory; Infinity where there is neither. */
function anonPages({ stats, counters: { memory } }: OomReport, amounts: GroupAmounts): number {
  if (stats.size > 0) return pagesDown(amounts.anon);
  return memory === undefined ? Number.POSITIVE_INFINITY : pagesDown(memory.usage_bytes - amounts.kernel);
}

/** Why no scenario is made of a report; null if one can be. */
function unfit(report: OomReport, amounts: GroupAmounts): string | null {
  const { memory } = report.counters;
  if (memory === undefined) {
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
  if (report.machine_wide && report.counters.memory === undefined) return machineScenario(report);
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

  const {
    keeper,
    task_names,
    file_pages,
    shmem_pages,
    task_anon_bytes: task_anon,
  } = heldSteps(draft, {
    group,
    keeper: 'group',
    shares,
    amounts,
    groupOf: ({ pid }) => (killed.has(pid) ? victim_group : group),
    killed,
    with_sockets: !v1,
  });

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

/** Reports in their order, those that say the same together: a mail quotes one, a console shows it beside the journal. */
function withoutRepeats(reports: readonly OomReport[]): readonly (readonly [OomReport, ...OomReport[]])[] {
  const alike = new Map<string, [OomReport, ...OomReport[]]>();
  for (const report of reports) {
    // Where it stands is no part of what it says.
    const said = JSON.stringify(report, (key, value: unknown) => (key === 'line' ? undefined : value instanceof Map ? [...value] : value));
    const before = alike.get(said);
    if (before === undefined) alike.set(said, [report]);
    else before.push(report);
  }
  return [...alike.values()];
}

/** That a report stands in the text more than once. */
const repeatNotes = ([first, ...again]: readonly [OomReport, ...OomReport[]]): readonly string[] =>
  again.length === 0
    ? []
    : [
        `the report at line ${first.line} stands ${again.length === 1 ? 'twice' : `${again.length + 1} times`} (again at line ${again.map(({ line }) => line).join(', ')}): it is taken once`,
      ];

/** Out-of-memory reports of memory cgroups and of whole machines, versions 1 and 2 (mm/oom_kill.c dump_header(), mm/memcontrol.c mem_cgroup_print_oom_meminfo(); 3.10 to 6.12), in consoles, journals and mails. */
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
    const distinct = withoutRepeats(reports);
    const made = distinct.slice(0, SCENARIO_COUNT_MAX).map(([report]) => scenarioOf(report));
    const notes = [...made.flatMap((one) => one.notes), ...distinct.flatMap(repeatNotes)];
    if (distinct.length > SCENARIO_COUNT_MAX)
      notes.push(`${plural(distinct.length, 'report')}: scenarios are made of the first ${SCENARIO_COUNT_MAX}; cut the text for the others`);
    return ok({
      lines: book.account(),
      slack: made.flatMap((one) => one.slack),
      notes,
      scenarios: made.flatMap(({ scenario }) => (scenario === null ? [] : [scenario])),
    });
  },
};
