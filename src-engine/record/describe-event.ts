import { AMOUNT_FORMATS, formatBytes, formatCount, formatLimit, formatNs, plural } from '../base/figures.ts';
import { NO_CONTAINER } from '../base/ids.ts';
import { LIMIT_COUNTERS } from './accounts.ts';
import { counterCalled, counterLabel } from './counter-names.ts';
import { COUNTERS, type CounterSpec, countersOf, isOfVersion1, shownUnit } from './counters.ts';
import {
  ADD,
  BORROW,
  COST,
  ERRNO,
  EVENT_KIND_BY_CODE,
  EVICT,
  type EventRow,
  FAULT,
  FREE,
  type KindName,
  LRU_NAMES,
  MEMORY_EVENT,
  OBJECT_CLASS,
  PEAK_FILE,
  PEAK_FILE_OF_SWAP,
  RECLAIM_REASON,
  SKIP,
  SLAB_ACCOUNT,
  SLEEP,
  VMPRESSURE,
} from './events.ts';
import type { ExpectationResult } from './run.ts';
import type { RunWords } from './run-words.ts';

const PAGE_BYTES = 4096;
/** Shares up to this denominator are written as fractions of a page. */
const SHARE_DENOMINATOR_MAX = 64;

/** Name of a kind's code as the event table writes it; a kind of a newer version reads `kind 250`. */
export const kindName = (kind: number): string => EVENT_KIND_BY_CODE[kind]?.name ?? `kind ${kind}`;

/** LRU list of a shrink event's flags, by index into `LRU_NAMES`. */
export const lruOfFlags = (flags: number): number => flags & 3;

/** Scan priority of a shrink event's flags: 12 (gentle) down to 0. */
export const priorityOfFlags = (flags: number): number => (flags >> 2) & 15;

/** An amount of charge in words: `1 page`, `1/3 page`, `12 pages`; bytes where it is no simple share. */
export function chargeInWords(units: number, charge_shift: number): string {
  const page_units = 2 ** charge_shift;
  if (units % page_units === 0) return plural(units / page_units, 'page');
  const denominator = Math.round(page_units / units);
  if (denominator > 1 && denominator <= SHARE_DENOMINATOR_MAX && Math.abs(page_units / denominator - units) < 1) return `1/${denominator} page`;
  return formatBytes((units / page_units) * PAGE_BYTES);
}

function nameOf(table: Readonly<Record<string, number>>, code: number, fallback: string): string {
  return Object.entries(table).find(([, value]) => value === code)?.[0] ?? `${fallback} ${code}`;
}

const SKIP_WORDS: Readonly<Record<keyof typeof SKIP, string>> = {
  task_dead: 'its task is dead',
  no_container: 'its container does not exist',
  no_area: 'its area is not mapped',
  not_modelled: 'this model has no policy for it',
  container_busy: 'its container still has tasks or children',
  task_exists: 'the task exists already',
  container_exists: 'the container exists already',
  held_back: 'the attacker is held back',
  nothing_pinned: 'nothing is pinned through that handle',
};
const REASON_WORDS: Readonly<Record<keyof typeof RECLAIM_REASON, string>> = {
  global: 'memory is short',
  max: 'memory.max hit',
  high: 'above memory.high',
  proactive: 'memory.reclaim',
  resize: 'limit lowered',
  remove: 'container removed',
  trace_memcg: 'memcg reclaim',
  trace_direct: 'direct reclaim',
  trace_kswapd: 'kswapd',
  soft_limit: 'above its soft limit',
};
const FREE_WORDS: Readonly<Record<keyof typeof FREE, string>> = {
  truncate: 'truncated',
  exit: 'task exit',
  unmap: 'unmapped',
  remove: 'container removed',
  drop_caches: 'drop-caches',
  cow: 'copied on write',
  unpin: 'its last pin went',
};
const COST_WORDS: Readonly<Record<keyof typeof COST, string>> = {
  counter_updates: 'counter updates',
  rmap_steps: 'reverse-map steps',
  list_steps: 'list steps',
  pages_migrated: 'pages migrated',
  page_storage_bytes: 'page metadata, total',
  container_storage_bytes: 'container metadata, total',
  share_updates: 'share updates',
  hash_lookups: 'hash lookups',
};

/** Costs that are bytes; the others are counts. */
const STORAGE_COSTS: readonly number[] = [COST.page_storage_bytes, COST.container_storage_bytes];

/** Why a reclaim pass ran, in words; by the file names of version 1 where that is asked for. */
export function reasonInWords(reason: number, v1 = false): string {
  const name = nameOf(RECLAIM_REASON, reason, 'reason');
  if (v1 && name === 'max') return 'memory.limit_in_bytes hit';
  return name in REASON_WORDS ? REASON_WORDS[name as keyof typeof REASON_WORDS] : name;
}

function wordsOf<Name extends string>(words: Readonly<Record<Name, string>>, table: Readonly<Record<Name, number>>, code: number, fallback: string): string {
  const name = nameOf(table, code, fallback);
  return name in words ? words[name as Name] : name;
}

/** One label of COST, as the panels write it. */
export const costInWords = (cost: number): string => wordsOf(COST_WORDS, COST, cost, 'cost');

/** Limits travel as pages, −1 for `max`. */
const limitInWords = (pages: number): string => (pages < 0 ? 'max' : formatBytes(pages * PAGE_BYTES));

function faultInWords(flags: number): string {
  if (flags === FAULT.none) return 'no fault';
  return [flags & FAULT.major ? 'major fault' : 'minor fault', flags & FAULT.cow ? 'copy on write' : ''].filter((part) => part !== '').join(', ');
}

function pageAdded(event: EventRow, words: RunWords): string {
  const parts = [
    `onto ${LRU_NAMES[event.flags & ADD.lru_mask]}`,
    event.a === 0 ? 'nothing charged' : `charged ${chargeInWords(event.a, words.meta.charge_shift)}`,
  ];
  if (event.flags & ADD.zswapin) parts.push('from zswap');
  else if (event.flags & ADD.swapin) parts.push('from swap');
  else if (event.flags & ADD.major) parts.push('from disk');
  if (event.flags & ADD.refault) parts.push(`refault at distance ${formatCount(event.b)}`);
  if (event.flags & ADD.workingset_activate) parts.push('activated at once');
  if (event.flags & ADD.workingset_restore) parts.push('was workingset');
  return parts.join(', ');
}

/** Where reclaim goes by generations, lists change with them. */
const ofGeneration = (event: EventRow): string => (event.a === 0 ? '' : `, generation ${event.a}`);

function pageEvicted(event: EventRow, words: RunWords): string {
  const parts = [event.a === 0 ? 'nothing uncharged' : `uncharged ${chargeInWords(event.a, words.meta.charge_shift)}`];
  if (event.flags & EVICT.swapout) parts.push(`to swap of ${words.container(event.b)}`);
  if (event.flags & EVICT.zswap) parts.push('kept in zswap');
  if (event.flags & EVICT.writeback) parts.push('written back');
  return parts.join(', ');
}

const scanned = (event: EventRow, outcome: string): string =>
  `scanned ${formatCount(event.a)}, ${outcome} ${formatCount(event.b)}, ${LRU_NAMES[lruOfFlags(event.flags)]}, priority ${priorityOfFlags(event.flags)}`;

const signed = (value: number): string => (value < 0 ? '−' : '+');

/** An amount in a counter's raw unit. */
function rawInWords(spec: CounterSpec, amount: number, charge_shift: number): string {
  if (spec.unit === 'charge') return chargeInWords(amount, charge_shift);
  return spec.unit === 'pages' ? plural(amount, 'page') : AMOUNT_FORMATS[shownUnit(spec)](amount);
}

const SLAB_WORDS: Readonly<Record<keyof typeof SLAB_ACCOUNT, string>> = {
  container: '',
  root: ', of the root: not tracked',
  unregistered: ', of a cache that is not tracked',
  noaccount: ', not to be accounted',
  deferred: ', uncharged: the split of the cache is deferred',
};
const slabObjects = (event: EventRow, words: RunWords): string =>
  `${plural(event.a, 'object')} of ${words.names.objects[event.b] ?? ''}${wordsOf(SLAB_WORDS, SLAB_ACCOUNT, event.flags, ', account')}`;

/** File of cgroupfs that a limit is written to, `memory.max`, by the flags of limit_set; one of a newer version reads `limit 20`. */
function fileOfLimit(which: number, { meta }: RunWords): string {
  const counter = LIMIT_COUNTERS[which];
  return counter === undefined ? `limit ${which}` : countersOf(meta)[counter].meaning;
}

const outcomeOf = (held: boolean): string => (held ? 'held' : 'failed');

/** What was and what a scenario expected: `current 8 MiB, expected 2 MiB (line 12)`. */
function foundAndExpected({ counter, actual, expected, tolerance, line }: ExpectationResult): string {
  const spec = counterCalled(counter);
  const amount = (value: number): string => {
    const unit = spec === undefined ? 'bytes' : shownUnit(spec);
    return unit === 'bytes' ? formatLimit(value).replace(/\.00(?=\D)/, '') : AMOUNT_FORMATS[unit](value);
  };
  // A container that is not there has no counters.
  const found = Number.isFinite(actual) ? amount(actual) : 'unknown';
  return `${counter} ${found}, expected ${amount(expected)}${tolerance === 0 ? '' : ` ± ${amount(tolerance)}`} (line ${line})`;
}

/** An expectation and what became of it: `A current 8 MiB, expected 2 MiB (line 12): failed`. */
export const expectationInWords = (result: ExpectationResult): string => `${result.path} ${foundAndExpected(result)}: ${outcomeOf(result.held)}`;

/** What pin and unpin say, by their flags. */
const PINNED_WORDS = ['pinned', 'locked', 'sent without a copy: accounted'];
const UNPINNED_WORDS = ['unpinned', 'unlocked', 'acknowledged: uncounted'];

const DESCRIBE: Readonly<Record<KindName, (event: EventRow, words: RunWords) => string>> = {
  step_begin: (event) => `step ${formatCount(event.a)}, line ${formatCount(event.b)}`,
  step_skip: (event) => `skipped: ${wordsOf(SKIP_WORDS, SKIP, event.flags, 'reason')}`,
  object_create: (event, words) =>
    `${nameOf(OBJECT_CLASS, event.flags, 'class')} ${words.names.objects[event.b] ?? ''}, ${plural(event.a, 'page')} (${formatBytes(event.a * PAGE_BYTES)})`,
  container_create: (event, words) =>
    event.b < 0 ? 'the root' : `below ${words.container(event.b)}${event.flags === 1 ? ', without the memory controller' : ''}`,
  container_create_failed: (event, words) => `${words.names.containers[event.a] ?? ''} could not be created: ${nameOf(ERRNO, event.b, 'errno')}`,
  container_remove: (event) => (event.a === 0 ? 'nothing left charged' : `${plural(event.a, 'page')} still charged`),
  limit_set: (event, words) => `${fileOfLimit(event.flags, words)} = ${limitInWords(event.a)}`,
  task_start: (event, words) => (event.a < 0 ? 'started' : `forked from ${words.task(event.a)}`),
  task_move: (event, words) => `moved from ${words.container(event.a)}`,
  task_exit: (event) => (event.flags === 1 ? 'killed' : 'exited'),
  page_add: pageAdded,
  page_free: (event, words) =>
    `${wordsOf(FREE_WORDS, FREE, event.flags, 'why')}, ${event.a === 0 ? 'nothing uncharged' : `uncharged ${chargeInWords(event.a, words.meta.charge_shift)}`}`,
  page_evict: pageEvicted,
  charge: (event, words) => `charged ${chargeInWords(event.a, words.meta.charge_shift)}`,
  uncharge: (event, words) => `uncharged ${chargeInWords(event.a, words.meta.charge_shift)}`,
  recharge: (event, words) => `${chargeInWords(event.a, words.meta.charge_shift)} from ${words.container(event.b)}`,
  activate: (event) => `inactive → active${ofGeneration(event)}`,
  deactivate: (event) => `active → inactive${ofGeneration(event)}`,
  map: (event) => faultInWords(event.flags),
  unmap: () => '',
  fault: (event) => faultInWords(event.flags),
  swap_free: () => 'swap slot given back',
  reclaim_begin: (event, words) => `${reasonInWords(event.flags, isOfVersion1(words.meta))}${event.a > 0 ? `, wants ${plural(event.a, 'page')}` : ''}`,
  reclaim_end: (event) => `reclaimed ${plural(event.a, 'page')}`,
  shrink_inactive: (event) => scanned(event, 'reclaimed'),
  shrink_active: (event) => scanned(event, 'deactivated'),
  lru_isolate: (event) => `scanned ${formatCount(event.a)}, taken ${formatCount(event.b)}, ${LRU_NAMES[lruOfFlags(event.flags)]}`,
  shrink_slab_start: (event) => `to scan ${formatCount(event.a)} of ${plural(event.b, 'freeable object')}, priority ${priorityOfFlags(event.flags)}`,
  shrink_slab_end: (event) => `scanned ${plural(event.a, 'object')}, freed ${formatCount(event.b)}`,
  memory_event: (event) => `events.${nameOf(MEMORY_EVENT, event.flags, 'event')} +1`,
  oom_kill: (event) => `killed, badness ${formatCount(event.a)}`,
  op_fail: (event) => `failed with ${nameOf(ERRNO, event.flags, 'errno')}`,
  sleep: (event) =>
    `${event.flags === SLEEP.throttled ? 'throttled by memory.high for' : event.flags === SLEEP.dirty ? 'waits, as too much is dirty, for' : 'sleeps'} ${formatNs(event.a * 1000)}`,
  sample: (event, words) => words.names.samples[event.a] ?? `sample ${event.a}`,
  // The outcome first: it is seen where there is room for little. The container stands beside the words, unless it is in no recording.
  expect(event, { expectations }) {
    const [result, outcome] = [expectations[event.b], outcomeOf(event.a === 1)];
    return result === undefined ? outcome : `${outcome}: ${event.container === NO_CONTAINER ? `${result.path} ` : ''}${foundAndExpected(result)}`;
  },
  cost: (event) => `${costInWords(event.flags)} ${STORAGE_COSTS.includes(event.flags) ? formatBytes(event.a) : formatCount(event.a)}`,
  zone_assign: (event, words) =>
    `zone ${formatCount(event.a)}: ${event.b < 0 ? 'free' : words.container(event.b)} → ${words.container(event.container) || 'free'}`,
  trace_other: () => 'kept without interpretation',
  run_end: () => 'the run is complete',
  account: (event, words) => {
    const spec = COUNTERS[event.flags];
    const charged = event.b === 0 ? '' : `, current ${signed(event.b)}${chargeInWords(Math.abs(event.b), words.meta.charge_shift)}`;
    return spec === undefined
      ? `counter ${event.flags}`
      : `${counterLabel(spec)} ${signed(event.a)}${rawInWords(spec, Math.abs(event.a), words.meta.charge_shift)}${charged}`;
  },
  counter_read: (event, words) => {
    const spec = COUNTERS[event.flags];
    return spec === undefined
      ? `counter ${event.flags}`
      : `${counterLabel(spec)} = ${rawInWords(spec, event.b * 2 ** 32 + (event.a >>> 0), words.meta.charge_shift)}`;
  },
  slab_cache_create: (event, words) => `own copy of ${words.names.objects[event.a] ?? ''}${event.flags === 1 ? ', made by the work queue' : ''}`,
  slab_alloc: (event, words) => `allocated ${slabObjects(event, words)}`,
  slab_free: (event, words) => `freed ${slabObjects(event, words)}`,
  tcp_send: (event, words) => `${formatBytes(event.a)} into ${words.names.objects[event.b] ?? ''}`,
  tcp_receive: (event, words) => `${formatBytes(event.a)} from ${words.names.objects[event.b] ?? ''}`,
  tcp_drop: (event, words) => `${formatBytes(event.a)} dropped at ${words.names.objects[event.b] ?? ''}`,
  tcp_window: (event, words) => `window of ${words.names.objects[event.b] ?? ''} ${formatBytes(event.a)}`,
  vmpressure: (event) => `${nameOf(VMPRESSURE, event.flags, 'level')}: scanned ${formatCount(event.a)}, reclaimed ${formatCount(event.b)}`,
  socket_pressure: (event) => (event.flags === 1 ? 'sockets stop growing' : 'sockets may grow again'),
  pin: (event) => `${PINNED_WORDS[event.flags] ?? 'pinned'} ${plural(event.a, 'page')}, ${formatCount(event.b)} newly charged`,
  unpin: (event) => `${UNPINNED_WORDS[event.flags] ?? 'unpinned'} ${plural(event.a, 'page')}, ${formatCount(event.b)} uncharged`,
  pin_refused: (event) => `${plural(event.a, 'page')} refused at ${plural(event.b, 'page')}: ${nameOf(ERRNO, event.flags, 'errno')}`,
  unevictable: (event) => (event.flags === 1 ? '→ unevictable' : 'unevictable →'),
  borrow: (event, words) => {
    const charged = (event.flags & BORROW.current) === 0 ? '' : `, current ${signed(event.a)}${plural(Math.abs(event.a), 'page')}`;
    if ((event.flags & BORROW.counter) === 0) return `with all of ${words.container(event.b)}${charged}`;
    return `${event.a > 0 ? 'borrows' : 'gives back'} ${plural(Math.abs(event.a), 'page')} of ${words.container(event.b)}${charged}`;
  },
  container_release: () => 'nothing is charged to it any more',
  oom_notice: (event) => `user space is told${event.a > 0 ? `, and moves ${plural(event.a, 'zone')} here` : ''}`,
  inherit: (event, words) => {
    const spec = COUNTERS[event.flags];
    if (spec === undefined) return `counter ${event.flags} of ${words.container(event.b)}`;
    return `takes over ${counterLabel(spec)} ${rawInWords(spec, event.a, words.meta.charge_shift)} of ${words.container(event.b)}`;
  },
  generation_begin: (event) => `generation ${event.a} begins, ${plural(event.b, 'page')} made young by page tables`,
  generation_sort: (event) => `${plural(event.a, 'page')} spared by tier, ${LRU_NAMES[lruOfFlags(event.flags)]}, to generation ${event.b}`,
  generation: (event) => `to generation ${event.a}`,
  peak_file: ({ flags, a, b }) => {
    const file = `memory.${(flags & PEAK_FILE_OF_SWAP) === 0 ? '' : 'swap.'}peak, open file ${b}`;
    return `${file}: ${nameOf(PEAK_FILE, flags & 3, 'flag')} at ${formatBytes(a * PAGE_BYTES)}`;
  },
  zswap_writeback: (event) => `from zswap to swap, ${formatBytes(event.a)} there free`,
};

/** What an event says beyond its task, container and page, in a few words. Empty where they say it all. */
export function describeEvent(event: EventRow, words: RunWords): string {
  const name = EVENT_KIND_BY_CODE[event.kind]?.name;
  if (name === undefined) return `a ${formatCount(event.a)}, b ${formatCount(event.b)}, flags ${event.flags}`;
  return DESCRIBE[name as KindName](event, words);
}

/** The page of an event as the table writes it: `shared:12`; in a trace the line of its text; or nothing, where the event is about no page. `numberText` writes its number. */
export function describePage(event: EventRow, words: RunWords, numberText: (count: number) => string = formatCount): string {
  if (words.meta.source === 'trace') return event.page > 0 && event.page < 0xffffffff ? numberText(event.page) : '';
  if (EVENT_KIND_BY_CODE[event.kind]?.columns.page === undefined) return '';
  const page = words.page(event.page);
  return page === undefined ? '' : `${page.object}:${numberText(page.page_index)}`;
}
