import { plural } from '../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { fail, ok } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';
import { formatSize } from '../scenario/units.ts';
import { type FoldedLine, unfoldLines } from './folded-lines.ts';
import { countMatches, type ForeignFormat, type SlackItem } from './foreign-format.ts';
import { createLineBook, linesOf, stripLog } from './import-lines.ts';
import { MOVED_UP } from './quoted-printable.ts';
import { aboutOf, createDraft, machineMemory, pagesSize } from './scenario-draft.ts';
import { kernelSteps } from './state-steps.ts';

const ALLOCATED = /^Page allocated via order (\d+),(?: migratetype \w+,)? (?:gfp_)?mask (0x[0-9a-f]+)(?:\(([^)]*)\))?(.*)$/;
/** Where a block begins, also in a line that a mail program broke. */
const BLOCK = /^Page allocated via order \d+,/;
const WHO = /, pid (\d+)(?:, tgid (\d+))?(?: \((.*?)\))?(?:,|$)/;
const TIMES = /^(\d+) times(?:, (\d+) pages)?(?:,[^:]*)?:/;
const CHARGED = /^Charged (\(via objcg\) )?to (offline )?memcg (.+)$/;
const FRAME = /^(?:\[<[0-9a-f]+>\] |\[0x[0-9a-f]+\] )?(?:[\w.]+\+(?:0x[0-9a-f]+(?:\/0x[0-9a-f]+)?|\d+)(?: \[[\w ]+\])?|0x[0-9a-f]+)$/;
const KNOWN = /^(?:PFN \S+ |FILE_PAGE |ANON_PAGE |Page has been migrated, last migrate reason: |Slab cache page$|Page \S+ freed)/;
/** What a posted patch of 2024 adds to a block: what the page is mapped as. */
const TOLD = /^(ANON|FILE)_PAGE /;
/** Lines of a block that are long enough to be broken; the first ends with times, with a task, or before it. */
const FOLDED: readonly FoldedLine[] = [
  {
    begins: /^Page allocated via\b/,
    least: ALLOCATED,
    more: /^(?:(?:pid|tgid|ts|free_ts)\b|\([^)]{1,17}\)(?:,|$)|\d+(?:,| ns\b| \(|$)|ns\b|\(?(?:__)?GFP_)/,
  },
  { begins: /^PFN \S+/, least: / Flags 0x[0-9a-f]+/, more: /^\([\w|=]+\)$/ },
  { begins: /^\d+ times\b/, least: TIMES },
  { begins: /^Charged\b/, least: CHARGED },
  { begins: /^Page has been migrated\b/, least: / reason: \w+$/ },
];
/** Other lines of a block: no pieces. */
const UNFOLDED = new RegExp(`${FRAME.source}|^(?:FILE_PAGE |ANON_PAGE |Slab cache page$|Page \\S+ freed)`);
/** Tasks that get a name of their own; what others hold is kept with the last. */
const TASK_COUNT_MAX = 400;

type PageClass = 'anon' | 'file' | 'shmem' | 'kernel';

interface Allocation {
  readonly index: number;
  readonly pages: number;
  readonly comm: string;
  readonly movable: boolean;
  /** Lines of its block, its own first. */
  readonly block: readonly string[];
}

/** What the pages of a block are, by who asked for them. Null: movable, and the stack does not tell for what. */
function classOf({ block, movable }: Allocation, via_objcg: boolean): PageClass | null {
  const stack = block.join('\n');
  if (via_objcg || stack.includes('Slab cache page')) return 'kernel';
  const told = block.map((line) => TOLD.exec(line)?.[1]).find((kind) => kind !== undefined);
  if (told !== undefined) return told === 'ANON' ? 'anon' : 'file';
  if (/\bshmem_/.test(stack)) return 'shmem';
  if (
    /\b_*(?:filemap_|page_cache_|bdev_getblk|ondemand_readahead|__do_page_cache_readahead|do_page_cache|force_page_cache|iomap_|ext4_write_begin|grab_cache_page|generic_perform_write)/.test(
      stack,
    )
  )
    return 'file';
  if (
    /\b(?:do_anonymous_page|wp_page_copy|do_wp_page|alloc_pages_vma|vma_alloc_folio|handle_pte_fault|do_cow_fault|alloc_anon_folio|do_huge_pmd_anonymous_page|handle_mm_fault|__handle_mm_fault|collapse_huge_page|do_swap_page)/.test(
      stack,
    )
  )
    return 'anon';
  return movable ? null : 'kernel';
}

/** Text of /sys/kernel/debug/page_owner (mm/page_owner.c, print_page_owner(); 2.6 to 6.12) and of page_owner_sort. */
export const PAGE_OWNER: ForeignFormat = {
  id: 'page-owner',
  title: 'page_owner',
  source: '`cat /sys/kernel/debug/page_owner`, or what page_owner_sort makes of it',
  recognise({ text }) {
    const count = countMatches(text, BLOCK, stripLog);
    return { fits: count * 8, why: count > 0 ? `${count} blocks of page_owner` : 'no line says `Page allocated via order …`' };
  },
  read({ name, text }) {
    const lines = linesOf(text ?? '');
    const book = createLineBook(lines);
    const { texts: bare, lastOf, use } = unfoldLines(lines, FOLDED, UNFOLDED, book.use, (line) => stripLog(line).replace(/,\\$/, ','));
    const slack: SlackItem[] = [];
    const held = new Map<string, Map<string, Record<PageClass, number>>>();
    let times: { readonly times: number; readonly pages: number | null; readonly line: number } | null = null;
    let unknown_pages = 0;
    let uncharged_pages = 0;
    let allocations = 0;
    let task_count = 0;
    let offline = false;

    for (let index = 0; index < bare.length; index += 1) {
      const counted = TIMES.exec(bare[index] ?? '');
      if (counted !== null) {
        times = { times: Number(counted[1]), pages: counted[2] === undefined ? null : Number(counted[2]), line: index + 1 };
        use(index);
        continue;
      }
      const allocated = ALLOCATED.exec(bare[index] ?? '');
      if (allocated === null) continue;
      use(index);
      const block = [bare[index] ?? ''];
      for (index = lastOf(index); index + 1 < bare.length; index = lastOf(index + 1)) {
        if (lines[index + 1] === MOVED_UP) continue;
        const line = bare[index + 1] ?? '';
        if (line === '' || ALLOCATED.test(line) || TIMES.test(line)) break;
        block.push(line);
        if (FRAME.test(line) || KNOWN.test(line) || CHARGED.test(line)) use(index + 1);
      }
      const order = Math.min(Number(allocated[1]), 20);
      const who = WHO.exec(allocated[4] ?? '');
      const own_pages = 2 ** order;
      const multiple = times?.times ?? 1;
      const pages = own_pages * multiple;
      if (times !== null && times.pages !== null && times.pages !== pages)
        slack.push({ what: 'the pages of a sorted block, and its order times its count', stated: times.pages, found: pages, unit: 'pages', line: times.line });
      times = null;
      const charged = block.map((line) => CHARGED.exec(line)).find((match) => match !== null);
      offline ||= charged?.[2] !== undefined;
      const memcg = charged?.[3] ?? '';
      const allocation: Allocation = {
        index,
        pages,
        comm: who === null ? 'unknown' : `${who[3] ?? 'task'}-${who[2] ?? who[1]}`,
        movable: (allocated[3] ?? '').includes('MOVABLE') || block.some((line) => / type Movable /.test(line)),
        block,
      };
      allocations += 1;
      const kind = classOf(allocation, charged?.[1] !== undefined);
      if (kind === null) {
        unknown_pages += pages;
        continue;
      }
      // Kernel memory that no line says is charged is the kernel's own.
      if (kind === 'kernel' && memcg === '') {
        uncharged_pages += pages;
        continue;
      }
      const group = held.get(memcg) ?? new Map<string, Record<PageClass, number>>();
      held.set(memcg, group);
      if (!group.has(allocation.comm) && task_count >= TASK_COUNT_MAX) {
        const [last] = [...group.keys()].slice(-1);
        const sum = group.get(last ?? '') ?? { anon: 0, file: 0, shmem: 0, kernel: 0 };
        group.set(last ?? 'others', sum);
        sum[kind] += pages;
        continue;
      }
      const own = group.get(allocation.comm) ?? { anon: 0, file: 0, shmem: 0, kernel: 0 };
      if (!group.has(allocation.comm)) task_count += 1;
      group.set(allocation.comm, own);
      own[kind] += pages;
    }

    const place = { file: name };
    const total = [...held.values()].reduce(
      (sum, group) => sum + [...group.values()].reduce((own, part) => own + part.anon + part.file + part.shmem + part.kernel, 0),
      0,
    );
    if (total === 0)
      return fail({
        code: 'page-owner-empty',
        message: `Of ${allocations} allocations none is of user memory or charged to a cgroup.`,
        place,
        remedy: 'take the text from a machine that runs with page_owner=on',
      });
    if (total * PAGE_SIZE_BYTES * 2 > LIMITS.memory_bytes)
      return fail({
        code: 'import-too-much-memory',
        message: `The allocations come to ${formatSize(total * PAGE_SIZE_BYTES)}; the lab simulates up to ${formatSize(LIMITS.memory_bytes / 2)}.`,
        place,
        remedy: 'cut the text',
      });

    const draft = createDraft();
    const expectations: Record<string, { current: string }> = {};
    for (const [memcg, group] of held) {
      // The text has a cgroup's name without its path; what no line says is charged stands in a container of its own.
      const container = draft.container(memcg === '' ? 'no-memcg-told' : memcg);
      let sum = 0;
      for (const [comm, own] of group) {
        const task = draft.task(comm, container);
        if (own.file > 0) draft.step({ read: draft.object(`${task}-files`, { file: pagesSize(own.file) }), by: task });
        if (own.shmem > 0) draft.step({ write: draft.object(`${task}-shmem`, { tmpfs: pagesSize(own.shmem) }), by: task });
        kernelSteps(draft, task, own.kernel);
        if (own.anon > 0) {
          const area = draft.name(`${task}-anon`);
          draft.step({ alloc: area, by: task, size: pagesSize(own.anon) });
          draft.step({ touch: area, by: task });
        }
        sum += own.anon + own.file + own.shmem + own.kernel;
      }
      expectations[container] = { current: pagesSize(sum) };
    }
    draft.step({ sample: draft.name('as-listed') });
    draft.step({ expect: expectations, under: 'memcg-v2' });
    const notes = [
      ...(uncharged_pages > 0 ? [`${plural(uncharged_pages, 'page of kernel memory is', 'pages of kernel memory are')} charged to nobody: left out`] : []),
      ...(unknown_pages > 0
        ? [
            `${plural(unknown_pages, 'movable page has a stack that does not tell what it is for', 'movable pages have stacks that do not tell what they are for')}: left out`,
          ]
        : []),
      ...(offline ? ['some pages are charged to offline cgroups, which stand here as if they were there'] : []),
      ...(held.has('') ? ['blocks without a line `Charged to memcg` stand in one container'] : []),
      ...[...draft.renamed].map(([foreign, path]) => `${foreign} is ${path} here`),
    ];
    const error = draft.exceeds(name);
    if (error !== null) return fail(error);
    const title = 'Allocations as page_owner has them';
    const scenario_text = draft.render({
      name: title,
      about: aboutOf(
        ['Made from the text of page_owner: pages by the task that allocated them, what for (by the stack), and the cgroup that is charged.'],
        slack,
        notes,
      ),
      models: ['memcg-v2', 'partial', 'rss', 'software-zones'],
      machine: { memory: machineMemory(2 * total * PAGE_SIZE_BYTES) },
    });
    return ok({ lines: book.account(), slack, notes, scenarios: [{ name: title, text: scenario_text }] });
  },
};
