import { z } from 'zod';
import { parseLimitBytes } from '../base/limit-string.ts';
import { type PressureTrigger, parseTrigger } from '../base/pressure-trigger.ts';
import { counterLabel } from '../record/counter-names.ts';
import { COUNTERS, COUNTERS_V1 } from '../record/counters.ts';
import { AXES, AXIS_NAMES, PARAMETER_NAMES, PARAMETERS, type Parameter } from './axes.ts';
import { showValue } from './findings.ts';
import { LIMITS } from './limits.ts';
import { PRESETS } from './presets.ts';
import { DEFAULT_COMPRESSED_BYTES } from './program.ts';
import { COST_PATTERN, DURATION_PATTERN, durationNs, formatSize, LIMIT_PATTERN, QUANTITY_PATTERN, RANGE_PATTERN, SIZE_PATTERN, sizeBytes } from './units.ts';

/*
 * The scenario language, once. From these schemas come the types, the validation, the JSON Schema, the reference page and the completions.
 * parse.ts reads a step by its verb (VERB_SCHEMAS), so that an error speaks of that verb alone and never of a union's thirty others.
 * Texts become numbers here: sizes bytes, times nanoseconds. Keys of the language are kebab-case, as in the files.
 */

/** Names that a scenario may give in `models` and `under`. */
export const MODEL_NAMES: readonly string[] = PRESETS.map((preset) => preset.id);
// The table of presets is not empty.
const PRESET_NAMES = MODEL_NAMES as readonly [string, ...string[]];

/** Simulated time of each elementary action: key in `machine.costs`, default, and what it stands for. The defaults are of a server with an NVMe disk. */
export const DEFAULT_COSTS = {
  'page-touch': { default: '100ns', meaning: 'One access to a resident page.' },
  'minor-fault': { default: '500ns', meaning: 'A page fault that needs no disk.' },
  'disk-read': { default: '80us', meaning: 'Reading one page of a file from disk.' },
  'disk-write': { default: '80us', meaning: 'Writing one page of a file to disk.' },
  'swap-in': { default: '60us', meaning: 'Reading one page from swap.' },
  'swap-out': { default: '60us', meaning: 'Writing one page to swap.' },
  'zswap-store': { default: '5us', meaning: 'Compressing one page into zswap.' },
  'zswap-load': { default: '2us', meaning: 'Decompressing one page from zswap.' },
  'page-scan': { default: '100ns', meaning: 'Reclaim looks at one page.' },
  'page-copy': { default: '500ns', meaning: 'Copying one page (copy-on-write, migration between zones).' },
  charge: { default: '50ns', meaning: 'Charging or uncharging one counter.' },
  'list-step': { default: '10ns', meaning: 'One step along a list (mappings of a page, owners of a page).' },
  segment: { default: '1us', meaning: 'Sending one segment of a connection, or one datagram.' },
  'round-trip': { default: '50us', meaning: 'From the end of a flight of segments to the sender’s knowledge that they have arrived.' },
} as const;

/** What a name in the language names. */
export type NameKind = 'container' | 'object' | 'task' | 'area' | 'area or object' | 'pin' | 'peak' | 'sample' | 'model';
/** Kind of each name schema: completion asks it what to offer. */
export const NAME_KINDS = z.registry<{ readonly kind: NameKind; readonly declares: boolean }>();

/** Message and remedy travel in one string through zod; parse.ts takes them apart again. */
const REMEDY_MARK = '\n';
const problem = (sentence: string, remedy: string): string => `${sentence}${REMEDY_MARK}${remedy}`;
/** Takes a schema's message apart into the sentence and its remedy. */
export function splitProblem(message: string): { readonly sentence: string; readonly remedy?: string } {
  const [sentence = message, remedy] = message.split(REMEDY_MARK);
  return remedy === undefined ? { sentence } : { sentence, remedy };
}

/** Why a text that is well formed is refused all the same. */
interface Refusal {
  readonly refused: string;
  /** Instead of the leaf's own remedy, where that one would not help. */
  readonly remedy?: string;
}

interface Leaf<T> {
  /** `a size`. */
  readonly what: string;
  readonly remedy: string;
  readonly pattern: RegExp;
  readonly read: (text: string) => T | Refusal;
}

const isRefusal = (value: unknown): value is Refusal => value !== null && typeof value === 'object' && 'refused' in value;

/** A schema for a text with an own syntax. Where the syntax takes bare whole numbers, YAML's numbers count as their text. */
function leaf<T>({ what, remedy, pattern, read }: Leaf<T>) {
  const error = (issue: { readonly input?: unknown }): string => problem(`${showValue(issue.input)} is not ${what}`, remedy);
  const text = z.string({ error }).regex(pattern, { error });
  const written: z.ZodType<string | number, string | number> = pattern.test('1')
    ? z.union([z.int({ error }).min(pattern.test('-1') ? -1 : 0, { error }), text], { error })
    : text;
  return written
    .transform((value, context): T => {
      const result = read(String(value));
      if (!isRefusal(result)) return result;
      context.issues.push({ code: 'custom', message: problem(result.refused, result.remedy ?? remedy), input: value });
      return z.NEVER;
    })
    .meta({ title: what });
}

const SIZE_REMEDY = 'write a whole number of bytes or one with KiB, MiB, GiB or the kernel’s K, M, G, as in 512MiB';

function readSize(text: string): number | Refusal {
  const bytes = sizeBytes(text);
  return Number.isSafeInteger(bytes) ? bytes : { refused: `${text} overflows: sizes end below 8PiB`, remedy: 'write a smaller size' };
}

/** A size between two bounds, in bytes. */
const size = (bounds: { readonly min?: number; readonly max?: number } = {}) =>
  leaf<number>({
    what: 'a size',
    remedy: SIZE_REMEDY,
    pattern: SIZE_PATTERN,
    read: (text) => {
      const bytes = readSize(text);
      if (typeof bytes !== 'number') return bytes;
      if (bounds.max !== undefined && bytes > bounds.max)
        return { refused: `${text} is more than the ${formatSize(bounds.max)} that the lab simulates`, remedy: `ask for at most ${formatSize(bounds.max)}` };
      if (bounds.min !== undefined && bytes < bounds.min)
        return { refused: `${text} is less than ${formatSize(bounds.min)}`, remedy: `ask for at least ${formatSize(bounds.min)}` };
      return bytes;
    },
  });

/** A limit in bytes, Infinity for none: what the kernel takes where a limit is written, and the language's own sizes. */
const limit = leaf<number>({
  what: 'a limit',
  remedy: `${SIZE_REMEDY}, or max for no limit (the kernel answers EINVAL)`,
  pattern: LIMIT_PATTERN,
  read: (text) => parseLimitBytes(text, text === '-1' ? 'v1' : 'v2') ?? readSize(text),
});

/** A trigger of memory.pressure, in the kernel's own words. */
const pressureTrigger = leaf<PressureTrigger>({
  what: 'a trigger of memory.pressure',
  remedy: 'write some or full, a threshold and a window in microseconds, as in some 150000 1000000',
  pattern: /^(?:some|full) \d{1,10} \d{1,10}$/,
  read: (line) => parseTrigger(line) ?? { refused: `${line} is EINVAL: the window is up to 10000000, the threshold up to the window, and neither is 0` },
});

/** A time in nanoseconds. */
const duration = leaf<number>({
  what: 'a time',
  remedy: 'write a whole number with ns, us, ms or s, as in 10ms',
  pattern: DURATION_PATTERN,
  read: (text) =>
    Number.isSafeInteger(durationNs(text)) ? durationNs(text) : { refused: `${text} overflows: times end at 104 days`, remedy: 'write a shorter time' },
});

/** An elementary cost in nanoseconds; a bare number is nanoseconds too. */
const cost = leaf<number>({
  what: 'a time',
  remedy: 'write a whole number of nanoseconds or one with ns, us, ms or s, as in 80us',
  pattern: COST_PATTERN,
  read: (text) => {
    const nanoseconds = durationNs(/^\d+$/.test(text) ? `${text}ns` : text);
    return nanoseconds <= 1e9 ? nanoseconds : { refused: `${text} is more than the 1s that one action may cost`, remedy: 'write a shorter time' };
  },
});

/** Bytes from (included) to (excluded; undefined: to the end). */
export interface ByteRange {
  readonly from_bytes: number;
  readonly to_bytes: number | undefined;
}

const range = leaf<ByteRange>({
  what: 'a range',
  remedy: 'write from..to in sizes, as in 0..4MiB; 1MiB.. runs to the end',
  pattern: RANGE_PATTERN,
  read: (text) => {
    const [from_text = '', to_text = ''] = text.split('..');
    const from_bytes = readSize(from_text === '' ? '0' : from_text);
    const to_bytes = to_text === '' ? undefined : readSize(to_text);
    if (typeof from_bytes === 'object') return from_bytes;
    if (typeof to_bytes === 'object') return to_bytes;
    if (to_bytes !== undefined && to_bytes <= from_bytes) return { refused: `the range ${text} is empty: it ends where it starts or before` };
    return { from_bytes, to_bytes };
  },
});

/** What `expect` holds a counter against, in bytes or a count. */
export interface Quantity {
  readonly value: number;
  readonly tolerance: number;
}

const quantity = leaf<Quantity>({
  what: 'an expected amount',
  remedy: 'write a size or a count, and how far off it may be where it may, as in 8MiB ±1% or 12 +-2',
  pattern: QUANTITY_PATTERN,
  read: (text) => {
    const [value_text = '', tolerance_text = '0'] = text.split(/ ?(?:±|\+-) ?/);
    const value = readSize(value_text);
    if (typeof value === 'object') return value;
    if (tolerance_text.endsWith('%')) return { value, tolerance: Math.floor((value * Number.parseFloat(tolerance_text)) / 100) };
    const tolerance = readSize(tolerance_text);
    return typeof tolerance === 'object' ? tolerance : { value, tolerance };
  },
});

const NAME = '[A-Za-z0-9_][A-Za-z0-9_.:@-]*';

function named(kind: NameKind, description: string, declares = false) {
  const schema = leaf<string>({
    what: 'a name',
    remedy: `names begin with a letter or digit and go on with letters, digits and _ . : @ -, at most ${LIMITS.name_length}`,
    pattern: new RegExp(`^${NAME}$`),
    read: (text) => (text.length <= LIMITS.name_length ? text : { refused: `${showValue(text)} is longer than ${LIMITS.name_length} letters` }),
  }).describe(description);
  NAME_KINDS.add(schema, { kind, declares });
  return schema;
}

function container(description: string, declares = false) {
  const schema = leaf<string>({
    what: 'a container path',
    remedy: 'paths are names with / between them, as in pods/a; the root is .',
    pattern: new RegExp(`^(?:\\.|${NAME}(?:/${NAME})*)$`),
    read: (text) => {
      if (text.length > 4095) return { refused: 'the path is longer than 4095 letters' };
      return text.split('/').some((part) => part.length > LIMITS.name_length)
        ? { refused: `a name in the path is longer than ${LIMITS.name_length} letters` }
        : text;
    },
  }).describe(description);
  NAME_KINDS.add(schema, { kind: 'container', declares });
  return schema;
}

/** A whole number between two bounds. */
const whole = (min: number, max: number) =>
  z
    .int({ error: (issue) => problem(`${showValue(issue.input)} is not a whole number`, `write a whole number from ${min} to ${max}`) })
    .min(min, { error: (issue) => `${showValue(issue.input)} is less than ${min}` })
    .max(max, { error: (issue) => `${showValue(issue.input)} is more than ${max}` });

/**
 * Linux's own caches: bytes of `struct dentry`, and of `struct ext4_inode_info` as Debian's 6.1 and 6.12 have it, and what `alloc_super()` (fs/super.c, 6.12) has the shrinker of a file
 * system's dentries and inodes look at in one call.
 */
const SLAB_KINDS: Readonly<Record<string, SlabKind>> = { dentry: { bytes: 192, batch: 1024 }, inode: { bytes: 1192, batch: 1024 } };
/** `SHRINK_BATCH` of mm/shrinker.c: what a shrinker looks at in one call if it does not say. */
const SHRINK_BATCH = 128;
const SLAB_REMEDY = 'write a whole number from 8 to 4096, `dentry` or `inode`';

/** Bytes of an object of a slab cache, and how many of them a call of its shrinker is asked to look at. */
interface SlabKind {
  readonly bytes: number;
  readonly batch: number;
}

const slabObject = () =>
  leaf<SlabKind>({
    what: 'the size of a slab object',
    remedy: SLAB_REMEDY,
    pattern: /^(\d+|dentry|inode)$/,
    read: (text) => {
      const kind = SLAB_KINDS[text] ?? { bytes: Number(text), batch: SHRINK_BATCH };
      return kind.bytes >= 8 && kind.bytes <= 4096 ? kind : { refused: `${text} is ${kind.bytes < 8 ? 'less than 8' : 'more than 4096'}` };
    },
  });

const flag = z.boolean({ error: (issue) => problem(`${showValue(issue.input)} is neither true nor false`, 'write true or false') });
const text = (length_max: number) =>
  z
    .string({ error: (issue) => problem(`${showValue(issue.input)} is not a text`, 'put it in quotes') })
    .max(length_max, { error: () => `the text is longer than ${length_max} letters` });

const LIMIT_KEYS = {
  min: limit.optional().describe('memory.min: usage up to here is never reclaimed.'),
  low: limit.optional().describe('memory.low: usage up to here is reclaimed only when nothing else is left.'),
  high: limit.optional().describe('memory.high: above it tasks are made to reclaim and are throttled.'),
  max: limit.optional().describe('memory.max: the hard limit; `max` for none.'),
  'swap-max': limit.optional().describe('memory.swap.max: the limit of swap; `max` for none.'),
  'swap-high': limit.optional().describe('memory.swap.high: above it tasks of the container are throttled as above `high`; `max` for none.'),
  'zswap-max': limit.optional().describe('memory.zswap.max: the limit of what its pages take in zswap, compressed; 0: none go there; `max` for none.'),
  'zswap-writeback': flag
    .optional()
    .describe('memory.zswap.writeback: whether pages may go on to swap where zswap does not take them, or no longer; it binds all below. True if never set.'),
  'memsw-max': limit.optional().describe('memory.memsw.limit_in_bytes of version 1: the limit of memory and swap together; `max` for none.'),
  'soft-limit': limit
    .optional()
    .describe(
      'memory.soft_limit_in_bytes of version 1: when the machine is short of memory, who is furthest above it is reclaimed from first; `max` for none.',
    ),
  'move-charge': whole(0, 3)
    .optional()
    .describe(
      'memory.move_charge_at_immigrate of version 1: what is charged to a task’s old container moves here with it: 1 anonymous memory and its swap, 2 files and shared memory that it maps, 3 both.',
    ),
  'oom-kill-disable': flag
    .optional()
    .describe('memory.oom_control of version 1: out of memory nobody is killed; the operation ends there. New child containers have it from their parent.'),
  'oom-group': flag.optional().describe('memory.oom.group: an out-of-memory kill takes all tasks of the container.'),
  'kmem-max': limit.optional().describe('memory.kmem.limit_in_bytes: the limit of kernel memory where it has a counter of its own.'),
  'tcp-max': limit.optional().describe('memory.kmem.tcp.limit_in_bytes: the limit of socket buffers where they have a counter of their own.'),
  'pins-max': limit.optional().describe('pins.max: the limit of pinned and locked memory where the container has one.'),
  'hugetlb-max': limit.optional().describe('hugetlb.2MB.max: the limit of huge pages that are faulted in, rounded down to 2MiB.'),
  'hugetlb-rsvd-max': limit.optional().describe('hugetlb.2MB.rsvd.max: the limit of huge pages that are reserved, rounded down to 2MiB.'),
  'pressure-triggers': z
    .array(pressureTrigger)
    .max(16)
    .optional()
    .describe(
      'Triggers on memory.pressure, as `some 150000 1000000`: 150 ms of stalls within a second. Counted in `psi_triggers` when they fire; `[]` takes them off.',
    ),
  smemcg: z
    .record(z.string(), limit)
    .optional()
    .describe('Shared objects whose shared-memory container is attached, each with the limit of what this container may borrow of it; `max` for none.'),
};
/** What a container is created with besides. */
const CREATE_KEYS = {
  ...LIMIT_KEYS,
  'subtree-control': z
    .array(z.enum(['memory']))
    .optional()
    .describe(
      'cgroup.subtree_control: the controllers of those below, `[memory]` if not given. With `[]` they have no limits and no counters of memory: what their tasks use is charged here.',
    ),
};
/** Limits of a container: its entry in `containers`, and the keys of `set` and `create`. */
export const containerSchema = z
  .strictObject(CREATE_KEYS)
  .meta({ description: 'Limits and protection of a container.', examples: [{ max: '24MiB', high: '20MiB' }] });

const TASK_KEYS = {
  in: container('Container the task runs in.'),
  user: whole(0, 2 ** 32 - 2)
    .prefault(1000)
    .describe('User id; pins may be limited per user.'),
  memlock: limit.prefault('8MiB').describe('RLIMIT_MEMLOCK of the task; `max` for none.'),
  cpu: whole(0, LIMITS.cpu_count - 1)
    .prefault(0)
    .describe('CPU the task runs on, counted from 0.'),
  privileged: flag.prefault(false).describe('The task has CAP_IPC_LOCK: RLIMIT_MEMLOCK does not bind it.'),
  'oom-score-adj': whole(-1000, 1000)
    .prefault(0)
    .describe('oom_score_adj: thousandths of the limit that are added to what the task uses when a victim is looked for; −1000: never. Forks inherit it.'),
};
export const taskSchema = z.strictObject(TASK_KEYS).meta({ description: 'A task that runs before the first step.', examples: [{ in: 'A' }] });

const smemcgMax = limit.optional().describe('Limit of the object’s shared-memory container; `max` for none.');

const compressed = size({ min: 1, max: 4096 })
  .optional()
  .describe(`What one of its pages takes in zswap: ${DEFAULT_COMPRESSED_BYTES} bytes, a third, if not given; 4KiB for what cannot be compressed.`);

/** Kinds of objects by their first key. */
export const OBJECT_SCHEMAS = {
  file: z
    .strictObject({ file: size({ min: 1, max: LIMITS.memory_bytes }).describe('Size of the file; the last page may be partly used.'), max: smemcgMax })
    .meta({ description: 'A file on disk; its pages live in the page cache.', examples: [{ file: '8MiB' }] }),
  tmpfs: z
    .strictObject({
      tmpfs: size({ min: 1, max: LIMITS.memory_bytes }).describe('Size of the file.'),
      'charge-to': container('Container that pays for its pages, whoever touches them (the memcg= mount option that was proposed).').optional(),
      max: smemcgMax,
      compressed,
    })
    .meta({ description: 'A file in tmpfs; its pages are swapped, not written to disk.', examples: [{ tmpfs: '8MiB' }] }),
  hugetlb: z
    .strictObject({ hugetlb: size({ min: 1, max: LIMITS.memory_bytes }).describe('Size, rounded up to huge pages of 2MiB.'), max: smemcgMax })
    .meta({ description: 'A file in hugetlbfs: it is mapped a huge page at a time and never reclaimed.', examples: [{ hugetlb: '8MiB' }] }),
  'dma-buf': z
    .strictObject({ 'dma-buf': size({ min: 1, max: LIMITS.memory_bytes }).describe('Size.'), max: smemcgMax })
    .meta({ description: 'A dma-buf: all of its pages are allocated at its first use, and never reclaimed.', examples: [{ 'dma-buf': '4MiB' }] }),
  slab: z
    .strictObject({
      slab: slabObject().describe(
        'Bytes of one object; or `dentry` (192) or `inode` (1192, ext4’s): caches of Linux on x86-64, which the kernel lab has as well.',
      ),
      'per-page': whole(1, 512).optional().describe('Objects on one page; as many as fit if not given.'),
      shrinkable: flag.prefault(false).describe('A shrinker may free its unused objects.'),
      batch: whole(1, 1_000_000)
        .optional()
        .describe(`Objects that its shrinker is asked to look at in one call; if not given ${SHRINK_BATCH}, and 1024 for \`dentry\` and \`inode\`.`),
      accounted: flag.prefault(true).describe('The cache is marked as accounted to containers (SLAB_ACCOUNT).'),
    })
    .meta({
      description: 'A slab cache.',
      examples: [
        { slab: 192, 'per-page': 21, shrinkable: true },
        { slab: 'inode', shrinkable: true },
      ],
    }),
  socket: z
    .strictObject({
      socket: z.enum(['tcp', 'udp']).describe('Protocol.'),
      receiver: container('Container whose socket receives; that of the first task that receives, else of the first that sends, if not given.').optional(),
      sndbuf: size({ min: 4_608, max: LIMITS.memory_bytes })
        .optional()
        .describe('Size of the send buffer, fixed (twice what the task gives to SO_SNDBUF). If not given it begins at tcp_wmem[1] and grows.'),
      rcvbuf: size({ min: 8_192, max: LIMITS.memory_bytes })
        .optional()
        .describe('Size of the receive buffer, fixed (twice what the task gives to SO_RCVBUF). If not given it begins at tcp_rmem[1] and grows.'),
    })
    .meta({ description: 'A connection over loopback: a sending socket, a receiving socket, and their buffers.', examples: [{ socket: 'tcp' }] }),
} as const;
export type ObjectKind = keyof typeof OBJECT_SCHEMAS;
/** Kinds of objects that have pages. */
export const PAGE_KINDS: readonly string[] = ['file', 'tmpfs', 'hugetlb', 'dma-buf'] satisfies ObjectKind[];
export type ScenarioObject = { [Kind in ObjectKind]: { readonly kind: Kind } & z.output<(typeof OBJECT_SCHEMAS)[Kind]> }[ObjectKind];

const COST_KEYS = Object.fromEntries(Object.entries(DEFAULT_COSTS).map(([key, spec]) => [key, cost.prefault(spec.default).describe(spec.meaning)])) as Record<
  keyof typeof DEFAULT_COSTS,
  z.ZodPrefault<typeof cost>
>;

export const machineSchema = z
  .strictObject({
    memory: size({ min: 4096, max: LIMITS.memory_bytes }).prefault('512MiB').describe('Memory that containers can use, in whole pages.'),
    cpus: whole(1, LIMITS.cpu_count).prefault(1).describe('Processors.'),
    page: size()
      .refine((bytes) => bytes === 4096, {
        error: (issue) => problem(`pages of ${formatSize(Number(issue.input))} are not modelled`, 'the one page size is 4KiB'),
      })
      .prefault('4KiB')
      .describe('Size of a page; 4KiB is the one value.'),
    swap: size({ max: LIMITS.swap_bytes }).prefault(0).describe('Swap space.'),
    'swap-cache': flag
      .prefault(false)
      .describe(
        'Swap is on a disk: a page that a load brings back keeps its slot until swap, or what a limit allows of it, is half full, and need not be written again. Otherwise as with zram: the slot is given back at once.',
      ),
    zswap: flag.prefault(false).describe('Pages on their way to swap are kept in memory, compressed, as long as limits allow (zswap.enabled).'),
    'zswap-max-pool-percent': whole(0, 100).prefault(20).describe('zswap.max_pool_percent: how much of memory the compressed pages may take.'),
    'zswap-accept-threshold-percent': whole(0, 100)
      .prefault(90)
      .describe('zswap.accept_threshold_percent: once full, zswap writes pages to swap, and takes new ones when it is down to so much of that.'),
    swappiness: whole(0, 200).prefault(60).describe('vm.swappiness: how readily anonymous memory is reclaimed against the page cache.'),
    'recursive-protection': flag.prefault(false).describe('The memory_recursiveprot mount option: unclaimed protection goes on to children.'),
    zone: size({ min: 4096, max: LIMITS.memory_bytes }).optional().describe('Size of one software zone; a 64th of memory in whole MiB if not given.'),
    'kernel-memory': flag
      .prefault(false)
      .describe('Also counts what tasks and containers need themselves: kernel stacks, page tables, per-processor structures.'),
    'cache-memory': flag
      .prefault(false)
      .describe(
        'Also counts what page cache needs itself: a node of the index (576 bytes) for each 64 pages, a buffer head (104 bytes) for each page of a file that is written.',
      ),
    'charge-stock': flag.prefault(false).describe('Charges are taken 64 pages at a time into a stock of each processor, as the kernel does.'),
    'fault-around': size({ max: 2 * 1024 * 1024 })
      .prefault(0)
      .describe(
        'fault_around_bytes: a read fault of a mapped object also maps what is resident within a stretch of this size around it; rounded down to a power of two. 64KiB in Linux; 0: nothing.',
      ),
    writeback: flag
      .prefault(false)
      .describe('Dirty pages of files are counted, a flusher writes them to disk in the background, and tasks that dirty too many wait (balance_dirty_pages).'),
    'dirty-ratio': whole(0, 100)
      .prefault(20)
      .describe('vm.dirty_ratio: how much of the memory that could be dirty may be, in percent, for the machine and for each container.'),
    'dirty-background-ratio': whole(0, 100).prefault(10).describe('vm.dirty_background_ratio: from where on the flusher writes.'),
    'overcommit-memory': z
      .union([z.literal(0), z.literal(1), z.literal(2)], {
        error: (issue) => problem(`${showValue(issue.input)} is not a mode of vm.overcommit_memory`, 'write 0, 1 or 2'),
      })
      .optional()
      .describe(
        'vm.overcommit_memory: 0 refuses what is larger than memory and swap, 1 nothing, 2 mappings beyond the commit limit. Nothing is counted if not given.',
      ),
    'overcommit-ratio': whole(0, 10_000)
      .prefault(50)
      .describe('vm.overcommit_ratio: how much of memory, in percent, counts into the commit limit beside swap.'),
    'hugetlb-accounting': flag
      .prefault(true)
      .describe(
        'The memory_hugetlb_accounting mount option: huge pages count in `current` of the container that faults them in. Without it they are nobody’s but the root’s (page policy `static`).',
      ),
    costs: z.strictObject(COST_KEYS).prefault({}).describe('Simulated time of each elementary action.'),
  })
  .meta({ description: 'The simulated machine.', examples: [{ memory: '512MiB', swap: '64MiB' }] });

const choice = <const Names extends readonly [string, ...string[]]>(names: Names, description: string) => z.enum(names).optional().describe(description);
const PARAMETER_KEYS = {
  owner: choice(PARAMETERS.owner.values, PARAMETERS.owner.meaning),
  shares: choice(PARAMETERS.shares.values, PARAMETERS.shares.meaning),
  counting: choice(PARAMETERS.counting.values, PARAMETERS.counting.meaning),
  current: choice(PARAMETERS.current.values, PARAMETERS.current.meaning),
  maps: choice(PARAMETERS.maps.values, PARAMETERS.maps.meaning),
  juggler: choice(PARAMETERS.juggler.values, PARAMETERS.juggler.meaning),
  reclaim: choice(PARAMETERS.reclaim.values, PARAMETERS.reclaim.meaning),
  linux: choice(PARAMETERS.linux.values, PARAMETERS.linux.meaning),
  limits: choice(PARAMETERS.limits.values, PARAMETERS.limits.meaning),
  advice: choice(PARAMETERS.advice.values, PARAMETERS.advice.meaning),
  kmem: choice(PARAMETERS.kmem.values, PARAMETERS.kmem.meaning),
  orphans: choice(PARAMETERS.orphans.values, PARAMETERS.orphans.meaning),
  root: choice(PARAMETERS.root.values, PARAMETERS.root.meaning),
  shrinkers: choice(PARAMETERS.shrinkers.values, PARAMETERS.shrinkers.meaning),
  tcp: choice(PARAMETERS.tcp.values, PARAMETERS.tcp.meaning),
  skmem: choice(PARAMETERS.skmem.values, PARAMETERS.skmem.meaning),
  reparenting: choice(PARAMETERS.reparenting.values, PARAMETERS.reparenting.meaning),
} satisfies Record<Parameter, z.ZodType>;
export const modelSchema = z
  .strictObject({
    preset: choice(PRESET_NAMES, 'The preset that it begins with.'),
    pages: choice(AXES.pages, 'Who pays for user pages.'),
    kernel: choice(AXES.kernel, 'Who pays for slab and other kernel memory.'),
    sockets: choice(AXES.sockets, 'Who pays for socket buffers.'),
    pins: choice(AXES.pins, 'What is held against pinned pages.'),
    removal: choice(AXES.removal, 'What becomes of charges when a container goes.'),
    ...PARAMETER_KEYS,
  })
  .refine((model) => Object.keys(model).length > 0, { error: 'the model says nothing: give a preset, or a policy on some axis' })
  .meta({
    description:
      'A model composed by hand: a preset with changes, or one policy on each axis; an axis that is left out is `none`, and removal as the page policy has it.',
    examples: [
      { pages: 'partial', removal: 'reparent', shares: 'equal' },
      { preset: 'memcg-v2', sockets: 'separate' },
    ],
  });
export type ModelSpec = z.output<typeof modelSchema>;
export const modelNameSchema = z.enum(PRESET_NAMES).describe('A preset.');

const by = () => named('task', 'Task that does it.');
const rangeKey = range.optional().describe('Which bytes, rounded outwards to pages; all if not given.');

const WORKLOAD_KEYS = {
  over: named('area or object', 'What is accessed: an object by read() and write(), or an area of the task by load and store.'),
  by: by(),
  range: rangeKey,
  write: flag.prefault(false).describe('Accesses write.'),
};
const accesses = whole(1, LIMITS.access_count).describe('Page accesses in all.');
/** Patterns of `workload` by its value. */
export const WORKLOAD_SCHEMAS = {
  uniform: z
    .strictObject({ workload: z.literal('uniform').describe('Every page equally likely.'), ...WORKLOAD_KEYS, accesses })
    .meta({ description: 'Accesses at random, every page equally likely.', examples: [{ workload: 'uniform', over: 'shared', by: 'b', accesses: 100000 }] }),
  zipf: z
    .strictObject({
      workload: z.literal('zipf').describe('Page k (from 1) with weight 1/k^skew.'),
      ...WORKLOAD_KEYS,
      accesses,
      skew: z
        .number({ error: (issue) => problem(`${showValue(issue.input)} is not a number`, 'write a number from 0 to 8') })
        .min(0, { error: () => 'a skew is at least 0' })
        .max(8, { error: () => 'a skew is at most 8' })
        .prefault(0.99)
        .describe('Exponent; 0 is uniform. The first page is the most popular, the last the least.'),
    })
    .meta({
      description: 'Accesses at random with Zipf popularity: the first page is the most popular.',
      examples: [{ workload: 'zipf', over: 'shared', by: 'b', accesses: 1000000, skew: 0.99 }],
    }),
  scan: z
    .strictObject({ workload: z.literal('scan').describe('Pages in order.'), ...WORKLOAD_KEYS, accesses })
    .meta({ description: 'Pages in order, from the last around to the first.', examples: [{ workload: 'scan', over: 'stream', by: 'a', accesses: 100000 }] }),
  loop: z
    .strictObject({
      workload: z.literal('loop').describe('The first pages in order, again and again.'),
      ...WORKLOAD_KEYS,
      accesses,
      size: size({ min: 1, max: LIMITS.memory_bytes }).describe('Size of the loop.'),
    })
    .meta({
      description: 'Pages in order around a loop of a size of its own.',
      examples: [{ workload: 'loop', over: 'stream', by: 'a', accesses: 100000, size: '4MiB' }],
    }),
  trace: z
    .strictObject({
      workload: z.literal('trace').describe('Pages as a trace file gives them.'),
      ...WORKLOAD_KEYS,
      accesses: accesses.optional().describe('Page accesses in all; once through the trace if not given, again from its start if more.'),
      file: text(4096).describe(
        'Trace file, beside the scenario: libCacheSim’s oracleGeneral (objects become pages in order of first appearance), or one page number a line, counted from 0.',
      ),
    })
    .meta({ description: 'Accesses as a trace file gives them.', examples: [{ workload: 'trace', file: 'web.oracleGeneral', over: 'shared', by: 'b' }] }),
} as const;
export type WorkloadKind = keyof typeof WORKLOAD_SCHEMAS;

/** A counter is expected by the names that reports print, of either version of cgroups, and by that of the recording's table. */
const EXPECT_KEYS: Readonly<Record<string, z.ZodOptional<typeof quantity>>> = Object.fromEntries(
  COUNTERS.flatMap((counter) =>
    [counterLabel(counter), counterLabel(COUNTERS_V1[counter.index]), counter.name].map((name) => [name, quantity.optional().describe(counter.meaning)]),
  ),
);
export const expectedCountersSchema = z.strictObject(EXPECT_KEYS).describe('Expected counters of one container.');

/** Verbs whose steps hold no other steps. The verb is the first key. */
const PLAIN_VERB_SCHEMAS = {
  start: z
    .strictObject({ start: named('task', 'Name of the new task.', true), ...TASK_KEYS })
    .meta({ description: 'Starts a task.', examples: [{ start: 'b2', in: 'B' }] }),
  read: z
    .strictObject({ read: named('object', 'File or tmpfs file.'), by: by(), range: rangeKey })
    .meta({ description: 'Reads a file page by page with read().', examples: [{ read: 'shared', by: 'a', range: '0..4MiB' }] }),
  write: z
    .strictObject({
      write: named('object', 'File or tmpfs file.'),
      by: by(),
      range: rangeKey,
      sync: flag.prefault(false).describe('Write to disk as well: the pages are clean afterwards.'),
    })
    .meta({
      description: 'Writes a file page by page with write(). Pages stay dirty until they are written back.',
      examples: [{ write: 'scratch', by: 'a', range: '0..4MiB' }],
    }),
  sample: z
    .strictObject({ sample: named('sample', 'Name of this moment.', true) })
    .meta({ description: 'Names this moment and keeps every counter of every container.', examples: [{ sample: 'a-owns' }] }),
  alloc: z
    .strictObject({
      alloc: named('area', 'Name of the new area.', true),
      by: by(),
      size: size({ min: 1, max: LIMITS.memory_bytes }).describe('Size, rounded up to pages.'),
      shared: flag.prefault(false).describe('MAP_SHARED: a fork shares the pages instead of copying them on write.'),
      compressed,
      hugetlb: flag.prefault(false).describe('MAP_HUGETLB: huge pages of 2MiB, which are reserved now, and shared by a fork.'),
      noreserve: flag.prefault(false).describe('MAP_NORESERVE, of huge pages: nothing is reserved.'),
    })
    .meta({ description: 'Maps anonymous memory. Pages come when they are touched.', examples: [{ alloc: 'heap', by: 'a', size: '16MiB' }] }),
  map: z
    .strictObject({
      map: named('object', 'File or tmpfs file.'),
      by: by(),
      as: named('area', 'Name of the new area.', true),
      noreserve: flag.prefault(false).describe('MAP_NORESERVE, of a hugetlb file: the mapping reserves no huge pages.'),
    })
    .meta({ description: 'Maps a file, shared. Pages are mapped when they are touched.', examples: [{ map: 'shared', by: 'b', as: 'lib' }] }),
  truncate: z.strictObject({ truncate: named('object', 'File, tmpfs file, hugetlb file or dma-buf.') }).meta({
    description: 'Cuts an object to nothing, as the removal of a file does: its pages go, and huge pages that were reserved.',
    examples: [{ truncate: 'shared' }],
  }),
  touch: z
    .strictObject({ touch: named('area', 'Area of the task.'), by: by(), range: rangeKey })
    .meta({ description: 'Stores to an area, page by page.', examples: [{ touch: 'heap', by: 'a', range: '0..8MiB' }] }),
  peek: z
    .strictObject({ peek: named('area', 'Area of the task.'), by: by(), range: rangeKey })
    .meta({ description: 'Loads from an area, page by page.', examples: [{ peek: 'lib', by: 'b' }] }),
  unmap: z
    .strictObject({ unmap: named('area', 'Area of the task.'), by: by(), range: rangeKey })
    .meta({ description: 'Unmaps an area or part of it.', examples: [{ unmap: 'lib', by: 'b' }] }),
  fork: z
    .strictObject({
      fork: named('task', 'Parent.'),
      as: named('task', 'Name of the child.', true),
      in: container('Container of the child; the parent’s if not given.').optional(),
    })
    .meta({ description: 'Forks a task; private memory is copied on write.', examples: [{ fork: 'a', as: 'a2', in: 'B' }] }),
  move: z
    .strictObject({ move: named('task', 'Task that moves.'), to: container('New container.') })
    .meta({ description: 'Moves a task to another container.', examples: [{ move: 'a2', to: 'A' }] }),
  exit: z.strictObject({ exit: named('task', 'Task that ends.') }).meta({ description: 'Ends a task.', examples: [{ exit: 'a' }] }),
  slab: z
    .strictObject({
      slab: named('object', 'Slab cache.'),
      by: by(),
      objects: whole(1, 1e9).optional().describe('Objects to allocate.'),
      free: whole(1, 1e9).optional().describe('Objects to free: the oldest that the task allocated, then the oldest of the cache.'),
      flags: z
        .array(z.enum(['atomic', 'noaccount', 'held']))
        .prefault([])
        .describe('atomic: the allocation may not sleep; noaccount: it is not charged; held: the objects stay in use, no shrinker can free them.'),
    })
    .refine((step) => step.objects !== undefined || step.free !== undefined, { error: 'the step neither allocates nor frees: give `objects` or `free`' })
    .meta({ description: 'Allocates or frees objects of a slab cache.', examples: [{ slab: 'dentry', by: 'b', objects: 5000 }] }),
  send: z
    .strictObject({
      send: named('object', 'Socket.'),
      by: by(),
      size: size({ min: 1, max: LIMITS.memory_bytes }).describe('Bytes to send.'),
      zerocopy: flag
        .prefault(false)
        .describe('MSG_ZEROCOPY, of tcp sockets: the task’s own pages go out, and count as pinned until all of them have been acknowledged.'),
    })
    .meta({ description: 'Sends into a socket.', examples: [{ send: 'conn', by: 'a', size: '4MiB' }] }),
  receive: z
    .strictObject({ receive: named('object', 'Socket.'), by: by(), size: size({ min: 1, max: LIMITS.memory_bytes }).describe('Bytes to receive.') })
    .meta({ description: 'Receives from a socket.', examples: [{ receive: 'conn', by: 'a', size: '1MiB' }] }),
  pin: z
    .strictObject({
      pin: named('area or object', 'Area of the task, or a file.'),
      by: by(),
      range: rangeKey,
      via: named('pin', 'Handle that holds the pin.', true),
    })
    .meta({ description: 'Pins pages as a driver does.', examples: [{ pin: 'heap', by: 'a', via: 'fd1' }] }),
  unpin: z.strictObject({ unpin: named('pin', 'Handle of the pin.') }).meta({ description: 'Releases the pages of a pin.', examples: [{ unpin: 'fd1' }] }),
  close: z
    .strictObject({ close: named('pin', 'Handle of the pin.') })
    .meta({ description: 'Closes the handle, which releases its pages.', examples: [{ close: 'fd1' }] }),
  mlock: z
    .strictObject({ mlock: named('area', 'Area of the task.'), by: by(), range: rangeKey })
    .meta({ description: 'Locks an area in memory.', examples: [{ mlock: 'heap', by: 'a' }] }),
  munlock: z
    .strictObject({ munlock: named('area', 'Area of the task.'), by: by(), range: rangeKey })
    .meta({ description: 'Unlocks an area.', examples: [{ munlock: 'heap', by: 'a' }] }),
  set: z
    .strictObject({ set: container('Container.'), ...LIMIT_KEYS })
    .refine((step) => Object.keys(step).length > 1, {
      error:
        'the step sets nothing: give at least one of min, low, high, max, swap-max, swap-high, zswap-max, zswap-writeback, memsw-max, soft-limit, move-charge, oom-kill-disable, oom-group, kmem-max, tcp-max, pins-max, hugetlb-max, hugetlb-rsvd-max, pressure-triggers, smemcg',
    })
    .meta({ description: 'Sets limits of a container.', examples: [{ set: 'A', max: '16MiB', high: '12MiB' }] }),
  create: z
    .strictObject({ create: container('Path of the new container; a missing parent is created.', true), ...CREATE_KEYS })
    .meta({ description: 'Creates a container.', examples: [{ create: 'C/x', min: '4MiB' }] }),
  remove: z
    .strictObject({ remove: container('Container.') })
    .meta({ description: 'Removes a container. It must have no tasks and no children.', examples: [{ remove: 'C/x' }] }),
  reclaim: z
    .strictObject({
      reclaim: container('Container to reclaim from, with its descendants.'),
      size: size({ min: 1, max: LIMITS.memory_bytes }).describe('How much.'),
      swappiness: whole(0, 200).optional().describe('Swappiness for this once.'),
    })
    .meta({ description: 'Writes memory.reclaim.', examples: [{ reclaim: 'A', size: '4MiB' }] }),
  'drop-caches': z
    .strictObject({ 'drop-caches': z.enum(['pagecache', 'slab', 'all']).describe('pagecache (1), slab (2) or all (3).') })
    .meta({ description: 'Writes vm.drop_caches: clean unmapped pages of files go.', examples: [{ 'drop-caches': 'all' }] }),
  sleep: z.strictObject({ sleep: duration.describe('How long.') }).meta({ description: 'Lets simulated time pass.', examples: [{ sleep: '10ms' }] }),
  'open-peak': z
    .strictObject({
      'open-peak': named('peak', 'Name of the open file.', true),
      of: container('Container whose peak it shows.'),
      file: z.enum(['memory', 'swap']).prefault('memory').describe('memory.peak or memory.swap.peak.'),
      contract: z
        .enum(['kernel', 'documented'])
        .prefault('kernel')
        .describe(
          'What a reset through another open file does to this one: with the code of 6.12 it loses a peak that lay between the two resets; as documented it keeps it.',
        ),
    })
    .meta({ description: 'Opens memory.peak: until it is reset it shows the highest charge of all time.', examples: [{ 'open-peak': 'fd1', of: 'A' }] }),
  'reset-peak': z.strictObject({ 'reset-peak': named('peak', 'Open file.') }).meta({
    description: 'Writes to an open memory.peak: from now on that file shows the highest charge since. Others see no difference.',
    examples: [{ 'reset-peak': 'fd1' }],
  }),
  'read-peak': z
    .strictObject({ 'read-peak': named('peak', 'Open file.'), is: quantity.optional().describe('What it should read, in bytes; ± says how far off.') })
    .meta({ description: 'Reads an open memory.peak; the reading is an event.', examples: [{ 'read-peak': 'fd1', is: '60MiB' }] }),
  expect: z
    .strictObject({
      expect: z.record(z.string(), expectedCountersSchema).describe('Container paths and their expected counters, in bytes or counts; ± says how far off.'),
      under: z
        .union([z.string(), z.array(z.string())], {
          error: (issue) => problem(`${showValue(issue.input)} is not a model`, 'write a model or a list of models'),
        })
        .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value))
        .optional()
        .describe('Models that it holds under; all if not given.'),
    })
    .meta({
      description: 'Holds counters against expected values; a difference is reported and does not stop the run.',
      examples: [{ expect: { A: { current: '8MiB ±1%' }, B: { file: 0 } } }],
    }),
} as const;

type Tagged<Schemas extends Readonly<Record<string, z.ZodType>>> = {
  [Verb in keyof Schemas]: { readonly verb: Verb } & z.output<Schemas[Verb]>;
}[keyof Schemas];
/** A step that an error was found in. It keeps the names that it declares known, so that one mistake is one error. */
export interface BrokenStep {
  readonly verb: 'broken';
  readonly raw: Readonly<Record<string, unknown>>;
}
export type WorkloadStep = { readonly verb: 'workload' } & z.output<(typeof WORKLOAD_SCHEMAS)[WorkloadKind]>;
export type PlainStep = Tagged<typeof PLAIN_VERB_SCHEMAS> | WorkloadStep;
export type ScenarioStep =
  | PlainStep
  | BrokenStep
  | { readonly verb: 'repeat'; readonly repeat: number; readonly steps: readonly ScenarioStep[] }
  | { readonly verb: 'together'; readonly together: readonly ScenarioStep[]; readonly quantum: number };

/** One step, whatever its verb. Not looked into here: parse.ts goes on by VERB_SCHEMAS, json-schema.ts by the same table. */
export const stepSchema = z.unknown();
const steps = z.array(stepSchema, {
  error: (issue) => problem(`${showValue(issue.input)} is not a list of steps`, 'write one step a line, each behind a dash'),
});

/** Verbs that `together` interleaves: those that go page by page, or segment by segment. */
export const INTERLEAVED_VERBS: ReadonlySet<string> = new Set(['workload', 'read', 'write', 'touch', 'peek', 'send', 'receive']);

/** Every verb of the language. */
export const VERB_SCHEMAS = {
  ...PLAIN_VERB_SCHEMAS,
  workload: z
    .discriminatedUnion('workload', [WORKLOAD_SCHEMAS.uniform, WORKLOAD_SCHEMAS.zipf, WORKLOAD_SCHEMAS.scan, WORKLOAD_SCHEMAS.loop, WORKLOAD_SCHEMAS.trace])
    .meta({
      description: 'Many page accesses in a pattern.',
      examples: [{ workload: 'zipf', over: 'shared', by: 'b', accesses: 1000000, skew: 0.99 }],
    }),
  repeat: z
    .strictObject({ repeat: whole(0, LIMITS.step_count).describe('How many times.'), steps: steps.describe('Steps to repeat.') })
    .meta({ description: 'Does steps again and again.', examples: [{ repeat: 100, steps: [{ read: 'stream', by: 'a' }] }] }),
  together: z
    .strictObject({
      together: steps
        .min(1, { error: 'nothing to do together' })
        .max(LIMITS.together_part_count, { error: `more than ${LIMITS.together_part_count} steps together` })
        .describe('Steps to interleave, in this order: workload, read, write, touch, peek, send or receive.'),
      quantum: whole(1, 1_000_000).prefault(32).describe('Page accesses (segments of a socket) of one slice.'),
    })
    .meta({
      description: 'Interleaves steps in slices; counts as one step.',
      examples: [
        {
          together: [
            { workload: 'scan', over: 'stream', by: 'a', accesses: 1000 },
            { read: 'shared', by: 'b' },
          ],
          quantum: 32,
        },
      ],
    }),
} as const;
export type Verb = keyof typeof VERB_SCHEMAS;
export const VERBS = Object.keys(VERB_SCHEMAS) as readonly Verb[];
const isVerb = (key: string): key is Verb => Object.hasOwn(VERB_SCHEMAS, key);

/** Verbs among the keys of a step. `workload` has a key `write`, which is no second verb then. */
export function verbsOf(keys: readonly string[]): readonly Verb[] {
  const verbs = keys.filter(isVerb);
  return verbs.includes('workload') ? verbs.filter((verb) => verb !== 'write') : verbs;
}

const objectSchema = z.union(Object.values(OBJECT_SCHEMAS));

export const attackSchema = z
  .strictObject({
    attacker: z
      .array(container('One of the attacker’s containers.'))
      .min(1, { error: 'an attack needs an attacker' })
      .describe('Containers of the attacker, with all below them.'),
    commands: z
      .array(named('task', 'A task outside the attacker’s containers.'))
      .prefault([])
      .describe('Tasks elsewhere that act at the attacker’s bidding, as a server does at a request.'),
    victim: container('Container whose loss is told, with all below it.'),
    from: named(
      'sample',
      'Sample at which the attack begins: what the attacker does before is done in any case. From the first step on if not given.',
    ).optional(),
    'held-back': flag
      .prefault(false)
      .describe(
        'The attacker does nothing: its tasks do not start and take no steps (but they may end), its containers are left as they are (but may be removed), and expectations are not checked.',
      ),
  })
  .meta({
    description: 'Makes the scenario an attack: it is also run with the attacker held back, and the victim’s loss is what differs.',
    examples: [{ attacker: ['A'], victim: 'B', from: 'both-share' }],
  });

/** The whole file. */
export const scenarioSchema = z
  .strictObject({
    memledger: z.literal(1).describe('Version of the format; always the first key.'),
    name: text(200).describe('Title.'),
    about: text(20_000).prefault('').describe('What it shows and what to look at.'),
    seed: whole(0, 2 ** 32 - 1)
      .prefault(1)
      .describe('Seed of every random choice.'),
    machine: machineSchema.prefault({}).describe('The simulated machine.'),
    containers: z.record(z.string(), containerSchema).prefault({}).describe('Containers by path. Paths nest as in cgroupfs; a missing parent is created.'),
    objects: z.record(z.string(), objectSchema).prefault({}).describe('Files, tmpfs files, slab caches and sockets by name.'),
    tasks: z.record(z.string(), taskSchema).prefault({}).describe('Tasks by name that run before the first step.'),
    attack: attackSchema.optional(),
    steps: steps.describe('What happens, one step after another.'),
    models: z
      .array(z.union([modelNameSchema, modelSchema]))
      .min(1, { error: 'no model to run under' })
      .max(LIMITS.model_count, { error: `more than ${LIMITS.model_count} models` })
      .prefault(['static'])
      .describe('Models to run under.'),
  })
  .meta({ title: 'Memledger scenario', description: 'A scenario: machine, containers, objects, tasks and steps.' });

/** A scenario that went through the schema; names are not resolved. A null entry had an error. */
export interface Scenario {
  readonly memledger: 1;
  readonly name: string;
  readonly about: string;
  readonly seed: number;
  readonly machine: z.output<typeof machineSchema>;
  readonly containers: ReadonlyMap<string, z.output<typeof containerSchema> | null>;
  readonly objects: ReadonlyMap<string, ScenarioObject | null>;
  readonly tasks: ReadonlyMap<string, z.output<typeof taskSchema> | null>;
  readonly attack?: z.output<typeof attackSchema>;
  readonly steps: readonly ScenarioStep[];
  readonly models: readonly (string | ModelSpec)[];
}

/** Id of a model of a scenario: the preset's name, `pages=partial,removal=free`, or `memcg-v2,sockets=separate`. */
export function modelId(model: string | ModelSpec): string {
  if (typeof model === 'string') return model;
  const changes = [...AXIS_NAMES, ...PARAMETER_NAMES].flatMap((key) => (model[key] === undefined ? [] : [`${key}=${model[key]}`]));
  return [...(model.preset === undefined ? [] : [model.preset]), ...changes].join(',');
}
