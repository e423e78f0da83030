import { plural } from '../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { fail, type LabError, ok } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';
import { formatSize } from '../scenario/units.ts';
import { CGROUP_LINE, type CgroupReading, type CgroupTree, cgroupDirectoryCount, readCgroupTree } from './cgroup-files.ts';
import { countMatches, type ForeignFormat, type ImportedScenario, type SlackItem } from './foreign-format.ts';
import { amountsOf, type GroupAmounts } from './group-amounts.ts';
import { stripLog } from './import-lines.ts';
import { aboutOf, createDraft, type DraftMap, expected, machineMemory, pagesSize, type ScenarioDraft } from './scenario-draft.ts';
import { kernelSteps, pagesDown, socketSteps } from './state-steps.ts';

const PARTS = ['anon', 'file', 'shmem', 'kernel', 'sock'] as const;

const valueIn = ({ values }: CgroupReading, file: string, key = '-'): number | undefined => values.get(file)?.get(key);

/** Limits by the language's keys, with the files of both versions. */
const LIMIT_FILES: readonly (readonly [key: string, v2: string | null, v1: string | null])[] = [
  ['min', 'memory.min', null],
  ['low', 'memory.low', null],
  ['high', 'memory.high', null],
  ['max', 'memory.max', 'memory.limit_in_bytes'],
  ['swap-max', 'memory.swap.max', null],
  ['swap-high', 'memory.swap.high', null],
  ['memsw-max', null, 'memory.memsw.limit_in_bytes'],
  ['soft-limit', null, 'memory.soft_limit_in_bytes'],
  ['kmem-max', null, 'memory.kmem.limit_in_bytes'],
  ['tcp-max', null, 'memory.kmem.tcp.limit_in_bytes'],
];

/** A cgroup of the tree with what it and everything below it is charged for. */
interface Node {
  readonly reading: CgroupReading;
  readonly current: number | null;
  /** Of the subtree. */
  readonly whole: Record<(typeof PARTS)[number], number>;
  readonly children: Node[];
}

const hasStat = ({ reading }: Node): boolean => reading.values.has('memory.stat');
const below = ({ children }: Node, part: (typeof PARTS)[number]): number => children.reduce((sum, child) => sum + child.whole[part], 0);

const finite = (value: number | undefined): number | null => (value !== undefined && Number.isFinite(value) ? value : null);
const parentOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');

/** Version 1 keeps sums over the subtree under `total_`. */
function statsOf(reading: CgroupReading, version: 1 | 2): ReadonlyMap<string, number> {
  const stats = reading.values.get('memory.stat') ?? new Map<string, number>();
  if (version === 2 || ![...stats.keys()].some((key) => key.startsWith('total_'))) return stats;
  return new Map([...stats].flatMap(([key, value]): [string, number][] => (key.startsWith('total_') ? [[key.slice('total_'.length), value]] : [])));
}

function nodesOf({ cgroups, version }: CgroupTree): readonly Node[] {
  const by_path = new Map<string, Node>();
  for (const reading of cgroups) {
    const current = finite(valueIn(reading, version === 2 ? 'memory.current' : 'memory.usage_in_bytes'));
    const kmem = finite(valueIn(reading, 'memory.kmem.usage_in_bytes'));
    by_path.set(reading.path, { reading, current, whole: { ...amountsOf(statsOf(reading, version), kmem) }, children: [] });
  }
  for (const [path, node] of by_path) if (path !== '') by_path.get(parentOf(path))?.children.push(node);
  // Parents come first: from the last on, a node's children are done before it. What no file says of a node is at least what those below it have.
  const nodes = [...by_path.values()];
  for (const node of nodes.toReversed()) if (!hasStat(node)) for (const part of PARTS) node.whole[part] = Math.max(node.whole[part], below(node, part));
  return nodes;
}

const sumOf = (amounts: GroupAmounts, version: 1 | 2): number => PARTS.reduce((sum, part) => sum + (version === 1 && part === 'sock' ? 0 : amounts[part]), 0);

/** What a node has of its own: its sums without its children's. What would be negative is slack, and counts as nothing. */
function ownOf(node: Node, slack: SlackItem[]): GroupAmounts {
  const { reading, whole } = node;
  const own = { ...whole };
  for (const part of PARTS) {
    const found = below(node, part);
    own[part] = Math.max(0, whole[part] - found);
    if (found > whole[part])
      slack.push({
        what: `${part} of ${reading.path || 'the root'}: its own memory.stat, and those of its children added up`,
        stated: whole[part],
        found,
        unit: 'bytes',
      });
  }
  return own;
}

/** Steps after which the container holds what its files say; answers how many bytes that is. */
function fill(draft: ScenarioDraft, node: Node, container: string, own: GroupAmounts, version: 1 | 2): number {
  const pages = {
    anon: pagesDown(own.anon),
    file: pagesDown(own.file),
    shmem: pagesDown(own.shmem),
    kernel: pagesDown(own.kernel),
    sock: version === 1 ? 0 : pagesDown(own.sock),
  };
  const { process_count, path } = node.reading;
  const total = PARTS.reduce((sum, part) => sum + pages[part], 0);
  if (total === 0 && process_count === 0) return 0;
  const task = draft.task(path.split('/').at(-1) || 'root', container);
  draft.comment(`${path === '' ? 'the root' : path}${process_count > 0 ? `: one task stands for its ${process_count} processes` : ''}`);
  if (pages.file > 0) draft.step({ read: draft.object(`${task}-files`, { file: pagesSize(pages.file) }), by: task });
  if (pages.shmem > 0) draft.step({ write: draft.object(`${task}-shmem`, { tmpfs: pagesSize(pages.shmem) }), by: task });
  kernelSteps(draft, task, pages.kernel);
  socketSteps(draft, task, container, pages.sock);
  if (pages.anon > 0) {
    const area = draft.name(`${task}-anon`);
    draft.step({ alloc: area, by: task, size: pagesSize(pages.anon) });
    draft.step({ touch: area, by: task });
  }
  return total * PAGE_SIZE_BYTES;
}

interface TreeScenario {
  readonly scenario: ImportedScenario;
  readonly slack: readonly SlackItem[];
  readonly notes: readonly string[];
  /** The tree has more than one scenario may have. */
  readonly error: LabError | null;
}

function scenarioOf(tree: CgroupTree, name: string): TreeScenario {
  const { version } = tree;
  const nodes = nodesOf(tree);
  const draft = createDraft();
  const slack: SlackItem[] = [];
  const notes: string[] = [];
  const filled = new Map<Node, number>();
  const paths = new Map<Node, string>();
  const late: { readonly container: string; readonly limits: DraftMap }[] = [];

  for (const node of nodes) {
    const { reading, current } = node;
    const limits: Record<string, string> = {};
    const over: Record<string, string> = {};
    for (const [key, v2, v1] of LIMIT_FILES) {
      const file = version === 2 ? v2 : v1;
      const bytes = file === null ? undefined : valueIn(reading, file);
      if (bytes === undefined || !Number.isFinite(bytes) || (bytes === 0 && (key === 'min' || key === 'low'))) continue;
      // A limit below what is charged already would be met while the state is being made.
      if ((key === 'high' || key === 'max') && current !== null && bytes < current) over[key] = formatSize(bytes);
      else limits[key] = formatSize(bytes);
    }
    // Memory and swap together are never limited below memory: who has its limit later has this one later, too.
    const { 'memsw-max': memsw_max, ...others } = limits;
    const is_late = over.max !== undefined && memsw_max !== undefined;
    if (is_late) over['memsw-max'] = memsw_max;
    const container = draft.container(reading.path, {
      ...(reading.path === '' ? {} : is_late ? others : limits),
      ...(valueIn(reading, 'memory.oom.group') === 1 ? { 'oom-group': true } : {}),
    });
    paths.set(node, container);
    if (Object.keys(over).length > 0 && container !== '.') late.push({ container, limits: over });
    filled.set(node, fill(draft, node, container, ownOf(node, slack), version));
    const dying = valueIn(reading, 'cgroup.stat', 'nr_dying_descendants') ?? 0;
    if (dying > 0) notes.push(`${reading.path || 'the root'} has ${dying} dying descendants, whose charges stand with it here`);
    const swap = (version === 2 ? valueIn(reading, 'memory.swap.current') : statsOf(reading, version).get('swap')) ?? 0;
    if (swap > 0) slack.push({ what: `${reading.path || 'the root'}: swap in use, and swap in the scenario`, stated: swap, found: 0, unit: 'bytes' });
  }

  const wholeOf = (node: Node): number => (filled.get(node) ?? 0) + node.children.reduce((sum, child) => sum + wholeOf(child), 0);
  const model = version === 2 ? 'memcg-v2' : 'memcg-v1-slab-optout';
  const expectations: Record<string, DraftMap> = {};
  for (const node of nodes) {
    const { reading, current, whole } = node;
    const container = paths.get(node) ?? '.';
    if (current === null || container === '.') continue;
    const stated_sum = sumOf(whole, version);
    const line = reading.line_by_file.get(version === 2 ? 'memory.current' : 'memory.usage_in_bytes');
    if (stated_sum !== current)
      slack.push({
        what: `${reading.path}: what is charged, and ${hasStat(node) ? 'its memory.stat added up' : 'what the files say of it and those below it (it has no memory.stat)'}`,
        stated: current,
        found: stated_sum,
        unit: 'bytes',
        ...(line === undefined ? {} : { line }),
      });
    expectations[container] = { current: expected(current, current - wholeOf(node)) };
  }
  draft.step({ sample: draft.name('as-read') });
  if (Object.keys(expectations).length > 0)
    draft.step({ expect: expectations, under: model }, 'memory.current as it was read; after ± what the files’ own sums are off');
  for (const { container, limits } of late) draft.step({ set: container, ...limits }, 'a limit below what was charged when it was read');

  for (const [foreign, path] of draft.renamed) notes.push(`${foreign} is ${path} here`);
  if (tree.other_file_count > 0) notes.push(`${plural(tree.other_file_count, 'file of another controller is', 'files of other controllers are')} left out`);
  const total = nodes
    .filter(({ reading }) => !nodes.some((other) => other.reading.path === parentOf(reading.path) && other.reading.path !== reading.path))
    .reduce((sum, node) => sum + wholeOf(node), 0);
  const title = `The cgroups of ${
    name
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? name
  }`;
  const error = draft.exceeds(name);
  const text = draft.render({
    name: title,
    about: aboutOf(
      [
        `Made from the files of ${plural(nodes.length, 'cgroup')} of version ${version}: what each is charged for on its own, as page cache, shmem, kernel memory, socket buffers and anonymous memory.`,
        'The files do not say who shares what; every page here has one user.',
      ],
      slack,
      notes,
    ),
    models: version === 2 ? [model, 'partial', 'rss', 'software-zones'] : [model, 'memcg-v1', 'memcg-v2', 'partial', 'rss'],
    machine: { memory: machineMemory(2 * total) },
  });
  return { scenario: { name: title, text }, slack, notes, error };
}

/** Directories of cgroupfs, versions 1 and 2 (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst): a live tree, a copy, an archive of one, the text of `grep -r . DIR`, or a session of `cat`. */
export const CGROUPFS: ForeignFormat = {
  id: 'cgroupfs',
  title: 'cgroup files',
  source: 'a directory of cgroupfs or a copy of it, an archive, `grep -r . /sys/fs/cgroup/x`, or what `cat` printed of its files',
  recognise(input) {
    // Of a text only the beginning is looked at: it may be a trace of gigabytes.
    const count = input.text === null ? cgroupDirectoryCount(input) : countMatches(input.text, CGROUP_LINE, stripLog);
    return {
      fits: count * 4,
      why: count > 0 ? `${count} files or lines of cgroups` : 'no line is of a file memory.current, memory.stat, memory.usage_in_bytes …',
    };
  },
  read(input) {
    const place = { file: input.name };
    const tree = readCgroupTree(input);
    if (tree === null)
      return fail({ code: 'cgroup-no-files', message: 'There are no files of the memory controller.', place, remedy: 'give a directory below /sys/fs/cgroup' });
    const whole = nodesOf(tree).reduce((most, node) => Math.max(most, sumOf(node.whole, tree.version)), 0);
    if (whole * 2 > LIMITS.memory_bytes) {
      const message = `The tree holds ${formatSize(Math.round(whole / 2 ** 20) * 2 ** 20)}; the lab simulates up to ${formatSize(LIMITS.memory_bytes / 2)}.`;
      return fail({ code: 'import-too-much-memory', message, place, remedy: 'import a part of the tree' });
    }
    const { scenario, slack, notes, error } = scenarioOf(tree, input.name);
    if (error !== null) return fail(error);
    return ok({ lines: tree.book.account(), slack, notes, scenarios: [scenario] });
  },
};
