import { NO_TASK } from '../base/ids.ts';
import { isOfVersion1 } from './counters.ts';
import { chargeInWords, describeEvent, reasonInWords } from './describe-event.ts';
import { ADD, EVICT, type EventRow, FAULT, KIND } from './events.ts';
import { type PageState, pageAfter, UNTOUCHED_PAGE } from './page-state.ts';
import type { RunBlocks } from './run-blocks.ts';
import type { RunWords } from './run-words.ts';
import { nearInStep, passAround } from './step-lines.ts';

/** Something that happened to a page as one: its event, and the charges that came with it. */
export interface Episode {
  /** The event that names it. */
  readonly head: EventRow;
  /** Charges and borrowings that are its effect. */
  readonly effects: readonly EventRow[];
  /** The page before and after it. */
  readonly before: PageState;
  readonly after: PageState;
  readonly changes_charge: boolean;
  /** The fault that it came in by; undefined where read() or write() brought it in, or it is something else. */
  readonly fault: EventRow | undefined;
  /** It came back after an eviction. */
  readonly evicted_before: boolean;
}

const EFFECTS: readonly number[] = [KIND.charge, KIND.uncharge, KIND.borrow];
const HEADS: readonly number[] = [KIND.page_add, KIND.map, KIND.unmap, KIND.page_free, KIND.page_evict];
/** What moves a page on its lists says nothing of who pays; a page's story has it. */
const LISTS: readonly number[] = [KIND.activate, KIND.deactivate, KIND.unevictable, KIND.generation];

/** A fault adds its page, and maps it so many events later at most: between them stand a copied page's old mapping and its charges. */
const FAULT_REACH = 16;

/** Joins a page's rows to episodes, oldest first: a charge goes with the event that it follows at once, or, where none does, with the one that follows at once. */
export function episodesOf(rows: readonly EventRow[], objectClass: number): readonly Episode[] {
  const episodes: { head: EventRow; effects: EventRow[]; rows: EventRow[]; fault: EventRow | undefined }[] = [];
  let last: EventRow | undefined;
  for (const row of rows) {
    const here = episodes.at(-1);
    const is_next = last !== undefined && last.index === row.index - 1;
    last = row;
    if (LISTS.includes(row.kind)) {
      // Between an event and its charges nothing stands; but the state has to know of it.
      here?.rows.push(row);
      continue;
    }
    if (is_next && here !== undefined && EFFECTS.includes(row.kind) && row.kind !== here.head.kind) {
      here.effects.push(row);
      here.rows.push(row);
      continue;
    }
    if (is_next && here !== undefined && EFFECTS.includes(here.head.kind) && HEADS.includes(row.kind)) {
      here.effects.push(here.head);
      here.head = row;
      here.rows.push(row);
      continue;
    }
    const came_in = here?.head.kind === KIND.page_add && here.fault === undefined && row.kind === KIND.map && row.flags !== FAULT.none;
    if (here !== undefined && came_in && row.task === here.head.task && row.index - here.head.index <= FAULT_REACH) {
      here.fault = row;
      here.rows.push(row);
      continue;
    }
    episodes.push({ head: row, effects: [], rows: [row], fault: undefined });
  }
  let state = UNTOUCHED_PAGE;
  let evicted_before = false;
  return episodes.map(({ head, effects, rows: own, fault }) => {
    const before = state;
    for (const row of own) state = pageAfter(state, row, objectClass);
    const episode: Episode = {
      head,
      effects,
      before,
      after: state,
      changes_charge: state.owners !== before.owners || effects.length > 0,
      fault,
      evicted_before,
    };
    if (head.kind === KIND.page_evict) evicted_before = true;
    if (head.kind === KIND.page_add || head.kind === KIND.page_free) evicted_before = false;
    return episode;
  });
}

/** The container of a task at an event, as starts and moves tell. */
export type TaskHomes = (task: number, event_index: number) => number | undefined;

/** Where the tasks of a run are, over time. */
export function taskContainers(blocks: RunBlocks): TaskHomes {
  const homes = new Map<number, { event_index: number; container: number }[]>();
  for (const [at, { kind_counts, first_event }] of blocks.entries.entries()) {
    if (kind_counts[KIND.task_start] + kind_counts[KIND.task_move] === 0) continue;
    const { columns, count } = blocks.decoded(at);
    for (let row = 0; row < count; row++) {
      if (columns.kind[row] !== KIND.task_start && columns.kind[row] !== KIND.task_move) continue;
      const list = homes.get(columns.task[row]) ?? [];
      list.push({ event_index: first_event + row, container: columns.container[row] });
      homes.set(columns.task[row], list);
    }
  }
  return (task, event_index) => homes.get(task)?.findLast((home) => home.event_index <= event_index)?.container;
}

/** What a sentence is made with. */
export interface SentenceContext {
  readonly blocks: RunBlocks;
  readonly words: RunWords;
  readonly page: string;
  /** Verb of the step's line; empty if unknown. */
  readonly verb: string;
  readonly homes: TaskHomes;
}

const PAST: Readonly<Record<string, string>> = {
  read: 'read',
  write: 'wrote',
  touch: 'touched',
  peek: 'read',
  workload: 'used',
  together: 'used',
  mlock: 'locked',
  pin: 'pinned',
};

/** What happened, and what it changed in who pays, with the mark between them: `a read lib[5] first`, `: A is charged 1 page`. */
export interface Sentence {
  readonly act: string;
  readonly effect: string;
}

/** An episode in words, without a full stop. */
export function sentenceOf(episode: Episode, context: SentenceContext): Sentence {
  return { act: actOf(episode, context), effect: chargesOf(episode, context) };
}

function actOf(episode: Episode, context: SentenceContext): string {
  const { head } = episode;
  const { words, page, blocks } = context;
  const task = words.task(head.task);
  switch (head.kind) {
    case KIND.object_create:
      return `${page} came into being with its object`;
    case KIND.page_add:
      return cameIn(episode, context);
    case KIND.map:
      if (head.flags === FAULT.none) return `${task} got its mapping of ${page} at fork`;
      return `${task} faulted ${page} (${(head.flags & FAULT.major) !== 0 ? 'major' : 'minor'} fault)`;
    case KIND.fault:
      return `${task} faulted ${page}, which it mapped already`;
    case KIND.unmap:
      return `${task}’s mapping of ${page} went away`;
    case KIND.page_evict: {
      const slot =
        (head.flags & EVICT.swapout) === 0
          ? ''
          : ` to swap on the account of ${words.container(head.b)}${(head.flags & EVICT.zswap) === 0 ? '' : ', its content compressed in zswap'}`;
      return `reclaim took ${page}${slot}${passOf(blocks, head, words)}`;
    }
    case KIND.page_free:
      return `${page} was freed (${describeEvent(head, words).replace(/, (?:nothing )?uncharged.*$/, '')})`;
    case KIND.recharge:
      return rechargeOf(episode, context);
    case KIND.swap_free:
      return `the swap slot of ${page} on the account of ${words.container(head.container)} was given back`;
    case KIND.pin:
    case KIND.unpin:
      return pinOf(head, task, page);
    case KIND.charge:
    case KIND.uncharge:
    case KIND.borrow:
      return `who pays for ${page} changed${movedOf(episode, context)}`;
    default:
      return [task, describeEvent(head, words)].filter((part) => part !== '').join(': ');
  }
}

/** What was done to the pages of a pin or its end, by the event's flags. */
const PINNED = ['pinned', 'locked', 'sent without a copy'];
const UNPINNED = ['unpinned', 'unlocked', 'was done sending'];
const pinWord = (flags: number, is_pin: boolean): string => (is_pin ? PINNED[flags] : UNPINNED[flags]) ?? (is_pin ? 'pinned' : 'unpinned');

/** A pin or lock that takes the page in: with how many others, and what it did to the account of pins. */
function pinOf({ kind, flags, a, b }: EventRow, task: string, page: string): string {
  const is_pin = kind === KIND.pin;
  const which = a === 1 ? '' : `, one of ${a} pages`;
  const counted = b === 0 ? '' : ` (${b} ${is_pin ? 'more' : 'fewer'} on the account of pins)`;
  return `${task === '' ? 'a driver' : task} ${pinWord(flags, is_pin)} ${page}${which}${counted}`;
}

/** How a page came in: first touch, refault, swap-in, copy. */
function cameIn({ head, fault, evicted_before }: Episode, { words, page, verb }: SentenceContext): string {
  const task = words.task(head.task) || 'the kernel';
  if (fault !== undefined && (fault.flags & FAULT.cow) !== 0) return `${task} wrote to a page that it shared and got ${page} as its own copy`;
  if ((head.flags & ADD.zswapin) !== 0) return `${task} brought ${page} back from zswap`;
  if ((head.flags & ADD.swapin) !== 0) return `${task} brought ${page} back from swap`;
  const past = PAST[verb];
  const did = fault !== undefined ? `faulted ${page}` : past !== undefined ? `${past} ${page}` : `brought ${page} in`;
  if ((head.flags & ADD.refault) !== 0) return `${task} ${did} again after its eviction, a refault at distance ${head.b}`;
  return `${task} ${did} ${evicted_before ? 'again after its eviction' : 'first'}`;
}

/** What an episode changed in who pays: `: A is charged 1 page`. Of a use that changed nothing: who pays all the same. */
function chargesOf({ head, effects, after, before }: Episode, { words, homes }: SentenceContext): string {
  if (head.kind === KIND.recharge) return '';
  const of_head: Readonly<Record<number, number>> = {
    [KIND.page_add]: head.a,
    [KIND.charge]: head.a,
    [KIND.borrow]: head.a,
    [KIND.page_free]: -head.a,
    [KIND.page_evict]: -head.a,
    [KIND.uncharge]: -head.a,
  };
  const own = of_head[head.kind] ?? 0;
  const changes = [
    ...(own === 0 ? [] : [{ container: head.container, units: own, borrows: head.kind === KIND.borrow }]),
    ...effects.map(({ kind, container, a }) => ({ container, units: kind === KIND.uncharge ? -a : a, borrows: kind === KIND.borrow })),
  ];
  const shift = words.meta.charge_shift;
  const told = changes.map(({ container, units, borrows }) => {
    const name = words.container(container);
    if (borrows) return `${name} ${units > 0 ? 'borrows it' : 'gives it back'}`;
    return `${name} is ${units > 0 ? 'charged' : 'uncharged'} ${chargeInWords(Math.abs(units), shift)}`;
  });
  if (told.length === 0) {
    if (head.kind !== KIND.map && head.kind !== KIND.page_add && head.kind !== KIND.fault) return '';
    return after.owners.length === 0
      ? '; nobody is charged'
      : `; it stays charged to ${after.owners.map(({ container }) => words.container(container)).join(' and ')}`;
  }
  const home = head.task === NO_TASK ? undefined : homes(head.task, head.index);
  const is_others = head.kind === KIND.page_add && own > 0 && home !== undefined && home !== head.container && before.owners.length === 0;
  const because = is_others ? `, though ${words.task(head.task)} is in ${words.container(home)}: ${otherPayer(words.container(head.container))}` : '';
  return `: ${told.join(', ')}${because}`;
}

const otherPayer = (path: string): string =>
  path.startsWith('smemcg:') ? 'the object has a container of its own that pays' : 'the object or the model names who pays';

function passOf(blocks: RunBlocks, head: EventRow, words: RunWords): string {
  const begin = passAround(blocks, head.index);
  if (begin < 0) return '';
  const at = blocks.at(begin);
  const { columns } = blocks.decoded(at);
  const row = begin - blocks.entries[at].first_event;
  const task = words.task(columns.task[row]);
  const target = words.container(columns.container[row]);
  return ` in a pass${task === '' ? '' : ` of ${task}`}${target === '' ? '' : ` on ${target}`} (${reasonInWords(columns.flags[row], isOfVersion1(words.meta))})`;
}

/** Why a charge moved: its container was removed, a task moved, or somebody used what a dying container held. */
function rechargeOf({ head }: Episode, { blocks, words, page }: SentenceContext): string {
  const [from, to] = [words.container(head.b), words.container(head.container)];
  const moved = `the charge for ${page} went from ${from} to ${to}`;
  const removed = nearInStep(blocks, head.index, 1, [KIND.container_remove], ({ container }, row) => container[row] === head.b);
  if (removed >= 0) return `${moved}, for ${from} was about to be removed`;
  return `${moved}${moveNear(blocks, head, words)}`;
}

/** A container's removal or a task's move that a bare charge goes with. */
function movedOf({ head }: Episode, { blocks, words }: SentenceContext): string {
  const removed = nearInStep(blocks, head.index, 1, [KIND.container_remove], () => true);
  if (removed >= 0) {
    const at = blocks.at(removed);
    return `, for ${words.container(blocks.decoded(at).columns.container[removed - blocks.entries[at].first_event])} was about to be removed`;
  }
  return moveNear(blocks, head, words);
}

function moveNear(blocks: RunBlocks, head: EventRow, words: RunWords): string {
  for (const direction of [-1, 1] as const) {
    const index = nearInStep(blocks, head.index, direction, [KIND.task_move], () => true);
    if (index < 0) continue;
    const at = blocks.at(index);
    const { columns } = blocks.decoded(at);
    const row = index - blocks.entries[at].first_event;
    return `, as ${words.task(columns.task[row])} moved to ${words.container(columns.container[row])}`;
  }
  return '';
}
