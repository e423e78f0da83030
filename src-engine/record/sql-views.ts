import { sqlName } from './counter-names.ts';
import { COUNTERS } from './counters.ts';
import {
  ADD,
  BORROW,
  BY_GENERATION,
  COST,
  ERRNO,
  EVENT_KINDS,
  EVICT,
  FAULT,
  FREE,
  KIND,
  type KindName,
  LIMIT,
  LRU_NAMES,
  MEMORY_EVENT,
  OBJECT_CLASS,
  RECLAIM_REASON,
  SKIP,
  SLAB_ACCOUNT,
  SLEEP,
  VMPRESSURE,
} from './events.ts';

/**
 * The views of recorded runs that SQL is asked over: names, columns, units and meanings. Made from the tables of event kinds and counters, so that a kind or a counter
 * that is new has its place here by itself; docs/sql.md and the console's list are made from this.
 */
export interface SqlColumn {
  readonly name: string;
  readonly type: 'integer' | 'real' | 'text';
  /** With the unit, where it has one. */
  readonly meaning: string;
}

export interface SqlView {
  readonly name: string;
  /** Heading under which it is listed. */
  readonly group: 'runs' | 'state' | 'accounting' | 'event kinds';
  readonly about: string;
  readonly columns: readonly SqlColumn[];
  /** Parameters of the function `NAME_in(run, …)` that reads only a part of it. */
  readonly range?: 'events' | 'steps';
}

/** How a column of an event becomes a value of a view. */
export type Reading =
  | { readonly as: 'number' | 'charge' | 'limit' | 'truth' | 'list' | 'priority' | 'container' | 'task' | 'object' | 'path' | 'sample' | 'counter' }
  /** True where a bit of the flags is set. */
  | { readonly as: 'bit'; readonly mask: number }
  /** A number that means something only where a bit of the flags is set; else null. */
  | { readonly as: 'number-if' | 'container-if'; readonly mask: number }
  | { readonly as: 'word'; readonly words: Readonly<Record<string, number>> };

/** A value that a kind of event carries. */
export interface EventValue extends SqlColumn {
  readonly of: 'a' | 'b' | 'flags';
  readonly reading: Reading;
}

const text = (name: string, meaning: string): SqlColumn => ({ name, type: 'text', meaning });
const integer = (name: string, meaning: string): SqlColumn => ({ name, type: 'integer', meaning });

const real = (name: string, meaning: string): SqlColumn => ({ name, type: 'real', meaning });

const value = (of: EventValue['of'], name: string, type: SqlColumn['type'], reading: Reading, meaning: string): EventValue => ({
  of,
  name,
  type,
  reading,
  meaning,
});
const number = (of: EventValue['of'], name: string, meaning: string): EventValue => value(of, name, 'integer', { as: 'number' }, meaning);
const charge = (meaning: string): EventValue => value('a', 'bytes', 'real', { as: 'charge' }, `${meaning}, in bytes`);
const word = (name: string, words: Readonly<Record<string, number>>, meaning: string, of: EventValue['of'] = 'flags'): EventValue =>
  value(of, name, 'text', { as: 'word', words }, `${meaning}: ${Object.keys(words).join(', ')}`);
const bit = (name: string, mask: number, meaning: string): EventValue => value('flags', name, 'integer', { as: 'bit', mask }, `${meaning}: 1 or 0`);
const truth = (of: EventValue['of'], name: string, meaning: string): EventValue => value(of, name, 'integer', { as: 'truth' }, `${meaning}: 1 or 0`);
const named = (of: EventValue['of'], as: 'container' | 'task' | 'object' | 'path' | 'sample' | 'counter', name: string, meaning: string): EventValue =>
  value(of, name, 'text', { as }, meaning);
const list: EventValue = value('flags', 'list', 'text', { as: 'list' }, `LRU list: ${LRU_NAMES.join(', ')}`);
const priority: EventValue = value('flags', 'priority', 'integer', { as: 'priority' }, 'scan priority, 12 (gentle) down to 0');
const fault: EventValue = word('fault', { ...FAULT, 'minor+cow': FAULT.minor | FAULT.cow, 'major+cow': FAULT.major | FAULT.cow }, 'kind of fault');

const generation: EventValue = number('a', 'generation', 'the page’s generation, 0 where reclaim does not go by generations');
const byGeneration: EventValue = bit('by_generation', BY_GENERATION, 'not counted in pgactivate and pgdeactivate');

/** What each kind of event says besides its task, container and page, under names of its own. Every kind has an entry. */
export const EVENT_VALUES: Readonly<Record<KindName, readonly EventValue[]>> = {
  step_begin: [number('b', 'line', 'line of the scenario')],
  step_skip: [word('reason', SKIP, 'why')],
  object_create: [number('a', 'pages', 'size in pages'), named('b', 'object', 'created', 'name of the new object'), word('class', OBJECT_CLASS, 'class')],
  container_create: [named('b', 'container', 'parent', 'parent container; null for the root'), bit('no_memory', 1, 'without the memory controller')],
  container_create_failed: [named('a', 'path', 'path', 'path of the container'), word('errno', ERRNO, 'error', 'b')],
  container_remove: [number('a', 'pages', 'pages still charged to it')],
  limit_set: [word('setting', LIMIT, 'which limit'), value('a', 'pages', 'integer', { as: 'limit' }, 'the limit in pages; null for max')],
  task_start: [named('a', 'task', 'parent', 'task that forked it; null if started')],
  task_move: [named('a', 'container', 'from_container', 'the container it leaves')],
  task_exit: [truth('flags', 'killed', 'it was killed')],
  page_add: [
    charge('charged to the container with the page'),
    list,
    bit('refault', ADD.refault, 'the page had been evicted'),
    value('b', 'refault_distance', 'integer', { as: 'number-if', mask: ADD.refault }, 'evictions since, where it is a refault'),
    bit('activated', ADD.workingset_activate, 'put on the active list at once'),
    bit('restored', ADD.workingset_restore, 'had been in the workingset'),
    bit('major', ADD.major, 'read from disk or swap in a fault'),
    bit('swapin', ADD.swapin, 'read from swap'),
    bit('zswapin', ADD.zswapin, 'brought back from zswap'),
  ],
  page_free: [charge('uncharged with the page'), word('why', FREE, 'why')],
  page_evict: [
    charge('uncharged with the page'),
    bit('swapout', EVICT.swapout, 'went to swap'),
    bit('zswap', EVICT.zswap, 'its content stayed in zswap'),
    bit('writeback', EVICT.writeback, 'was written back'),
    value('b', 'swap_container', 'text', { as: 'container-if', mask: EVICT.swapout }, 'container charged for the swap slot'),
  ],
  charge: [charge('charged')],
  uncharge: [charge('uncharged')],
  recharge: [charge('moved'), named('b', 'container', 'from_container', 'container that paid before')],
  activate: [generation, byGeneration],
  deactivate: [generation, byGeneration],
  map: [fault],
  unmap: [],
  fault: [fault],
  swap_free: [],
  reclaim_begin: [number('a', 'wanted_pages', 'pages wanted'), word('reason', RECLAIM_REASON, 'why')],
  reclaim_end: [number('a', 'reclaimed_pages', 'pages reclaimed')],
  shrink_inactive: [number('a', 'scanned_pages', 'pages scanned'), number('b', 'reclaimed_pages', 'pages reclaimed'), list, priority],
  shrink_active: [number('a', 'taken_pages', 'pages taken'), number('b', 'deactivated_pages', 'pages deactivated'), list, priority],
  lru_isolate: [number('a', 'scanned_pages', 'pages scanned'), number('b', 'taken_pages', 'pages taken'), list],
  shrink_slab_start: [number('a', 'objects', 'objects to scan'), number('b', 'freeable_objects', 'unused objects'), priority],
  shrink_slab_end: [number('a', 'scanned_objects', 'objects scanned'), number('b', 'freed_objects', 'objects freed')],
  memory_event: [word('key', MEMORY_EVENT, 'key of memory.events')],
  oom_kill: [number('a', 'badness', 'badness of the victim')],
  op_fail: [word('errno', ERRNO, 'error')],
  sleep: [number('a', 'microseconds', 'how long'), word('reason', SLEEP, 'why')],
  sample: [named('a', 'sample', 'sample', 'its name')],
  expect: [truth('a', 'held', 'it held'), number('b', 'expectation_index', 'row of `expectations`')],
  cost: [number('a', 'amount', 'by how much it grew; for storage: to how much'), word('cost', COST, 'which')],
  zone_assign: [number('a', 'zone', 'the zone'), named('b', 'container', 'from_container', 'owner before; null if it was free')],
  trace_other: [],
  run_end: [],
  account: [
    named('flags', 'counter', 'counter', 'counter that changes'),
    number('a', 'amount', 'change in the counter’s raw unit (counter_names.unit)'),
    value('b', 'current_bytes', 'real', { as: 'charge' }, 'by how much `current` changes with it, in bytes'),
  ],
  counter_read: [
    named('flags', 'counter', 'counter', 'counter that was read'),
    number('a', 'low', 'low 32 bits of the value'),
    number('b', 'high', 'high 32 bits'),
  ],
  slab_cache_create: [named('a', 'object', 'cache', 'the slab cache'), truth('flags', 'deferred', 'made by a work queue')],
  slab_alloc: [number('a', 'objects', 'objects'), named('b', 'object', 'cache', 'the slab cache'), word('account', SLAB_ACCOUNT, 'on whose account')],
  slab_free: [number('a', 'objects', 'objects'), named('b', 'object', 'cache', 'the slab cache'), word('account', SLAB_ACCOUNT, 'on whose account')],
  tcp_send: [number('a', 'bytes', 'bytes'), named('b', 'object', 'socket', 'the socket')],
  tcp_receive: [number('a', 'bytes', 'bytes'), named('b', 'object', 'socket', 'the socket')],
  tcp_drop: [number('a', 'bytes', 'bytes'), named('b', 'object', 'socket', 'the socket')],
  tcp_window: [number('a', 'bytes', 'the window in bytes'), named('b', 'object', 'socket', 'the socket')],
  vmpressure: [word('level', VMPRESSURE, 'level'), number('a', 'scanned_pages', 'pages scanned'), number('b', 'reclaimed_pages', 'pages reclaimed')],
  socket_pressure: [truth('flags', 'begins', 'pressure begins')],
  pin: [number('a', 'pages', 'pages'), number('b', 'charged_pages', 'pages newly charged'), truth('flags', 'locked', 'by mlock, not by a driver')],
  unpin: [number('a', 'pages', 'pages'), number('b', 'uncharged_pages', 'pages uncharged'), truth('flags', 'locked', 'by mlock, not by a driver')],
  pin_refused: [number('a', 'pages', 'pages asked for'), number('b', 'limit_pages', 'the limit'), word('errno', ERRNO, 'error')],
  unevictable: [truth('flags', 'to_unevictable', 'to the unevictable list, not back from it')],
  borrow: [
    number('a', 'pages', 'pages more; less if negative'),
    named('b', 'container', 'lender', 'the shared-memory container'),
    bit('counter', BORROW.counter, 'the borrow counter changes'),
    bit('current', BORROW.current, '`current` changes'),
  ],
  container_release: [],
  oom_notice: [number('a', 'zones', 'zones that user space moved here')],
  inherit: [
    named('flags', 'counter', 'counter', 'counter that is taken over'),
    number('a', 'amount', 'amount in the counter’s raw unit (counter_names.unit)'),
    named('b', 'container', 'from_container', 'the container that goes'),
  ],
  generation_begin: [number('a', 'generation', 'number of the new generation'), number('b', 'promoted_pages', 'pages that page tables made young')],
  generation_sort: [number('a', 'sorted_pages', 'pages spared'), number('b', 'generation', 'generation that they go to'), list],
  generation: [number('a', 'generation', 'the generation')],
  peak_file: [
    word('what', { open: 0, reset: 1, read: 2, 'open swap': 4, 'reset swap': 5, 'read swap': 6 }, 'what was done with it'),
    number('a', 'pages', 'the charge, or what it read as'),
    number('b', 'open_file', 'the file, counted from 0'),
  ],
  zswap_writeback: [number('a', 'bytes', 'bytes that it took in zswap')],
};

/** Columns that every view of events begins with. */
export const EVENT_COLUMNS: readonly SqlColumn[] = [
  integer('run', 'number of the run'),
  integer('event', 'number of the event in the run, from 1'),
  integer('time_ns', 'simulated time, ns since the start'),
  integer('step', 'step that it belongs to; null before the first'),
  text('kind', 'kind of the event (event_kinds)'),
  text('task', 'task on whose behalf; null for none'),
  text('container', 'container by path; null for none'),
  text('object', 'object that the page belongs to; null for none'),
  integer('page', 'page of that object, from 0; in an imported trace the line of its text'),
];

/** Kinds that raise some container’s `current`, and those that lower one. */
export const CHARGE_KINDS: readonly KindName[] = ['page_add', 'charge', 'recharge', 'account', 'inherit', 'borrow'];
export const UNCHARGE_KINDS: readonly KindName[] = ['page_free', 'page_evict', 'uncharge', 'recharge', 'account', 'inherit', 'borrow'];

/** A view of events of several kinds: each value is that of the same name of the event's own kind, null where the kind has none. */
export interface EventsViewSpec {
  readonly view: SqlView;
  readonly kinds: readonly KindName[];
  /** `charges` and `uncharges` have one amount, of whichever kind; the others read EVENT_VALUES; `raw` gives the columns as recorded. */
  readonly rows: 'values' | 'charges' | 'uncharges' | 'refaults' | 'raw';
}

function valuesOf(kinds: readonly KindName[]): readonly SqlColumn[] {
  const found = new Map<string, SqlColumn>();
  for (const kind of kinds) for (const { name, type, meaning } of EVENT_VALUES[kind]) if (!found.has(name)) found.set(name, { name, type, meaning });
  return [...found.values()];
}

function ofKinds(name: string, about: string, kinds: readonly KindName[], rows: EventsViewSpec['rows'] = 'values', own?: readonly SqlColumn[]): EventsViewSpec {
  return { view: { name, group: 'accounting', about, columns: [...EVENT_COLUMNS, ...(own ?? valuesOf(kinds))], range: 'events' }, kinds, rows };
}

const ALL_KINDS = EVENT_KINDS.map(({ name }) => name as KindName);

/** Every view over events: all of them, themes, and one for each kind. */
export const EVENT_VIEWS: readonly EventsViewSpec[] = [
  ofKinds('events', 'Every event, in order, with its columns as recorded (docs/recording-tables.md).', ALL_KINDS, 'raw', [
    integer('a', 'first value, meaning by kind'),
    integer('b', 'second value, meaning by kind'),
    integer('flags', 'meaning by kind'),
  ]),
  ofKinds(
    'charges',
    'Every rise of a container’s own share of `current`, whatever event brought it. Less `uncharges`, summed over a subtree, this is its `current`.',
    CHARGE_KINDS,
    'charges',
    [real('bytes', 'charged to the container, in bytes; parts of a byte where pages are shared out')],
  ),
  ofKinds('uncharges', 'Every fall of a container’s own share of `current`, whatever event brought it.', UNCHARGE_KINDS, 'uncharges', [
    real('bytes', 'uncharged from the container, in bytes; parts of a byte where pages are shared out'),
  ]),
  ofKinds('evictions', 'Pages that reclaim took.', ['page_evict']),
  ofKinds('refaults', 'Pages that came back after an eviction.', ['page_add'], 'refaults'),
  ofKinds('kills', 'Tasks that the out-of-memory killer took; `container` is the one whose limit was hit.', ['oom_kill']),
  ofKinds('failures', 'Operations that failed, containers that could not be created, and steps that were skipped.', [
    'op_fail',
    'container_create_failed',
    'pin_refused',
    'step_skip',
  ]),
  ofKinds('pressure', 'Windows of reclaim that closed with a level of pressure, and sockets told to stop growing.', ['vmpressure', 'socket_pressure']),
  ofKinds('pins', 'Pins and locks: taken, released, refused.', ['pin', 'unpin', 'pin_refused']),
  ofKinds('sockets', 'What sockets sent, received and dropped, and their windows.', ['tcp_send', 'tcp_receive', 'tcp_drop', 'tcp_window']),
  ofKinds('slab_objects', 'Slab objects allocated and freed.', ['slab_alloc', 'slab_free']),
  ...EVENT_KINDS.map(({ name, meaning }): EventsViewSpec => {
    const spec = ofKinds(name, meaning, [name as KindName]);
    return { ...spec, view: { ...spec.view, group: 'event kinds' } };
  }),
];

const counterColumns: readonly SqlColumn[] = COUNTERS.map((counter) => ({
  name: sqlName(counter),
  type: 'integer',
  meaning: `${counter.meaning}${counter.unit === 'percent' ? ' In hundredths of a percent.' : ''}${counter.scope === 'setting' ? ' (a limit; null for max)' : ''} [${counter.file}]`,
}));

const RUN: SqlColumn = integer('run', 'number of the run');
const state = (name: string, about: string, columns: readonly SqlColumn[], range?: SqlView['range']): SqlView => ({
  name,
  group: 'state',
  about,
  columns: [RUN, ...columns],
  ...(range === undefined ? {} : { range }),
});

/** Views that are no events: runs, what they consist of, and their state at moments. */
export const STATE_VIEWS: readonly SqlView[] = [
  {
    name: 'runs',
    group: 'runs',
    about: 'The runs that the query is asked over.',
    columns: [
      RUN,
      text('scenario', 'name of its scenario'),
      text('model', 'model, or what recorded it'),
      text('source', 'engine, trace or kernel'),
      text('status', 'recording, complete, interrupted, failed or cancelled'),
      integer('events', 'events recorded'),
      integer('steps', 'steps'),
      integer('accesses', 'page accesses'),
      real('end_ns', 'simulated time at its end, ns'),
      integer('stored_bytes', 'size of the recording in the database, in bytes'),
      integer('wall_ms', 'how long it took to record, ms'),
      text('started_at', 'when, UTC'),
      text('log_sha256', 'hash of all events; null while it is incomplete'),
    ],
  },
  {
    name: 'event_kinds',
    group: 'runs',
    about: 'The kinds of events.',
    columns: [integer('code', 'code in the recording'), text('kind', 'name'), text('meaning', 'what happened')],
  },
  {
    name: 'counter_names',
    group: 'runs',
    about: 'The counters of a container.',
    columns: [
      text('counter', 'its name in lists, events and `expectations`'),
      text('column_name', 'its column in `counters` and `samples`'),
      text('file', 'file of cgroupfs'),
      text('unit', 'raw unit in events: charge (units), pages, bytes or count'),
      text('scope', 'local, hierarchy, own or setting'),
      text('meaning', 'what it counts'),
    ],
  },
  state('event_counts', 'How many events of each kind a run has; read from the index, without the events.', [
    text('kind', 'kind'),
    integer('events', 'how many'),
  ]),
  state('steps', 'The steps, as they were carried out.', [
    integer('step', 'index, from 0; a repeated step counts each time'),
    integer('line', 'line of the scenario'),
    text('text', 'that line'),
    integer('event', 'number of its first event'),
    integer('time_ns', 'when it began, simulated ns'),
    integer('events', 'events of the step'),
    integer('duration_ns', 'until the next step, simulated ns'),
  ]),
  state('containers', 'Containers, as they are at the end of the run.', [
    integer('container_id', 'number in the run: a path may have been used again'),
    text('container', 'path'),
    text('parent', 'path of its parent; null for the root'),
    integer('alive', '1: it is there; 0: it was removed'),
    integer('current_bytes', 'charged at the end, in bytes; null where nobody has read it'),
    integer('peak_bytes', 'the most that was charged, in bytes; null where nobody has read it'),
  ]),
  state('tasks', 'Tasks, as they are at the end of the run.', [
    integer('task_id', 'number in the run'),
    text('task', 'name'),
    text('container', 'its last container'),
    integer('alive', '1: it runs; 0: it ended'),
    integer('rss_bytes', 'mapped and resident, in bytes'),
    integer('scanned_pages', 'pages of inactive lists that it scanned in reclaim, as pgscan counts them'),
    integer('reclaimed_pages', 'pages that it reclaimed'),
  ]),
  state('objects', 'Files, tmpfs files and anonymous areas, as they are at the end of the run.', [
    integer('object_id', 'number in the run'),
    text('object', 'name'),
    text('class', 'file, tmpfs, anon, hugetlb or dma-buf'),
    text('owner_task', 'task whose anonymous area it is'),
    integer('size_bytes', 'size, in bytes'),
    integer('resident_bytes', 'resident, in bytes'),
    integer('mapped_bytes', 'mapped by some task, in bytes'),
    integer('swapped_bytes', 'in swap, in bytes'),
  ]),
  state('owners', 'Who pays for each object at the end of the run.', [
    text('object', 'object'),
    text('container', 'container'),
    integer('bytes', 'charged, in bytes'),
  ]),
  state('mappers', 'Who maps each object at the end of the run.', [text('object', 'object'), text('task', 'task'), integer('bytes', 'mapped, in bytes')]),
  state('costs', 'What the model itself cost over the run.', [text('cost', 'which'), integer('amount', 'how much')]),
  state('expectations', 'What the scenario expected, and what was.', [
    integer('step', 'step'),
    integer('line', 'line of the scenario'),
    text('container', 'container'),
    text('counter', 'counter'),
    real('expected', 'expected value'),
    real('tolerance', 'how far off it may be'),
    real('actual', 'the value; null where the container was not there'),
    integer('held', '1: it held; 0: it failed'),
  ]),
  {
    ...state('reclaim_passes', 'Reclaim passes, each with all it did.', [
      integer('event', 'number of its first event'),
      integer('end_event', 'number of its last event; null where the recording ends inside it'),
      integer('time_ns', 'when it began, simulated ns'),
      integer('duration_ns', 'how long, simulated ns'),
      text('container', 'target: the root of the subtree reclaimed from'),
      text('task', 'task that reclaims'),
      text('reason', `why: ${Object.keys(RECLAIM_REASON).join(', ')}`),
      integer('wanted_pages', 'pages wanted'),
      integer('scanned_pages', 'pages of inactive lists scanned; what passes inside it (reason soft_limit) scanned is in it too: a sum leaves those out'),
      integer('reclaimed_pages', 'pages reclaimed, likewise'),
      integer('slab_shrinks', 'times a shrinker was asked'),
      integer('priority_min', 'hardest scan priority, 12 down to 0'),
    ]),
    group: 'accounting',
    range: 'events',
  },
  state(
    'counters',
    'Every counter of every container at the end of each step, as its files would show them; null where the run does not know it.',
    [
      integer('step', 'step that has just ended'),
      integer('event', 'number of the last event before that moment'),
      integer('time_ns', 'simulated time, ns'),
      text('container', 'path'),
      integer('alive', '1: it is there; 0: it was removed, and something is still charged to it'),
      ...counterColumns,
    ],
    'steps',
  ),
  state('samples', 'Every counter of every container at each named sample; null where the run does not know it.', [
    text('sample', 'name of the sample'),
    integer('step', 'its step'),
    integer('event', 'number of the last event before that moment'),
    integer('time_ns', 'simulated time, ns'),
    text('container', 'path'),
    integer('alive', '1: it is there; 0: it was removed, and something is still charged to it'),
    ...counterColumns,
  ]),
];

const byGroup = (group: SqlView['group']) => (view: SqlView) => view.group === group;
const ALL_VIEWS: readonly SqlView[] = [...STATE_VIEWS, ...EVENT_VIEWS.map(({ view }) => view)];

/** Every view, in the order in which it is listed. */
export const SQL_VIEWS: readonly SqlView[] = (['runs', 'state', 'accounting', 'event kinds'] as const).flatMap((group) => ALL_VIEWS.filter(byGroup(group)));

/** First parameter of every function `NAME_in`: the run to read. */
export const RUN_PARAMETER = 'in_run';
/** Names of the parameters of `NAME_in`. */
export const RANGE_PARAMETERS: Readonly<Record<NonNullable<SqlView['range']>, readonly string[]>> = {
  events: [RUN_PARAMETER, 'from_event', 'to_event'],
  steps: [RUN_PARAMETER, 'from_step', 'to_step'],
};

/** Codes of kinds. */
export const codesOf = (kinds: readonly KindName[]): readonly number[] => kinds.map((kind) => KIND[kind]);
