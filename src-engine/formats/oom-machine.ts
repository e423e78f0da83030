import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { LIMITS } from '../scenario/limits.ts';
import { formatSize } from '../scenario/units.ts';
import type { SlackItem } from './foreign-format.ts';
import type { GroupAmounts } from './group-amounts.ts';
import type { OomReport } from './oom-lines.ts';
import { heldSteps, type ReportScenario, shareOut } from './oom-tasks.ts';
import { aboutOf, createDraft, expected, pagesSize } from './scenario-draft.ts';
import { pagesDown } from './state-steps.ts';

const bytes = (pages: number): number => pages * PAGE_SIZE_BYTES;

/** What the machine holds, by `Mem-Info`. shmem lies on the lists of anonymous memory; what is unevictable may be either. */
function amountsOfMachine({ machine }: OomReport): GroupAmounts {
  const of = (key: string): number => machine.counts.get(key) ?? 0;
  const shmem = of('shmem');
  return {
    anon: bytes(Math.max(0, of('active_anon') + of('inactive_anon') + of('isolated_anon') - shmem)),
    file: bytes(of('active_file') + of('inactive_file') + of('isolated_file')),
    shmem: bytes(shmem),
    kernel: bytes(of('slab_reclaimable') + of('slab_unreclaimable') + of('pagetables') + of('sec_pagetables')) + machine.kernel_stack_bytes,
    sock: 0,
  };
}

/** Why no scenario is made of a report of the whole machine; null if one can be. */
function unfit({ constraint, tasks, machine }: OomReport): string | null {
  if (constraint !== null && constraint !== 'CONSTRAINT_NONE')
    return `is of a part of the machine (${constraint}), and does not say how much memory that part has: no scenario is made of it`;
  const missing = [
    ...(machine.ram_pages === null ? ['line `… pages RAM`'] : []),
    ...(machine.counts.has('active_anon') && machine.counts.has('active_file') ? [] : ['`Mem-Info:` with active_anon and active_file']),
    ...(tasks.length === 0 ? ['table of tasks'] : []),
  ];
  if (missing.length > 0) return `is of the whole machine, and has no ${missing.join(', no ')}: no scenario is made of it`;
  const ram_bytes = bytes((machine.ram_pages ?? 0) - machine.reserved_pages);
  return ram_bytes > LIMITS.memory_bytes
    ? `is of a machine of ${formatSize(ram_bytes)}: the lab simulates machines up to ${formatSize(LIMITS.memory_bytes)}`
    : null;
}

/**
 * A scenario of a report of the whole machine (`constraint=CONSTRAINT_NONE`; mm/show_mem.c `__show_mem()`, 2.6.32 to 6.12): its memory, and what the report tells of that, all in the root, since such a
 * report names the group of the victim only and no limits.
 */
export function machineScenario(report: OomReport): ReportScenario {
  const at = `the report at line ${report.line}`;
  const refused = (why: string, slack: readonly SlackItem[] = []): ReportScenario => ({ scenario: null, slack, notes: [`${at} ${why}`] });
  const why_not = unfit(report);
  if (why_not !== null) return refused(why_not);
  const { machine } = report;
  const ram_pages = (machine.ram_pages ?? 0) - machine.reserved_pages;
  const amounts = amountsOfMachine(report);
  const killed = new Set(report.kills.map(({ pid }) => pid));
  const draft = createDraft();
  const shares = shareOut(report, pagesDown(amounts.anon));
  const { keeper, task_names, file_pages, shmem_pages, task_anon_bytes } = heldSteps(draft, {
    group: '.',
    keeper: 'machine',
    shares,
    amounts,
    killed,
    groupOf: () => '.',
    with_sockets: false,
  });
  const in_steps_pages = file_pages + shmem_pages + pagesDown(amounts.kernel) + task_anon_bytes / PAGE_SIZE_BYTES;
  if (in_steps_pages > ram_pages)
    return refused(
      `has tasks of ${formatSize(task_anon_bytes)} together on a machine of ${formatSize(bytes(ram_pages))} (pages shared since a fork count for each): no scenario is made of it`,
    );

  const slack: SlackItem[] = [];
  const differ = (what: string, stated: number, found: number, line = machine.line): void => {
    if (stated !== found) slack.push({ what, stated, found, unit: 'bytes', line });
  };
  const free_bytes = bytes((machine.counts.get('free') ?? 0) + (machine.counts.get('free_pcp') ?? 0));
  differ('anonymous memory of the machine: its lists, and its tasks added up', amounts.anon, task_anon_bytes);
  differ(
    'memory of the machine without what is reserved, and what the report lists of it added up',
    bytes(ram_pages),
    amounts.anon + amounts.file + amounts.shmem + amounts.kernel + free_bytes,
  );
  const { total_bytes, free_bytes: swap_free_bytes } = machine.swap;
  differ('swap in use, and swap in the scenario', total_bytes - swap_free_bytes, 0);

  const model = 'memcg-v2';
  draft.step({ sample: draft.name('before-the-kill') });
  const counters = {
    anon: expected(amounts.anon, amounts.anon - task_anon_bytes),
    file: expected(amounts.file + amounts.shmem, amounts.file + amounts.shmem - bytes(file_pages + shmem_pages)),
    shmem: expected(amounts.shmem, amounts.shmem - bytes(shmem_pages)),
  };
  draft.step({ expect: { '.': counters }, under: model }, 'the numbers of the report; after ± what its own sums are off');
  const last = shares.find(({ task }) => killed.has(task.pid)) ?? shares.find(({ task }) => task.pid === report.invoker?.pid) ?? shares.at(-1);
  const grows = last === undefined ? keeper : (task_names.get(last.task.pid) ?? keeper);
  // Enough to have nothing left when all of the page cache has been reclaimed and all of swap is full.
  const more_pages = ram_pages - in_steps_pages + pagesDown(swap_free_bytes) + file_pages + shmem_pages + 256;
  const over = draft.name('what-was-left');
  draft.step({ alloc: over, by: grows, size: pagesSize(more_pages) }, 'the last of the memory: who asked for it the report does not say');
  draft.step({ touch: over, by: grows });
  draft.step({ sample: draft.name('after-the-kill') });

  const notes = [
    `${at} is of the whole machine: its tasks stand in the root, since it names the group of the victim only`,
    ...(report.page_kib === 4 ? [] : [`${at} is of a machine with pages of ${report.page_kib} KiB; the lab's have 4`]),
  ];
  const name = 'Out of memory on the whole machine';
  const about = aboutOf(
    [
      `Made from an out-of-memory report of the whole machine (line ${report.line}). What it held at the kill, in the order page cache, shmem, kernel memory, tasks; then ${grows} takes what was left.`,
    ],
    slack,
    notes,
  );
  const error = draft.exceeds(name);
  if (error !== null) return { scenario: null, slack, notes: [...notes, `${at}: ${error.message}`] };
  const text = draft.render({
    name,
    about,
    models: [model, 'memcg-v1-slab-optout'],
    machine: { memory: pagesSize(ram_pages), ...(swap_free_bytes > 0 ? { swap: formatSize(Math.min(swap_free_bytes, LIMITS.swap_bytes)) } : {}) },
  });
  return { scenario: { name, text }, slack, notes };
}
