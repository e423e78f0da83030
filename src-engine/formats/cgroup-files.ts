import { UNLIMITED_PAGES } from '../base/ids.ts';
import { parseLimit } from '../base/limit-string.ts';
import type { ImportInput } from './foreign-format.ts';
import { createLineBook, type LineBook, linesOf, stripLog } from './import-lines.ts';

/** What the files of one cgroup directory say. */
export interface CgroupReading {
  /** Path below the root of the hierarchy, without a leading `/`; empty for the root. */
  readonly path: string;
  /** Values by file, then by key; `-` where the file is the value. Infinity where it says `max`. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Line (counted from 1) that says a file's first value. */
  readonly line_by_file: ReadonlyMap<string, number>;
  readonly process_count: number;
}

const GREP = /^(?:(.*?)\/)?((?:memory|cgroup)\.[\w.]+|tasks):(.*)$/;
const SECTION = /^==> (?:(.*)\/)?((?:memory|cgroup)\.[\w.]+|tasks) <==$/;
/** A session of a shell: `# cat /sys/fs/cgroup/a/memory.max`, also with the directory in the prompt, in `cd` or as the answer of `pwd`. */
const CAT = /^(.*[#$%>] ?)?cat (?:(\S*)\/)?((?:memory|cgroup)\.[\w.]+|tasks)$/;
const PROMPT = /^(?:\[[^\]]{0,80}\]|\S{0,80})[#$] \S/;
const GOES_TO = /(?:^|[#$] |:)(?:cd )?(\/sys\/fs\/cgroup(?:\/[^\s\]#$]*)?)(?:\]?[#$].*)?$/;
/** The cgroup of files whose directory the session does not tell. */
const SOME_CGROUP = 'cgroup';
/** Files that only the memory controller has. */
const SIGN = String.raw`memory\.(?:current|max|stat|events|usage_in_bytes|limit_in_bytes)`;
const SIGN_FILE = new RegExp(`^${SIGN}$`);
const NUMBER = /^\d{1,20}$/;
const KEYED = /^([A-Za-z_][\w.]*) (\d{1,20})$/;
const PRESSURE = /^(some|full)((?: \w+=[\d.]+)+)$/;
const NODES = /^[\w]+(?:=\d+)?(?: N\d+=\d+)+$|^\w+=\d+$/;
const LISTS = new Set(['cgroup.procs', 'cgroup.threads', 'tasks']);
/** Files of which nothing is taken, whatever they hold. */
const NOT_TAKEN = /^(?:memory\.kmem\.slabinfo|memory\.numa_stat|cgroup\.(?:controllers|subtree_control|type|sane_behavior))$/;

/** A line of some file of some directory. */
interface FileLine {
  readonly dir: string;
  readonly file: string;
  readonly text: string;
  readonly index: number;
}

/** What was read, and of how many files of other controllers it was not. */
interface FileLines {
  readonly lines: readonly FileLine[];
  readonly book: LineBook;
  readonly other_file_count: number;
}

const withoutMount = (dir: string): string =>
  dir
    .replace(/^\/sys\/fs\/cgroup(?:\/(?:memory|unified)(?=\/|$))?/, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');

/** A number that stands alone. No limit is `max`, or PAGE_COUNTER_MAX in version 1 (on 64-bit machines, with pages of 4 KiB), or a number near it. */
function numberOf(text: string): number | null {
  if (text !== 'max' && !NUMBER.test(text)) return null;
  if (parseLimit(text, 'v2') === UNLIMITED_PAGES) return Number.POSITIVE_INFINITY;
  // With larger pages the greatest limit is another number; no machine has 8 PiB.
  return Number.isSafeInteger(Number(text)) ? Number(text) : Number.POSITIVE_INFINITY;
}

/** Lines of a text of `grep -r . DIR`, `head -n 999 FILE…` or a session of `cat FILE`; null if it is none of them. */
function readText(text: string): FileLines | null {
  const all = linesOf(text);
  const book = createLineBook(all);
  const lines: FileLine[] = [];
  let section: { readonly dir: string; readonly file: string } | null = null;
  let here: string | null = null;
  for (const [index, raw] of all.entries()) {
    const line = stripLog(raw);
    const head = SECTION.exec(line);
    if (head !== null) {
      section = { dir: withoutMount(head[1] ?? ''), file: head[2] ?? '' };
      book.use(index);
      continue;
    }
    const goes_to = GOES_TO.exec(line);
    if (goes_to !== null) here = goes_to[1] ?? here;
    if (goes_to?.[1] === line) book.use(index);
    const cat = CAT.exec(line);
    if (cat !== null) {
      const dir = cat[2]?.startsWith('/') === true ? cat[2] : [here, cat[2]].filter((part) => part !== null && part !== undefined).join('/');
      section = { dir: here === null && cat[2] === undefined ? SOME_CGROUP : withoutMount(dir), file: cat[3] ?? '' };
      book.use(index);
      continue;
    }
    if (PROMPT.test(line)) section = null;
    const grep = GREP.exec(line);
    if (grep !== null) {
      section = null;
      lines.push({ dir: withoutMount(grep[1] ?? ''), file: grep[2] ?? '', text: (grep[3] ?? '').trim(), index });
    } else if (section !== null) lines.push({ ...section, text: line, index });
  }
  return lines.some(({ file }) => SIGN_FILE.test(file)) ? { lines, book, other_file_count: 0 } : null;
}

const decoder = new TextDecoder();
const MOUNT = /^\/sys\/fs\/cgroup(?:\/(?:memory|unified))?\/?$/;

/** Lines of the files of a directory or archive; null if none is of the memory controller. */
function readFiles({ name, files }: ImportInput): FileLines | null {
  // A cgroup that is not the root is named by its directory.
  const base = MOUNT.test(name) ? '' : (withoutMount(name).split('/').at(-1) ?? '');
  const all: string[] = [];
  const shown: string[] = [];
  const lines: FileLine[] = [];
  let other_file_count = 0;
  const is_own = files.some(({ path }) => SIGN_FILE.test(path));
  for (const { path, bytes } of files) {
    const slash = path.lastIndexOf('/');
    const file = path.slice(slash + 1);
    if (!/^(?:memory|cgroup)\.|^tasks$/.test(file)) {
      other_file_count += 1;
      continue;
    }
    const dir = withoutMount(slash < 0 ? '' : path.slice(0, slash));
    for (const [number, text] of linesOf(decoder.decode(bytes)).entries()) {
      lines.push({ dir: is_own && base !== '' ? `${base}/${dir}` : dir, file, text: text.trim(), index: all.length });
      all.push(text);
      shown.push(`${path}:${number + 1}: ${text}`);
    }
  }
  const book = createLineBook(all, (index) => shown[index] ?? '');
  return lines.some(({ file }) => SIGN_FILE.test(file)) ? { lines, book, other_file_count } : null;
}

/** Reads one line of a file into its values. False: it is not of the file's form. */
function take(values: Map<string, number>, file: string, text: string): boolean {
  if (NOT_TAKEN.test(file)) return true;
  const alone = numberOf(text);
  if (alone !== null) {
    if (LISTS.has(file)) values.set('processes', (values.get('processes') ?? 0) + 1);
    else if (values.has('-')) return false;
    else values.set('-', alone);
    return true;
  }
  const keyed = KEYED.exec(text);
  if (keyed !== null) {
    const value = numberOf(keyed[2] ?? '');
    // Only limits may be without end, and those stand alone.
    if (value === null || !Number.isFinite(value)) return /^hierarchical_/.test(keyed[1] ?? '');
    values.set(keyed[1] ?? '', value);
    return true;
  }
  const pressure = PRESSURE.exec(text);
  if (pressure !== null) {
    for (const [, key = '', value = '0'] of (pressure[2] ?? '').matchAll(/(\w+)=([\d.]+)/g)) values.set(`${pressure[1]} ${key}`, Number(value));
    return true;
  }
  return NODES.test(text);
}

/** A tree of cgroups as its files say. */
export interface CgroupTree {
  /** Parents before children, in the order of the input otherwise. */
  readonly cgroups: readonly CgroupReading[];
  readonly version: 1 | 2;
  readonly book: LineBook;
  /** Files of other controllers, left out. */
  readonly other_file_count: number;
}

/** A line of `grep -r`, `head` or `cat` that only a file of the memory controller gives. */
export const CGROUP_LINE = new RegExp(String.raw`^(?:(?:==> )?(?:[^\s:]*/)?${SIGN}(?::| <==$)|(?:.*[#$%>] ?)?cat (?:\S*/)?${SIGN}$)`);

/** Directories among the files that have files of the memory controller; the file itself where it is a single one of them. */
export function cgroupDirectoryCount({ files }: ImportInput): number {
  return new Set(
    files.map(({ path }) => path).flatMap((path) => (SIGN_FILE.test(path.slice(path.lastIndexOf('/') + 1)) ? [path.slice(0, path.lastIndexOf('/') + 1)] : [])),
  ).size;
}

/** Reads a tree of cgroup directories: files of a directory or archive, or the text of `grep -r`. Null if there is nothing of the memory controller in it. */
export function readCgroupTree(input: ImportInput): CgroupTree | null {
  const read = input.text === null ? readFiles(input) : readText(input.text);
  if (read === null) return null;
  interface Open {
    values: Map<string, Map<string, number>>;
    line_by_file: Map<string, number>;
  }
  const by_path = new Map<string, Open>();
  for (const { dir, file, text, index } of read.lines) {
    const path = dir.replace(/\/$/, '');
    const own = by_path.get(path) ?? { values: new Map(), line_by_file: new Map() };
    by_path.set(path, own);
    const values = own.values.get(file) ?? new Map<string, number>();
    own.values.set(file, values);
    if (text === '' || !take(values, file, text)) continue;
    read.book.use(index);
    if (!own.line_by_file.has(file)) own.line_by_file.set(file, index + 1);
  }
  const cgroups = [...by_path].map(
    ([path, { values, line_by_file }]): CgroupReading => ({
      path,
      values,
      line_by_file,
      process_count: values.get('cgroup.procs')?.get('processes') ?? values.get('tasks')?.get('processes') ?? 0,
    }),
  );
  const depth = ({ path }: CgroupReading): number => (path === '' ? 0 : path.split('/').length);
  const version = cgroups.some(({ values }) => values.has('memory.usage_in_bytes') || values.has('memory.limit_in_bytes')) ? 1 : 2;
  return { cgroups: cgroups.toSorted((x, y) => depth(x) - depth(y)), version, book: read.book, other_file_count: read.other_file_count };
}
