import { counterLabel } from './counter-names.ts';
import { COUNTER, type CounterName, type CounterSpec } from './counters.ts';
import { kindName } from './describe-event.ts';
import { KIND } from './events.ts';

/** What a part of a counter comes from. */
export interface PartCause {
  /** The counter that is asked about; `current` where that is its peak. */
  readonly counter: number;
  readonly kind: number;
  /** Empty: none. */
  readonly task: string;
  /** Object with pages, slab cache or socket; empty: none. */
  readonly object: string;
  /** In the counter's raw unit. */
  readonly amount: number;
  /** Some of what was added up raised the counter, and some lowered it. */
  readonly is_net: boolean;
  /** COUNTERS by the names that the kernel gives them in the run's hierarchy. */
  readonly specs: readonly CounterSpec[];
}

type Words = (task: string, object: string, specs: readonly CounterSpec[]) => string;

/** A sentence whose subject is the task, or, without one, the same in the passive. */
const by =
  (active: string, passive: string): Words =>
  (task) =>
    task === '' ? passive : `${task} ${active}`;
const reclaimed =
  (act: string): Words =>
  (task) =>
    `${task === '' ? '' : `${task}’s `}reclaim ${act}`;

const of = (name: string): string => (name === '' ? '' : ` of ${name}`);
const charging =
  (act: string): Words =>
  (task, object) =>
    `${task === '' ? '' : `${task} was `}${act}${object === '' ? '' : ` for ${object}`}`;

/** What raises a counter and what lowers it; the first for both, where it only ever rises. */
interface WaysToChange {
  readonly more: Words;
  readonly less?: Words;
}

const CHARGE: WaysToChange = { more: charging('charged'), less: charging('uncharged') };
const AVERAGE: WaysToChange = { more: () => 'the average rose', less: () => 'the average fell' };
const THRESHOLD: WaysToChange = { more: () => 'the threshold rose, as it was looked at again', less: () => 'the threshold fell, as it was looked at again' };

/** How each counter changes that does by `account`; those that are missing are charged and uncharged. */
const ACCOUNT_WORDS: Readonly<Partial<Record<CounterName, WaysToChange>>> = {
  kernel_stack: { more: (task) => `kernel stack${of(task)}`, less: (task) => `kernel stack${of(task)} given back` },
  pagetables: { more: by('needed page tables', 'page tables were made'), less: by('gave page tables back', 'page tables were given back') },
  percpu: { more: () => 'per-processor memory of a new container', less: () => 'per-processor memory of a container that went' },
  nr_dying_descendants: { more: () => 'a removed container stayed, dying', less: () => 'a dying container went' },
  kmem_failcnt: { more: by('met memory.kmem.limit_in_bytes', 'memory.kmem.limit_in_bytes was met') },
  tcp_failcnt: { more: by('met memory.kmem.tcp.limit_in_bytes', 'memory.kmem.tcp.limit_in_bytes was met') },
  failcnt: { more: by('met memory.limit_in_bytes', 'memory.limit_in_bytes was met') },
  memsw_failcnt: { more: by('met memory.memsw.limit_in_bytes', 'memory.memsw.limit_in_bytes was met') },
  tcp_sent: { more: (task, object) => `${task === '' ? '' : `${task} `}sent into ${object === '' ? 'sockets' : object}` },
  tcp_dropped: { more: (task, object) => `${task === '' ? '' : `${task} had sent `}what ${object === '' ? 'a socket' : object} dropped for want of memory` },
  tcp_window: { more: (_, object) => `the window${of(object)} grew`, less: (_, object) => `the window${of(object)} shrank` },
  tcp_peak: { more: () => '`tcp` rose higher than ever' },
  vmpressure_low: { more: () => 'windows of reclaim closed at level low' },
  vmpressure_medium: { more: () => 'windows of reclaim closed at level medium' },
  vmpressure_critical: { more: () => 'windows of reclaim closed at level critical' },
  pins: { more: by('pinned or locked pages', 'pages were pinned or locked'), less: by('released pins or locks', 'pins or locks were released') },
  pins_max: { more: by('was refused pages at pins.max', 'pages were refused at pins.max') },
  locked: { more: by('locked pages', 'pages were locked'), less: by('no longer locks pages', 'pages were unlocked') },
  hugetlb: { more: by('faulted huge pages in', 'huge pages were faulted in'), less: by('let huge pages go', 'huge pages were freed') },
  hugetlb_rsvd: { more: by('reserved huge pages', 'huge pages were reserved'), less: by('gave up reserved huge pages', 'reservations of huge pages ended') },
  hugetlb_max: { more: by('met a limit of huge pages', 'a limit of huge pages was met') },
  psi_some_avg10: AVERAGE,
  psi_some_avg60: AVERAGE,
  psi_some_avg300: AVERAGE,
  psi_full_avg10: AVERAGE,
  psi_full_avg60: AVERAGE,
  psi_full_avg300: AVERAGE,
  psi_some_total: { more: () => 'some task was stalled' },
  psi_full_total: { more: () => 'every task that had something to do was stalled' },
  psi_triggers: { more: () => 'a trigger fired' },
  cpuset_memory_pressure: AVERAGE,
  swap_high: { more: by('was found over memory.swap.high', 'a task was found over memory.swap.high') },
  swap_max: { more: () => 'memory.swap.max kept pages in memory' },
  swap_fail: { more: () => 'pages found no slot of swap' },
  zswap: { more: () => 'pages went into zswap', less: () => 'pages left zswap' },
  zswapped: { more: () => 'pages went into zswap', less: () => 'pages left zswap' },
  zswpin: { more: by('brought pages back from zswap', 'pages came back from zswap') },
  zswpout: { more: () => 'pages went into zswap' },
  zswpwb: { more: () => 'pages were written from zswap to swap' },
  swapcached: { more: () => 'pages in memory kept their slots of swap', less: () => 'pages or their slots of swap went' },
  commit_limit: { more: () => 'what may be committed grew', less: () => 'what may be committed shrank' },
  committed_as: {
    more: by('mapped memory that it may come to need', 'memory was mapped that may come to be needed'),
    less: by('mapped less', 'memory was unmapped'),
  },
  file_dirty: {
    more: by('dirtied pages', 'pages became dirty'),
    less: by('made dirty pages clean, or let them go', 'dirty pages were written to disk, or went'),
  },
  dirty_thresh: THRESHOLD,
  dirty_background_thresh: THRESHOLD,
  dirty_paused_usec: { more: by('waited, as too much was dirty', 'tasks waited, as too much was dirty') },
};

const WAYS_BY_COUNTER: ReadonlyMap<number, WaysToChange> = new Map(Object.entries(ACCOUNT_WORDS).map(([name, ways]) => [COUNTER[name as CounterName], ways]));

/** What raises each counter of memory.events. The task of a kill is its victim. */
const MEMORY_EVENT_WORDS: ReadonlyMap<number, Words> = new Map<number, Words>([
  [COUNTER.low, reclaimed('took pages below memory.low')],
  [COUNTER.high, by('was sent to reclaim above memory.high', 'reclaim above memory.high')],
  [
    COUNTER.max,
    (task, object, specs) => {
      const limit = counterLabel(specs[COUNTER.limit_max]);
      return by(`met ${limit}`, `${limit} was met`)(task, object, specs);
    },
  ],
  [COUNTER.oom, by('ran out of memory', 'out of memory')],
  [COUNTER.oom_kill, by('was killed', 'a task was killed')],
  [COUNTER.oom_group_kill, () => 'the whole group was killed'],
]);

/** What a part of a counter comes from, in words: who did what to which object. */
export function contributionInWords(cause: PartCause): string {
  const { counter, kind, task, object, amount, specs } = cause;
  const who = task === '' ? '' : `${task} `;
  const pages = object === '' ? 'pages' : `pages of ${object}`;
  switch (kind) {
    case KIND.page_add:
      return task === '' ? `${pages} came in` : `${who}brought in ${pages}`;
    case KIND.charge:
      return task === '' ? `charged for ${pages}` : `charged for ${pages} that ${task} used`;
    case KIND.unmap:
      return `a larger share of ${pages}${task === '' ? '' : `, which ${task} let go`}`;
    case KIND.recharge:
      return `${pages} whose charge came from another container`;
    case KIND.account:
      return accountInWords(cause);
    case KIND.borrow:
      return task === '' ? `borrowed ${pages}` : `${who}borrowed ${pages}`;
    case KIND.inherit:
      return 'handed up to the parent';
    case KIND.map:
      return `${who}mapped ${pages}`;
    case KIND.fault:
      return `${who}faulted ${pages}`;
    case KIND.page_evict:
      return `${pages} were evicted`;
    case KIND.activate:
      return `${pages} went to the active list`;
    case KIND.deactivate:
      return `${pages} went to the inactive list`;
    case KIND.unevictable:
      return counter === COUNTER.unevictable ? `${pages} went to the unevictable list` : `${pages} came back from the unevictable list`;
    case KIND.shrink_inactive:
      return reclaimed(counter === COUNTER.pgsteal ? 'took pages' : 'looked at pages of inactive lists')(task, object, specs);
    case KIND.shrink_active:
      return reclaimed('looked at pages of active lists')(task, object, specs);
    case KIND.generation_sort:
      return reclaimed('spared pages by their tier')(task, object, specs);
    case KIND.memory_event:
      return MEMORY_EVENT_WORDS.get(counter)?.(task, object, specs) ?? kindName(kind);
    case KIND.task_start:
      return `${who}started`;
    case KIND.task_move:
      return `${who}moved ${amount < 0 ? 'out' : 'in'}`;
    case KIND.task_exit:
      return `${who}ended, the last task`;
    case KIND.limit_set:
      return 'the limit was set';
    case KIND.container_create:
      return 'the container was created';
    case KIND.container_remove:
      return 'the container was removed';
    case KIND.counter_read:
      return 'read from the kernel’s file';
    default:
      return `${who}${kindName(kind)}${object === '' ? '' : ` on ${object}`}`;
  }
}

function accountInWords({ counter, task, object, amount, is_net, specs }: PartCause): string {
  const { more, less = more } = WAYS_BY_COUNTER.get(counter) ?? CHARGE;
  return `${(amount < 0 ? less : more)(task, object, specs)}${is_net ? ', net' : ''}`;
}
