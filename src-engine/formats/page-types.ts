import { plural } from '../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';
import { formatSize } from '../scenario/units.ts';
import { countMatches, type ForeignFormat, type ImportedScenario, type SlackItem } from './foreign-format.ts';
import { createLineBook, linesOf, stripLog } from './import-lines.ts';
import { aboutOf, createDraft, machineMemory, pagesSize } from './scenario-draft.ts';
import { kernelSteps } from './state-steps.ts';

const SUMMARY_HEAD = /^flags +page-count +MB +symbolic-flags/;
/** A mail program may have put the letters on a line of their own; the number says the same. */
const SUMMARY = /^(0x[0-9a-f]{16}) +(\d+) +(\d+)(?: +(\S+) ?(\S*))?$/;
const SUMMARY_REST = /^(?:[A-Za-z0-9_]{20,64}(?: [a-z_,:0-9]+)?|long-symbolic-flags)$/;
/** What `-f` says of a file before its pages. */
const FILE_HEAD = /^(?:.* Inode: \d+ Size: \d+ \(\d+ pages\)|(?:Modify|Access): .* \(\d+ seconds ago\))$/;
const TOTAL = /^total +(\d+) +(\d+)$/;
const LIST_HEAD = /^(?:(?:voffset|foffset|cgroup|map-cnt) +)*offset +(?:len +)?flags$/;
/** Lists show one character a flag: its letter, or `_`. */
const SYMBOLS = /^[A-Za-z0-9_]{20,64}$/;

/** Bits of /proc/kpageflags by what they say of a page's use; their places in the letters are the same (tools/mm/page-types.c, page_flag_names). */
const BIT = {
  lru: 5,
  slab: 7,
  buddy: 10,
  mmap: 11,
  anon: 12,
  swapbacked: 14,
  tail: 16,
  huge: 17,
  nopage: 20,
  ksm: 21,
  thp: 22,
  offline: 23,
  zero: 24,
  pgtable: 26,
} as const;

const CLASSES = ['anon', 'file', 'shmem', 'kernel'] as const;
type PageClass = (typeof CLASSES)[number];
type HasBit = (bit: number) => boolean;

/** What a page is used for, by its flags; `free` where nobody uses it, null where the flags do not tell. `head`: what the head of its folio is. */
function classOf(has: HasBit, head: PageClass | null): PageClass | 'free' | null {
  if (has(BIT.nopage) || has(BIT.buddy) || has(BIT.offline) || has(BIT.zero)) return 'free';
  if (has(BIT.slab) || has(BIT.pgtable)) return 'kernel';
  if (has(BIT.anon) || has(BIT.ksm)) return 'anon';
  if (has(BIT.huge)) return null;
  // Before 6.x the flags of a tail are its own, which say little.
  if (has(BIT.tail)) return head;
  if (has(BIT.swapbacked) && has(BIT.lru)) return 'shmem';
  return has(BIT.lru) || has(BIT.mmap) ? 'file' : null;
}

interface Tally {
  readonly pages: Record<PageClass, number>;
  free: number;
  unknown: number;
}

const emptyTally = (): Tally => ({ pages: { anon: 0, file: 0, shmem: 0, kernel: 0 }, free: 0, unknown: 0 });

function add(tally: Tally, kind: PageClass | 'free' | null, count: number): void {
  if (kind === null) tally.unknown += count;
  else if (kind === 'free') tally.free += count;
  else tally.pages[kind] += count;
}

/** One output of page-types: a list, or a summary, or both. */
interface PageTypes {
  /** By cgroup (`@inode`), or under one empty name where the list does not say whose a page is. */
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly listed: number;
  /** Size of the machine's pages, by the rows' megabytes. Counts are of its pages. */
  readonly page_kib: number;
  readonly summed: number | null;
  readonly total: { readonly pages: number; readonly line: number } | null;
}

const PAGE_KIB_SIZES = [4, 16, 64] as const;

function readPageTypes(lines: readonly string[], use: (index: number) => void): readonly PageTypes[] {
  const tables: PageTypes[] = [];
  let listed = new Map<string, Tally>();
  let summary = emptyTally();
  let columns: readonly string[] = [];
  let listed_count = 0;
  let summed: number | null = null;
  let total: PageTypes['total'] = null;
  let head: PageClass | null = null;
  let sizes: readonly number[] = PAGE_KIB_SIZES;
  const close = (): void => {
    if (listed_count > 0 || summed !== null)
      tables.push({ tallies: listed_count > 0 ? listed : new Map([['', summary]]), listed: listed_count, page_kib: sizes[0] ?? 4, summed, total });
    listed = new Map();
    summary = emptyTally();
    listed_count = 0;
    summed = null;
    total = null;
    head = null;
    sizes = PAGE_KIB_SIZES;
  };
  for (const [index, raw] of lines.entries()) {
    const line = stripLog(raw).replaceAll(/ {2,}/g, ' ');
    const row = SUMMARY.exec(line);
    const sum = TOTAL.exec(line);
    if (SUMMARY_HEAD.test(line)) {
      if (summed !== null) close();
      columns = [];
    } else if (LIST_HEAD.test(line)) {
      if (summed !== null) close();
      columns = line.split(/ +/);
    } else if (FILE_HEAD.test(line)) head = null;
    else if (summed !== null && SUMMARY_REST.test(line)) head = null;
    else if (columns.length === 0 && line === 'long-symbolic-flags') head = null;
    else if (row !== null) {
      const flags = BigInt(row[1] ?? '0');
      const count = Number(row[2]);
      summed = (summed ?? 0) + count;
      sizes = sizes.filter((kib) => Math.floor((count * kib) / 1024) === Number(row[3]));
      add(
        summary,
        classOf((bit) => ((flags >> BigInt(bit)) & 1n) === 1n, summary.pages.anon > 0 ? 'anon' : 'file'),
        count,
      );
    } else if (sum !== null) total = { pages: Number(sum[1]), line: index + 1 };
    else if (columns.length > 0) {
      const words = line.split(/ +/);
      const at = (name: string): string => words[columns.indexOf(name)] ?? '';
      const symbols = at('flags');
      const count = columns.includes('len') ? Number.parseInt(at('len'), 16) : 1;
      if (words.length !== columns.length || !SYMBOLS.test(symbols) || !(count > 0) || !/^[0-9a-f]+$/.test(at('offset'))) continue;
      const kind = classOf((bit) => (symbols[bit] ?? '_') !== '_', head);
      if (symbols[BIT.tail] === '_') head = kind === 'free' ? null : kind;
      const tally = listed.get(at('cgroup')) ?? emptyTally();
      listed.set(at('cgroup'), tally);
      add(tally, kind, count);
      listed_count += count;
    } else continue;
    use(index);
  }
  close();
  return tables;
}

/** Counts of pages of the machine as counts of the lab's pages of 4 KiB. */
function inSmallPages({ tallies, page_kib }: PageTypes): ReadonlyMap<string, Tally> {
  const factor = page_kib / 4;
  return new Map(
    [...tallies].map(
      ([
        cgroup,
        {
          pages: { anon, file, shmem, kernel },
          free,
          unknown,
        },
      ]) => [cgroup, { pages: { anon: anon * factor, file: file * factor, shmem: shmem * factor, kernel: kernel * factor }, free, unknown }],
    ),
  );
}

/** Tables that scenarios are made of. */
const TABLE_COUNT_MAX = 20;

interface TableScenario {
  readonly scenario: ImportedScenario;
  readonly slack: readonly SlackItem[];
  readonly notes: readonly string[];
}

const usedPages = ({ tallies }: PageTypes): number =>
  [...tallies.values()].reduce((sum, tally) => sum + CLASSES.reduce((own, kind) => own + tally.pages[kind], 0), 0);

/** `number`: of the table in a text of several, null of an only one. Errors: it has more than the lab simulates. */
function scenarioOf(table: PageTypes, file_name: string, number: number | null): Result<TableScenario> {
  const { listed, summed, total, page_kib } = table;
  const tallies = inSmallPages(table);
  const place = { file: file_name };
  const pages = (usedPages(table) * page_kib) / 4;
  if (pages * PAGE_SIZE_BYTES * 2 > LIMITS.memory_bytes)
    return fail({
      code: 'import-too-much-memory',
      message: `The table has ${formatSize(pages * PAGE_SIZE_BYTES)} in use; the lab simulates up to ${formatSize(LIMITS.memory_bytes / 2)}.`,
      place,
      remedy: 'list the pages of some processes with -p',
    });

  const slack: SlackItem[] = [];
  if (total !== null && summed !== null && total.pages !== summed)
    slack.push({ what: 'the total of the table, and its rows added up', stated: total.pages, found: summed, unit: 'pages', line: total.line });
  if (total !== null && listed > 0 && total.pages !== listed)
    slack.push({ what: 'the total of the table, and the pages of the list', stated: total.pages, found: listed, unit: 'pages', line: total.line });
  const notes: string[] = page_kib === 4 ? [] : [`the machine has pages of ${page_kib} KiB; the lab's have 4`];
  const draft = createDraft();
  for (const [cgroup, tally] of tallies) {
    const whose = cgroup === '' ? 'all-pages' : cgroup === '@0' ? 'no-cgroup' : `cgroup-${cgroup.replace('@', '0x')}`;
    const container = draft.container(whose);
    const task = draft.task(whose, container);
    const { anon, file, shmem, kernel } = tally.pages;
    if (file > 0) draft.step({ read: draft.object(`${whose}-files`, { file: pagesSize(file) }), by: task });
    if (shmem > 0) draft.step({ write: draft.object(`${whose}-shmem`, { tmpfs: pagesSize(shmem) }), by: task });
    kernelSteps(draft, task, kernel);
    if (anon > 0) {
      const area = draft.name(`${whose}-anon`);
      draft.step({ alloc: area, by: task, size: pagesSize(anon) });
      draft.step({ touch: area, by: task });
    }
    draft.step({ expect: { [container]: { current: pagesSize(anon + file + shmem + kernel) } }, under: 'memcg-v2' });
    if (tally.free > 0) notes.push(`${plural(tally.free, `page of ${whose} is`, `pages of ${whose} are`)} free, absent or the zero page`);
    if (tally.unknown > 0)
      notes.push(`${plural(tally.unknown, `page of ${whose} has`, `pages of ${whose} have`)} flags that do not tell what they are used for: left out`);
  }
  if (!tallies.has('') && tallies.size > 0) notes.push('cgroups are named by their inode numbers, as the list has them');
  if (tallies.has('')) notes.push('the table does not say whose the pages are: all stand in one container');
  draft.step({ sample: draft.name('as-listed') });
  const error = draft.exceeds(file_name);
  if (error !== null) return fail(error);
  const title = `Pages as page-types has them${number === null ? '' : ` (${number})`}`;
  const scenario_text = draft.render({
    name: title,
    about: aboutOf(['Made from the output of page-types: pages by what their flags say of their use.'], slack, notes),
    models: ['memcg-v2', 'partial', 'rss', 'software-zones'],
    machine: { memory: machineMemory(2 * pages * PAGE_SIZE_BYTES) },
  });
  return ok({ scenario: { name: title, text: scenario_text }, slack, notes });
}

/** Output of page-types (tools/mm/page-types.c): the summary, and the lists of `-l` and `-L` with the columns that `-p`, `-f`, `-C` and `-M` put before them. */
export const PAGE_TYPES: ForeignFormat = {
  id: 'page-types',
  title: 'page-types',
  source: '`page-types`, best with `-p PID -C -L`',
  recognise({ text }) {
    const heads = countMatches(text, SUMMARY_HEAD, stripLog) + countMatches(text, LIST_HEAD, stripLog);
    const rows = countMatches(text, SUMMARY, (line) => stripLog(line).replaceAll(/ {2,}/g, ' '));
    return { fits: heads * 8 + rows, why: heads > 0 ? `${heads} tables of page-types` : 'no line is a header of page-types' };
  },
  read({ name, text }) {
    const lines = linesOf(text ?? '');
    const book = createLineBook(lines);
    const place = { file: name };
    const tables = readPageTypes(lines, book.use).filter((table) => usedPages(table) > 0);
    if (tables.length === 0) return fail({ code: 'page-types-empty', message: 'No page of this table is in use.', place, remedy: 'run page-types as root' });
    const made: TableScenario[] = [];
    for (const [index, table] of tables.slice(0, TABLE_COUNT_MAX).entries()) {
      const scenario = scenarioOf(table, name, tables.length > 1 ? index + 1 : null);
      if (!scenario.ok) return scenario;
      made.push(scenario.value);
    }
    const notes = made.flatMap((one) => one.notes);
    if (tables.length > TABLE_COUNT_MAX)
      notes.push(`${plural(tables.length, 'table')}: scenarios are made of the first ${TABLE_COUNT_MAX}; cut the text for the others`);
    return ok({ lines: book.account(), slack: made.flatMap(({ slack }) => slack), notes, scenarios: made.map(({ scenario }) => scenario) });
  },
};
