import { unfoldLines } from './folded-lines.ts';
import { hasStamp } from './import-lines.ts';
import { OOM_FOLDED, OOM_UNFOLDED } from './oom-folded.ts';

/** A counter of the kernel in a report: `memory: usage 16384kB, limit 16384kB, failcnt 35`. */
export interface OomUsage {
  readonly usage_bytes: number;
  /** Infinity where the counter has no limit. */
  readonly limit_bytes: number;
  readonly failcnt: number;
  readonly line: number;
}

/** A row of the table of tasks; pages, null where the kernel does not print the column. */
export interface OomTask {
  readonly pid: number;
  readonly uid: number;
  readonly comm: string;
  readonly rss_pages: number;
  readonly rss_anon_pages: number | null;
  readonly rss_file_pages: number | null;
  readonly rss_shmem_pages: number | null;
  readonly swap_pages: number;
  readonly oom_score_adj: number;
  readonly line: number;
}

/** A task that the killer took: `Killed process 133 (a) total-vm:…, anon-rss:…`. */
export interface OomKill {
  readonly pid: number;
  readonly comm: string;
  readonly anon_bytes: number;
  readonly file_bytes: number;
  readonly shmem_bytes: number;
  readonly line: number;
}

/** What a report of the whole machine says of it: `Mem-Info:` and what follows. */
export interface OomMachine {
  /** Where it begins, from 1; 0 where there is nothing of it. */
  line: number;
  /** `active_anon`, `free` and their like, in pages. */
  readonly counts: Map<string, number>;
  /** Null where that line is missing. */
  ram_pages: number | null;
  reserved_pages: number;
  /** Of all nodes, or of all zones before 5.9. */
  kernel_stack_bytes: number;
  readonly swap: { total_bytes: number; free_bytes: number };
}

/** One out-of-memory report of a memory cgroup or of the whole machine, as it was printed. Lines count from 1. */
export interface OomReport {
  readonly line: number;
  invoker: { readonly comm: string; readonly pid: number | null } | null;
  readonly counters: Partial<Record<'memory' | 'memory+swap' | 'swap' | 'kmem', OomUsage>>;
  /** Statistics of the group in bytes (counts of events as they are), by the kernel's names; `per_group` of v1 sums what several lines say. */
  readonly stats: Map<string, number>;
  stats_path: string | null;
  readonly tasks: OomTask[];
  readonly kills: OomKill[];
  /** `oom_memcg`, or what v1 calls `as a result of limit of`. */
  limit_path: string | null;
  /** `task_memcg`, or what v1 calls `Task in`. */
  task_path: string | null;
  constraint: string | null;
  /** Lines of a report of the whole machine, which has no group's limit. */
  machine_wide: boolean;
  readonly machine: OomMachine;
  /** The group's killer took all of its tasks (memory.oom.group). */
  whole_group: boolean;
  /** Size of the machine's pages; the counts of pages here are of 4 KiB whatever it is. */
  page_kib: number;
}

const KIB = 1024;

const INVOKED = /^(.{1,64}?) invoked oom-killer:(?: |$)/;
/** Before 3.10 `Pid: 2376, comm: x Not tainted`. */
const PID = /^(?:CPU: \d+ (?:UID: \d+ )?PID: (\d+) Comm:|Pid: (\d+), comm:) (.+?)(?: Kdump:| Not tainted| Tainted:|$)/;
const USAGE = /^(memory|memory\+swap|swap|kmem): usage (\d{1,12})kB, limit (\d{1,16})kB, failcnt (\d{1,15})$/;
const TASK_IN = /^Task in (\S+) killed as a result of limit of (\S+)$/;
/** In place of `Task in`, where nobody could be killed. */
const LIMIT_REACHED = /^Memory limit reached of cgroup (\S+)$/;
const STATS = /^Memory cgroup stats for (\S+?):\s*(.*)$/;
const STATS_NAMELESS = /^Memory cgroup stats(?: for)?:\s*(.*)$/;
const PACKED_STAT = /^(?:[a-z_]+:\d{1,12}KB ?)+$/;
const STAT = /^([a-z][a-z0-9_]*) (\d{1,15})$/;
const TABLE = /^\[ *pid *\] +uid +tgid +total_vm(?: |$)/;
const ROW = /^\[ *(\d{1,10})\] +(\d{1,10}) +(\d{1,10}) +(.+)$/;
/** A row whose table lost its header: the kernels have three, four or six columns between `rss` and the name, `oom_score_adj` last. */
const HEADLESS_ROW = /^\[ *(\d{1,10})\] +\d{1,10} +\1 +\d+ +\d+ +\d+ +-?\d+ +-?\d+ /;
const HEADLESS_COLUMNS: ReadonlyMap<number, readonly string[]> = new Map([
  [6, ['rss_anon', 'rss_file', 'rss_shmem', 'pgtables_bytes', 'swapents', 'oom_score_adj']],
  [4, ['nr_ptes', 'nr_pmds', 'swapents', 'oom_score_adj']],
  // 3.2 has `cpu oom_adj` here: swap is not taken from rows without a header.
  [3, ['-', '-', 'oom_score_adj']],
]);
const CONSTRAINT = /^oom-kill:constraint=(\w+),/;
const KILLED =
  /^(?:Memory cgroup out of memory: |Out of memory(?: \([^)]*\))?: )?Killed process (\d+)(?:, UID \d+,)? \((.*?)\),?(?: UID \d+,)? (?:total-vm|vsz):(\d+)kB, (.*)$/;
const KILL_ANNOUNCED = /^(?:Memory cgroup out of memory|Out of memory)(?: \([^)]*\))?: Kill process \d+ /;
/** A kill for want of memory of the whole machine. */
const WHOLE_MACHINE = /^Out of memory(?: \([^)]*\))?: Kill/;
const GROUP = /^Tasks in (\S+) are going to be killed due to memory\.oom\.group set$/;

/** What surrounds a report and says nothing about memory's owners. */
const KNOWN: readonly RegExp[] = [
  /^(?:CPU|Hardware name|Call [Tt]race|Modules linked in|Workqueue|Code|RIP|RSP|PKRU|Kernel Offset|Tainted|Comm|ORIG_RAX):? ?/,
  /^<\/?(?:TASK|IRQ|NMI|EOE)>$/,
  /^\[<[0-9a-f]+>\](?: \?)?$/,
  /^(?:\[<[0-9a-f]+>\] )?(?:\? )?[\w.]+\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[[\w ]+\])?$/,
  /^(?:[0-9a-f]{8,16} ){1,8}?[0-9a-f]{8,16}$/,
  /^(?:E?FLAGS|RAX|RBX|RCX|RDX|RSI|RDI|RBP|R0?[0-9]+|CR\d|DR\d|FS|CS|GS|DS|pc|lr|sp|pstate|x\d+) ?:/,
  /^.{1,64} cpuset=\S* mems_allowed=[\d,-]*$/,
  /^oom_reaper: /,
  /^oom_kill_process: \d+ callbacks suppressed$/,
  /^Tasks state \(memory values in pages\):$/,
  /^(?:Memory cgroup out of memory|Out of memory) and no killable processes\.\.\.$/,
  /^\.{2,} ?\(call trace\)$/,
  /^\(\.\.\.snipped\.\.\.\)$|^\[?\.{3,}\]?$|^-{2,}(?:\[ cut here \]|-*)$/,
];
const MACHINE_WIDE: readonly RegExp[] = [/^Mem-Info:$/, /^\d+ pages RAM$/, /^Node \d+ /, /^lowmem_reserve\[\]:/, /^\d+ total pagecache pages$/];
const MACHINE_WIDE_MORE: readonly RegExp[] = [
  /^(?:active|inactive|unevictable|isolated|slab|mapped|free|kernel_misc|sec_pagetables|unstable|dirty|shmem)\w*:\d/,
  /^\d+ pages (?:in swap cache|HighMem\/MovableOnly|reserved|hwpoisoned|cma reserved|in pagetable cache)$/,
  /^(?:Swap cache stats:|Free swap|Total swap|Unreclaimable slab info|Name +Used +Total)/,
];

/** The file and shared parts of `anon-rss:92kB, file-rss:444kB, shmem-rss:167028kB, UID:0 pgtables:76kB oom_score_adj:0`. */
const partBytes = (text: string, part: string): number => Number(new RegExp(`(?:^|\\s)${part}:(\\d{1,12})kB`).exec(text)?.[1] ?? 0) * KIB;
/** PAGE_COUNTER_MAX prints as 9007199254740988kB; no machine comes near a limit of 8 PiB. */
const limitBytes = (kib: number): number => (kib * KIB > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : kib * KIB);
const fieldOf = (text: string, key: string): string | null => new RegExp(`[,:]${key}=([^,]*)`).exec(text)?.[1] ?? null;

function emptyReport(line: number): OomReport {
  return {
    line,
    invoker: null,
    counters: {},
    stats: new Map(),
    stats_path: null,
    tasks: [],
    kills: [],
    limit_path: null,
    task_path: null,
    constraint: null,
    machine_wide: false,
    machine: { line: 0, counts: new Map(), ram_pages: null, reserved_pages: 0, kernel_stack_bytes: 0, swap: { total_bytes: 0, free_bytes: 0 } },
    whole_group: false,
    page_kib: 4,
  };
}

/** A row of the table under its header. Null: it has not as many columns as the header says. */
function taskOf(text: string, columns: readonly string[], line: number): OomTask | null {
  const match = ROW.exec(text);
  if (match === null) return null;
  // The header's columns after pid; a name may hold spaces, so it takes the rest.
  const words = (match[4] ?? '').split(/ +/);
  const rest = columns.slice(3);
  if (words.length < rest.length) return null;
  const at = (column: string): number | null => {
    const index = rest.indexOf(column);
    const value = index < 0 ? Number.NaN : Number(words[index]);
    return Number.isFinite(value) ? value : null;
  };
  const rss_pages = at('rss');
  if (rss_pages === null || rss_pages < 0) return null;
  return {
    pid: Number(match[1]),
    uid: Number(match[2]),
    comm: words.slice(rest.length - 1).join(' '),
    rss_pages,
    rss_anon_pages: at('rss_anon'),
    rss_file_pages: at('rss_file'),
    rss_shmem_pages: at('rss_shmem'),
    swap_pages: at('swapents') ?? 0,
    oom_score_adj: at('oom_score_adj') ?? 0,
    line,
  };
}

/** The columns of a row without its header, by how many numbers stand in it before the name; null if no kernel prints such a row. */
function columnsOfRow(text: string): readonly string[] | null {
  if (!HEADLESS_ROW.test(text)) return null;
  const words = (ROW.exec(text)?.[4] ?? '').split(/ +/);
  for (const [count, names] of HEADLESS_COLUMNS) {
    const numbers = words.slice(2, 2 + count);
    if (words.length > 2 + count && numbers.every((word) => /^-?\d+$/.test(word))) return ['pid', 'uid', 'tgid', 'total_vm', 'rss', ...names, 'name'];
  }
  return null;
}

/** Physical lines that a row may be broken into. */
const ROW_PIECE_COUNT_MAX = 6;
const PAGE_KIB_SIZES = [64, 16] as const;

/** Size of the machine's pages in KiB, by what is printed of one task in pages and in kB; 4 where that does not tell. */
function pageKib({ tasks, kills }: OomReport): number {
  for (const kill of kills) {
    const pages = tasks.find(({ pid }) => pid === kill.pid)?.rss_pages ?? 0;
    const kib = (kill.anon_bytes + kill.file_bytes + kill.shmem_bytes) / KIB;
    const size = PAGE_KIB_SIZES.find((one) => pages >= 16 && Math.abs(kib / pages - one) < one / 8);
    if (size !== undefined) return size;
  }
  return 4;
}

/** `active_anon:12 inactive_anon:3456 isolated_anon:0`, in pages: the machine's; those of a node begin with it and are in kB. */
const PAGE_COUNTS = /^(?:[a-z_]+:\d{1,15}(?: |$))+$/;

/** Takes a line of the machine's state. */
function takeMachineLine(machine: OomMachine, text: string, line: number): void {
  if (machine.line === 0) machine.line = line;
  if (PAGE_COUNTS.test(text)) for (const [, key = '', pages = ''] of text.matchAll(/([a-z_]+):(\d+)/g)) machine.counts.set(key, Number(pages));
  const [, ram, reserved] = /^(?:(\d+) pages RAM|(\d+) pages reserved)$/.exec(text) ?? [];
  if (ram !== undefined) machine.ram_pages = Number(ram);
  if (reserved !== undefined) machine.reserved_pages = Number(reserved);
  const [, which, kib] = /^(Free|Total) swap *= *(\d{1,15})kB$/.exec(text) ?? [];
  if (which !== undefined) machine.swap[which === 'Free' ? 'free_bytes' : 'total_bytes'] = Number(kib) * KIB;
  machine.kernel_stack_bytes += Number(/ kernel_stack:(\d{1,12})kB/.exec(text)?.[1] ?? 0) * KIB;
}

/** Counts of pages as counts of the lab's pages of 4 KiB. */
function inSmallPages(report: OomReport): void {
  report.page_kib = pageKib(report);
  const factor = report.page_kib / 4;
  if (factor === 1) return;
  const small = (pages: number | null): number | null => (pages === null ? null : pages * factor);
  const { machine } = report;
  for (const [key, pages] of machine.counts) machine.counts.set(key, pages * factor);
  machine.ram_pages = small(machine.ram_pages);
  machine.reserved_pages *= factor;
  for (const [index, task] of report.tasks.entries())
    report.tasks[index] = {
      ...task,
      rss_pages: task.rss_pages * factor,
      rss_anon_pages: small(task.rss_anon_pages),
      rss_file_pages: small(task.rss_file_pages),
      rss_shmem_pages: small(task.rss_shmem_pages),
      swap_pages: task.swap_pages * factor,
    };
}

/** Reads reports out of lines of a console; `used` is told each line that was read or is known. */
export function readOomReports(lines: readonly string[], used: (index: number) => void): readonly OomReport[] {
  const { texts, lastOf, use } = unfoldLines(lines, OOM_FOLDED, OOM_UNFOLDED, used);
  const reports: OomReport[] = [];
  let report: OomReport | null = null;
  let columns: readonly string[] = [];
  let in_stats = false;

  const open = (line: number): OomReport => {
    report = emptyReport(line);
    reports.push(report);
    columns = [];
    in_stats = false;
    return report;
  };
  /** The report that a line belongs to: a new one where the one that is open has what the line says already. */
  const within = (line: number, has: (own: OomReport) => boolean): OomReport => (report === null || has(report) ? open(line) : report);

  const takePacked = (own: OomReport, text: string): void => {
    for (const [, key = '', kib = '0'] of text.matchAll(/([a-z_]+):(\d{1,12})KB/g)) own.stats.set(key, (own.stats.get(key) ?? 0) + Number(kib) * KIB);
  };

  for (let index = 0; index < lines.length; index += 1) {
    const bare = texts[index] ?? '';
    // A journal may have put the announcement and the kill into one line.
    const merged = KILL_ANNOUNCED.test(bare) ? bare.indexOf('Killed process ') : -1;
    const text = merged > 0 ? bare.slice(merged) : bare;
    const line = index + 1;
    const invoked = INVOKED.exec(text);
    if (invoked !== null) {
      open(line).invoker = { comm: invoked[1] ?? '', pid: null };
      use(index);
      continue;
    }
    const task_in = TASK_IN.exec(text);
    if (task_in !== null) {
      const own = within(line, ({ counters, limit_path }) => counters.memory !== undefined || limit_path !== null);
      own.task_path = task_in[1] ?? null;
      own.limit_path = task_in[2] ?? null;
      use(index);
      continue;
    }
    const reached = LIMIT_REACHED.exec(text);
    if (reached !== null) {
      within(line, ({ counters, limit_path }) => counters.memory !== undefined || limit_path !== null).limit_path = reached[1] ?? null;
      use(index);
      continue;
    }
    const usage = USAGE.exec(text);
    if (usage !== null) {
      const which = usage[1] as keyof OomReport['counters'];
      const own = within(line, ({ counters, kills }) => counters[which] !== undefined || kills.length > 0);
      own.counters[which] = { usage_bytes: Number(usage[2]) * KIB, limit_bytes: limitBytes(Number(usage[3])), failcnt: Number(usage[4]), line };
      in_stats = false;
      use(index);
      continue;
    }
    // A text may be cut before the table, or in it.
    if (TABLE.test(text)) within(line, ({ kills }) => kills.length > 0);
    const headless = columns.length === 0 ? columnsOfRow(text) : null;
    if (headless !== null) {
      within(line, ({ kills }) => kills.length > 0);
      columns = headless;
    }
    // A text whose head was cut off.
    if (STATS.test(text)) within(line, ({ kills }) => kills.length > 0);
    if (WHOLE_MACHINE.test(text)) within(line, ({ counters }) => counters.memory !== undefined).machine_wide = true;
    if (CONSTRAINT.test(text)) within(line, ({ constraint, kills }) => constraint !== null || kills.length > 0);
    if (report === null) {
      const alone = KILLED.exec(text);
      if (alone !== null && text.startsWith('Memory cgroup out of memory')) {
        open(line).kills.push(killOf(alone, line));
        use(index);
      } else if (KNOWN.some((pattern) => pattern.test(text))) use(index);
      continue;
    }
    const own: OomReport = report;

    const stats = STATS.exec(text);
    const nameless = stats === null ? STATS_NAMELESS.exec(text) : null;
    if (stats !== null || nameless !== null) {
      own.stats_path ??= stats?.[1] ?? null;
      takePacked(own, stats?.[2] ?? nameless?.[1] ?? '');
      in_stats = true;
      use(index);
      continue;
    }
    const stat = in_stats ? STAT.exec(text) : null;
    if (stat !== null) {
      own.stats.set(stat[1] ?? '', Number(stat[2]));
      use(index);
      continue;
    }
    if (in_stats && PACKED_STAT.test(text)) {
      takePacked(own, text);
      use(index);
      continue;
    }
    if (TABLE.test(text)) {
      columns = text.replace(/^\[ *pid *\]/, 'pid').split(/ +/);
      in_stats = false;
      use(index);
      continue;
    }
    if (columns.length > 0 && ROW.test(text)) {
      let row = taskOf(text, columns, line);
      let whole = text;
      let last = lastOf(index);
      // As long as the header has more columns, what follows is the rest of a row that was broken.
      for (; row === null && last < index + ROW_PIECE_COUNT_MAX; row = taskOf(whole, columns, line)) {
        const next = texts[last + 1] ?? '';
        if (next === '' || ROW.test(next) || hasStamp(lines[last + 1] ?? '')) break;
        whole = `${whole} ${next}`;
        last += 1;
      }
      if (row !== null) for (; index < last; index += 1) use(index);
      if (row !== null) {
        own.tasks.push(row);
        use(index);
      }
      continue;
    }
    const constraint = CONSTRAINT.exec(text);
    if (constraint !== null) {
      own.constraint = constraint[1] ?? null;
      own.limit_path = fieldOf(text, 'oom_memcg') ?? own.limit_path;
      own.task_path = fieldOf(text, 'task_memcg') ?? own.task_path;
      own.machine_wide ||= /,global_oom(?:,|$)/.test(text);
      in_stats = false;
      use(index);
      continue;
    }
    const killed = KILLED.exec(text);
    if (killed !== null) {
      own.kills.push(killOf(killed, line));
      in_stats = false;
      use(index);
      continue;
    }
    if (KILL_ANNOUNCED.test(text)) {
      use(index);
      continue;
    }
    if (GROUP.test(text)) {
      own.whole_group = true;
      use(index);
      continue;
    }
    const pid = PID.exec(text);
    if (pid !== null && own.invoker !== null && own.invoker.pid === null) own.invoker = { ...own.invoker, pid: Number(pid[1] ?? pid[2]) };
    if (pid !== null) use(index);
    const tells_machine = MACHINE_WIDE.some((pattern) => pattern.test(text));
    own.machine_wide ||= tells_machine;
    if (tells_machine || MACHINE_WIDE_MORE.some((pattern) => pattern.test(text))) {
      takeMachineLine(own.machine, text, line);
      use(index);
    } else if (KNOWN.some((pattern) => pattern.test(text))) use(index);
  }
  for (const one of reports) inSmallPages(one);
  return reports;
}

function killOf(match: RegExpExecArray, line: number): OomKill {
  const parts = match[4] ?? '';
  return {
    pid: Number(match[1]),
    comm: match[2] ?? '',
    anon_bytes: partBytes(parts, 'anon-rss'),
    file_bytes: partBytes(parts, 'file-rss'),
    shmem_bytes: partBytes(parts, 'shmem-rss'),
    line,
  };
}
