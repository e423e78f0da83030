import { plainFigures, plural } from '../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';
import { formatSize } from '../scenario/units.ts';
import type { ImportedText } from './foreign-format.ts';
import { KPF, type ProcSnapshot } from './proc-snapshot.ts';
import { aboutOf, createDraft, type DraftMap, machineMemory, pagesSize, type ScenarioDraft } from './scenario-draft.ts';

/** Files whose pages lie so far apart that the object would be too large are numbered anew, page by page. */
const FILE_PAGE_COUNT_MAX = 2 ** 20;

type PageKind = 'anon' | 'file' | 'shmem' | 'hugetlb';

/** A page of a file that some process maps. */
interface FilePage {
  readonly owner: string;
  /** Processes that map it, by index. */
  readonly mappers: Set<number>;
}

interface MappedFile {
  readonly label: string;
  readonly kind: Exclude<PageKind, 'anon'>;
  /** By page of the file. */
  readonly pages: Map<number, FilePage>;
}

/** Anonymous pages with the same users, the same owner and (of one user) in mappings of the same name. */
interface AnonGroup {
  readonly label: string;
  readonly owner: string;
  readonly mappers: readonly number[];
  page_count: number;
}

const has = (flags: bigint, bit: number): boolean => ((flags >> BigInt(bit)) & 1n) === 1n;

function kindOf(flags: bigint): PageKind | null {
  if (has(flags, KPF.zero_page) || has(flags, KPF.reserved)) return null;
  if (has(flags, KPF.huge)) return 'hugetlb';
  if (has(flags, KPF.anon) || has(flags, KPF.ksm)) return 'anon';
  return has(flags, KPF.swapbacked) ? 'shmem' : 'file';
}

interface Sharing {
  readonly files: readonly MappedFile[];
  readonly anon: readonly AnonGroup[];
  /** Pages by owner and kind. */
  readonly owned: ReadonlyMap<string, Record<'anon' | 'file' | 'shmem', number>>;
  readonly left_out: ReadonlyMap<string, number>;
  readonly page_count: number;
}

const baseName = (label: string): string =>
  label
    .replace(/ \(deleted\)$/, '')
    .replaceAll(/[[\]]/g, '')
    .split('/')
    .at(-1) || 'anon';

function sharingOf({ processes, flags, owners, cgroups }: ProcSnapshot): Sharing {
  const ownerOf = (frame: number): string => {
    const inode = owners.get(frame) ?? 0;
    return inode === 0 ? '/' : (cgroups.get(inode) ?? `/inode-${inode}`);
  };
  const files = new Map<string, MappedFile>();
  const anon_frames = new Map<number, { readonly label: string; readonly mappers: Set<number> }>();
  const left_out = new Map<string, number>();
  const file_frames = new Set<number>();
  for (const [process, { regions }] of processes.entries()) {
    for (const region of regions) {
      for (const [at, frame] of region.frames.entries()) {
        const kind = kindOf(flags.get(frame) ?? 0n);
        if (kind === null || (kind !== 'anon' && region.file === null)) {
          const label = region.label === '' ? 'anonymous memory' : region.label;
          left_out.set(label, (left_out.get(label) ?? 0) + 1);
        } else if (kind === 'anon') {
          const known = anon_frames.get(frame);
          if (known === undefined) anon_frames.set(frame, { label: baseName(region.label), mappers: new Set([process]) });
          else known.mappers.add(process);
        } else {
          const key = `${kind} ${region.file}`;
          const file = files.get(key) ?? { label: baseName(region.label), kind, pages: new Map<number, FilePage>() };
          files.set(key, file);
          const index = region.offset_pages + (region.indexes[at] ?? 0);
          const page = file.pages.get(index) ?? { owner: ownerOf(frame), mappers: new Set<number>() };
          file.pages.set(index, page);
          page.mappers.add(process);
          file_frames.add(frame);
        }
      }
    }
  }
  const groups = new Map<string, AnonGroup>();
  const owned = new Map<string, Record<'anon' | 'file' | 'shmem', number>>();
  const count = (owner: string, kind: 'anon' | 'file' | 'shmem'): void => {
    const own = owned.get(owner) ?? { anon: 0, file: 0, shmem: 0 };
    own[kind] += 1;
    owned.set(owner, own);
  };
  for (const [frame, { label, mappers }] of anon_frames) {
    const users = [...mappers].sort((x, y) => x - y);
    const owner = ownerOf(frame);
    const name = users.length === 1 ? label : 'shared';
    const key = `${users.join()} ${owner} ${name}`;
    const group = groups.get(key) ?? { label: name, owner, mappers: users, page_count: 0 };
    groups.set(key, group);
    group.page_count += 1;
    count(owner, 'anon');
  }
  for (const { kind, pages } of files.values()) {
    // Huge pages of hugetlbfs are charged to no memory cgroup.
    if (kind !== 'hugetlb') for (const page of pages.values()) count(page.owner, kind);
  }
  return {
    files: [...files.values()],
    anon: [...groups.values()],
    owned,
    left_out,
    page_count: anon_frames.size + [...files.values()].reduce((sum, { pages }) => sum + pages.size, 0),
  };
}

/** Runs of consecutive pages for which `wanted` holds. */
function runsOf(
  pages: readonly (readonly [index: number, page: FilePage])[],
  wanted: (page: FilePage) => boolean,
): readonly (readonly [from: number, to: number])[] {
  const runs: [number, number][] = [];
  for (const [index, page] of pages) {
    if (!wanted(page)) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[1] === index) last[1] = index + 1;
    else runs.push([index, index + 1]);
  }
  return runs;
}

const rangeText = ([from, to]: readonly [number, number]): string => `${pagesSize(from)}..${pagesSize(to)}`;

/** Whom a process shares anonymous memory with, with whom those share it, and so on. */
function familiesOf(groups: readonly AnonGroup[], process_count: number): readonly (readonly number[])[] {
  const family = Array.from({ length: process_count }, (_, index) => index);
  const find = (index: number): number => {
    let at = index;
    while (family[at] !== at) at = family[at] ?? at;
    return at;
  };
  for (const { mappers } of groups) for (const other of mappers.slice(1)) family[find(other)] = find(mappers[0] ?? other);
  const members = new Map<number, number[]>();
  for (let index = 0; index < process_count; index += 1) members.set(find(index), [...(members.get(find(index)) ?? []), index]);
  return [...members.values()];
}

interface Writer {
  readonly draft: ScenarioDraft;
  readonly paths: readonly string[];
  readonly names: string[];
  pathOf(owner: string): string;
  keeperOf(owner: string): string;
}

/**
 * Anonymous memory that several processes share comes from a common ancestor: a task that touches it in its owner's container, forks the processes, and ends. Each of them drops what it
 * does not share. A process that shares none starts by itself.
 */
function startProcesses(writer: Writer, { processes }: ProcSnapshot, { anon }: Sharing): void {
  const { draft, paths, names, pathOf } = writer;
  const shared = anon.filter(({ mappers }) => mappers.length > 1);
  const wantedName = (index: number): string => `${processes[index]?.comm ?? 'task'}-${processes[index]?.pid ?? index}`;
  for (const members of familiesOf(shared, processes.length)) {
    const [first = 0] = members;
    if (members.length === 1) {
      names[first] = draft.task(wantedName(first), paths[first] ?? '.');
      continue;
    }
    const own = shared.filter(({ mappers }) => members.includes(mappers[0] ?? -1));
    const owners = [...new Set(own.map(({ owner }) => owner))];
    draft.comment(`what ${members.map(wantedName).join(', ').slice(0, 200)} share by fork, from an ancestor that stood in the owner’s container`);
    const ancestor = draft.task(`ancestor-of-${wantedName(first)}`, pathOf(owners[0] ?? '/'));
    const areas = new Map<AnonGroup, string>();
    for (const [number, owner] of owners.entries()) {
      if (number > 0) draft.step({ move: ancestor, to: pathOf(owner) });
      for (const group of own.filter((one) => one.owner === owner)) {
        const area = draft.name(`${group.label}-of-${group.mappers.map((index) => processes[index]?.pid ?? index).join('-')}`);
        areas.set(group, area);
        draft.step({ alloc: area, by: ancestor, size: pagesSize(group.page_count) });
        draft.step({ touch: area, by: ancestor });
      }
    }
    for (const index of members) {
      const name = draft.name(wantedName(index));
      names[index] = name;
      draft.step({ fork: ancestor, as: name, in: paths[index] ?? '.' });
    }
    for (const index of members) for (const [group, area] of areas) if (!group.mappers.includes(index)) draft.step({ unmap: area, by: names[index] ?? '' });
    draft.step({ exit: ancestor });
  }
}

/** Private anonymous memory: touched by its process, or where another container owns it, before the process moved from there. */
function touchAnon(writer: Writer, { anon }: Sharing): void {
  const { draft, paths, names, pathOf } = writer;
  for (const { label, owner, mappers, page_count } of anon) {
    const [index = 0] = mappers;
    if (mappers.length !== 1) continue;
    const by = names[index] ?? '';
    const home = paths[index] ?? '.';
    const away = pathOf(owner) !== home;
    if (away) draft.step({ move: by, to: pathOf(owner) }, 'its owner is another container: the process has moved since it touched this');
    const area = draft.name(`${by}-${label}`);
    draft.step({ alloc: area, by, size: pagesSize(page_count) });
    draft.step({ touch: area, by });
    if (away) draft.step({ move: by, to: home });
  }
}

/** Files: first what an owner’s own processes map, or a task that stands for it where none does, then everybody else’s mappings. */
function touchFiles(writer: Writer, { files }: Sharing): { readonly numbered_anew: number } {
  const { draft, paths, names, pathOf, keeperOf } = writer;
  let numbered_anew = 0;
  for (const { label, kind, pages } of files) {
    let sorted = [...pages].sort(([x], [y]) => x - y);
    if ((sorted.at(-1)?.[0] ?? 0) >= FILE_PAGE_COUNT_MAX) {
      numbered_anew += 1;
      sorted = sorted.map(([, page], index) => [index, page]);
    }
    const size = pagesSize((sorted.at(-1)?.[0] ?? 0) + 1);
    const object = draft.object(label, kind === 'file' ? { file: size } : kind === 'shmem' ? { tmpfs: size } : { hugetlb: size });
    const mappers = [...new Set(sorted.flatMap(([, page]) => [...page.mappers]))].sort((x, y) => x - y);
    const homeOf = (index: number): string => paths[index] ?? '.';
    for (const owner of new Set(sorted.map(([, page]) => page.owner))) {
      const own = pathOf(owner);
      const orphans = runsOf(sorted, (page) => page.owner === owner && ![...page.mappers].some((index) => homeOf(index) === own));
      if (orphans.length === 0 || kind === 'hugetlb') continue;
      const keeper = keeperOf(owner);
      for (const run of orphans) draft.step({ read: object, by: keeper, range: rangeText(run) });
    }
    const areas = new Map<number, string>();
    for (const index of mappers) {
      const by = names[index] ?? '';
      const area = draft.name(`${by}-${label}`);
      areas.set(index, area);
      draft.step({ map: object, by, as: area });
      for (const run of runsOf(sorted, (page) => page.mappers.has(index) && pathOf(page.owner) === homeOf(index)))
        draft.step({ peek: area, by, range: rangeText(run) });
    }
    for (const index of mappers) {
      for (const run of runsOf(sorted, (page) => page.mappers.has(index) && pathOf(page.owner) !== homeOf(index)))
        draft.step({ peek: areas.get(index) ?? '', by: names[index] ?? '', range: rangeText(run) });
    }
  }
  return { numbered_anew };
}

/** Where and when a snapshot was taken. */
export type ProcTaken = { readonly now_on: string } | { readonly saved_in: string; readonly machine: string | null };

/** `What nginx shares now on build-3`; of a saved set `What 2 processes shared on build-3`, or where it does not say which machine `… (saved in psave)`. */
function nameOf({ processes }: ProcSnapshot, taken: ProcTaken): string {
  const [first] = processes;
  const who = processes.length === 1 && first !== undefined ? first.comm : plainFigures(plural(processes.length, 'process', 'processes'));
  if ('now_on' in taken) return `What ${who} ${processes.length === 1 ? 'shares' : 'share'} now on ${taken.now_on}`;
  return `What ${who} shared${taken.machine === null ? ` (saved in ${taken.saved_in})` : ` on ${taken.machine}`}`;
}

/**
 * A scenario of what processes share now: every present page is touched once by each process that maps it, first by whoever the kernel has charged. Who that is stands as an expectation under
 * `memcg-v2`. Errors: more memory than the lab simulates; nothing is mapped.
 */
export function procScenario(snapshot: ProcSnapshot, taken: ProcTaken): Result<ImportedText> {
  const sharing = sharingOf(snapshot);
  if (sharing.page_count === 0)
    return fail({ code: 'proc-nothing-mapped', message: 'These processes have no page of memory: kernel threads have none.', remedy: 'name other processes' });
  if (sharing.page_count * PAGE_SIZE_BYTES * 2 > LIMITS.memory_bytes)
    return fail({
      code: 'import-too-much-memory',
      message: `These processes map ${formatSize(sharing.page_count * PAGE_SIZE_BYTES)}; the lab simulates up to ${formatSize(LIMITS.memory_bytes / 2)}.`,
      remedy: 'name fewer processes',
    });

  const draft = createDraft();
  const pathOf = (owner: string): string => draft.container(owner);
  const keepers = new Map<string, string>();
  const writer: Writer = {
    draft,
    paths: snapshot.processes.map(({ cgroup }) => pathOf(cgroup ?? '/')),
    names: [],
    pathOf,
    keeperOf(owner) {
      const known = keepers.get(owner);
      if (known !== undefined) return known;
      const keeper = draft.task(`brought-in-by-${owner.split('/').at(-1) || 'root'}`, pathOf(owner));
      keepers.set(owner, keeper);
      return keeper;
    },
  };
  startProcesses(writer, snapshot, sharing);
  touchAnon(writer, sharing);
  const { numbered_anew } = touchFiles(writer, sharing);

  // A container's counters hold its subtree's.
  const expectations: Record<string, DraftMap> = {};
  const sums = new Map<string, { anon: number; file: number; shmem: number }>();
  for (const [owner, pages] of sharing.owned) {
    for (let path = pathOf(owner); path !== '.'; path = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.') {
      const sum = sums.get(path) ?? { anon: 0, file: 0, shmem: 0 };
      sums.set(path, sum);
      sum.anon += pages.anon;
      sum.file += pages.file;
      sum.shmem += pages.shmem;
    }
  }
  for (const [path, { anon, file, shmem }] of sums)
    expectations[path] = { current: pagesSize(anon + file + shmem), anon: pagesSize(anon), file: pagesSize(file + shmem), shmem: pagesSize(shmem) };
  draft.step({ sample: draft.name('now') });
  if (Object.keys(expectations).length > 0)
    draft.step({ expect: expectations, under: 'memcg-v2' }, 'who is charged for these pages in this machine’s kernel (kpagecgroup)');

  const swapped = snapshot.processes.reduce((sum, { swapped_pages }) => sum + swapped_pages, 0);
  const keeper_pages = keepers.size;
  const notes = [
    ...[...sharing.left_out].map(
      ([label, pages]) =>
        `${plural(pages, `page of ${label} is left out: it is`, `pages of ${label} are left out: they are`)} the kernel’s own, or the zero page`,
    ),
    ...(swapped > 0 ? [`${plural(swapped, 'page in swap is', 'pages in swap are')} left out`] : []),
    ...(numbered_anew > 0
      ? [`${plural(numbered_anew, 'file is so large that only its', 'files are so large that only their')} present pages are there, numbered anew`]
      : []),
    ...(keeper_pages > 0
      ? [
          `${plural(keeper_pages, 'container is charged for pages that none of its', 'containers are charged for pages that none of their')} processes here maps: a task brought-in-by-… reads them first`,
        ]
      : []),
    ...[...sharing.owned.keys()]
      .filter((owner) => owner.startsWith('/inode-'))
      .map((owner) => `no cgroup directory has the number of ${owner.slice(1)}: it is gone, or of another mount`),
    ...[...draft.renamed].map(([foreign, path]) => `${foreign} is ${path} here`),
  ];
  const name = nameOf(snapshot, taken);
  const error = draft.exceeds('/proc');
  if (error !== null) return fail(error);
  const text = draft.render({
    name,
    about: aboutOf(
      [
        'Made from /proc/PID/maps, pagemap, kpageflags and kpagecgroup: each present page is touched by every process that maps it, first by whom the kernel has charged.',
        'The expectation at the end says who is charged in the real kernel; the models say who would be.',
        'Under software-zones a container without `max` uses the shared zones, for which nobody is charged: give it one to see what it would be.',
      ],
      [],
      notes,
    ),
    models: ['memcg-v2', 'partial', 'rss', 'software-zones', 'none'],
    machine: { memory: machineMemory(3 * sharing.page_count * PAGE_SIZE_BYTES) },
  });
  return ok({ lines: snapshot.lines, slack: [], notes, scenarios: [{ name, text }] });
}
