/** The five axes of a model and the policies on each. The names are public: scenarios, the command line and recordings use them. */
export const AXES = {
  pages: ['none', 'software-zones', 'static', 'partial', 'rss', 'smemcg'],
  kernel: ['none', 'opt-in', 'opt-out', 'objcg'],
  sockets: ['none', 'separate', 'unified'],
  pins: ['none', 'rlimit-process', 'rlimit-user', 'cgroup-sum', 'cgroup-set', 'smemcg'],
  removal: ['free', 'zombie', 'reparent', 'recharge'],
} as const;

export type Axis = keyof typeof AXES;
export const AXIS_NAMES = Object.keys(AXES) as readonly Axis[];

/** One choice on each axis. */
export type AxisChoices = Readonly<{ [A in Axis]: (typeof AXES)[A][number] }>;

interface ParameterSpec {
  readonly axis: Axis;
  /** Policies on that axis that have the parameter. */
  readonly policies: readonly string[];
  /** The first is the default. */
  readonly values: readonly [string, ...string[]];
  readonly meaning: string;
}

/** Where sources disagree, or leave a question open, both answers are built and a parameter chooses. */
export const PARAMETERS = {
  owner: {
    axis: 'pages',
    policies: ['static'],
    values: ['first-touch', 'guarantee'],
    meaning: 'Who owns a shared page: who touched it first, or as in CKRM the user with the largest guarantee available.',
  },
  shares: {
    axis: 'pages',
    policies: ['partial'],
    values: ['beancounters', 'equal'],
    meaning: 'Parts of a page as beancounters have them, in powers of two, or as equal as 2⁻²⁴ of a page allows.',
  },
  counting: {
    axis: 'pages',
    policies: ['rss'],
    values: ['container', 'process', 'first'],
    meaning:
      'A mapped page counts once per container, once per process (the controller posted in February 2007), or only in the container that mapped it first (spring 2007).',
  },
  current: {
    axis: 'pages',
    policies: ['smemcg'],
    values: ['borrow', 'whole'],
    meaning: 'What of an attached shared-memory container counts into `current`: what the container uses of it, or all of it.',
  },
  maps: {
    axis: 'pages',
    policies: ['smemcg'],
    values: ['once', 'each'],
    meaning: 'Whether a page that tasks of one container map three times is borrowed once or three times; the thread leaves it open.',
  },
  juggler: {
    axis: 'pages',
    policies: ['software-zones'],
    values: ['none', 'idle-zones'],
    meaning: 'Whether a user-space program is told of a container out of memory and may move zones to it, and which one.',
  },
  reclaim: {
    axis: 'pages',
    policies: ['static', 'smemcg'],
    values: ['two-lists', 'generations'],
    meaning:
      'How pages to evict are found: with an active and an inactive list, or by generations (the multi-generational LRU, since Linux 6.1; Debian runs it from 6.12 on).',
  },
  linux: {
    axis: 'pages',
    policies: ['static', 'smemcg'],
    values: ['v6.12', 'v6.1'],
    meaning:
      'Whose rules count where kernels differ. In 6.1 reclaim for a container visits all below it in each pass (6.12 stops with its goal and goes on there the next time), slab that is freed on the way counts as reclaimed, pages looked at in vain cost nothing, memory.reclaim asks for all at once, a fault that waits for the disk counts twice, a page whose evictor is gone is no refault, and protection from an earlier pass may outlast it.',
  },
  limits: {
    axis: 'pages',
    policies: ['static'],
    values: ['v2', 'v1'],
    meaning:
      'What a container has of limits and how they are written: as in version 2 of memory cgroups, or as in version 1, with limits of memory and swap together, soft limits, and charges that may move with a task.',
  },
  advice: {
    axis: 'pages',
    policies: ['static', 'partial', 'rss', 'smemcg', 'software-zones', 'none'],
    values: ['normal', 'random'],
    meaning:
      'Whether uses of memory through mappings count for reclaim. The kernel lab maps all memory with MADV_RANDOM, which keeps read-ahead out; since Linux 6.3 uses of such mappings do not count.',
  },
  kmem: {
    axis: 'kernel',
    policies: ['opt-in', 'opt-out'],
    values: ['joint', 'independent'],
    meaning: 'Whether kernel memory counts into the container’s memory, or in a counter of its own only.',
  },
  orphans: {
    axis: 'kernel',
    policies: ['opt-out'],
    values: ['root', 'parent'],
    meaning: 'Where charges of a removed container go: to the root, as the posting has it, or to the parent, as the article has it.',
  },
  root: {
    axis: 'kernel',
    policies: ['opt-out'],
    values: ['tracked', 'untracked'],
    meaning: 'Whether the root’s own allocations are tracked.',
  },
  shrinkers: {
    axis: 'kernel',
    policies: ['opt-out'],
    values: ['none', 'memcg'],
    meaning: 'Whether reclaim for a container asks shrinkers: the set of February 2012 had none, kernels from 3.19 did.',
  },
  tcp: {
    axis: 'sockets',
    policies: ['separate'],
    values: ['all', 'limited'],
    meaning: 'Whether TCP buffers are counted in every container, or as in Linux only in those that had a limit on them when the socket was opened.',
  },
  skmem: {
    axis: 'sockets',
    policies: ['unified'],
    values: ['posted', 'mainline'],
    meaning:
      'At the hard limit: the charge fails at once and sockets stop growing, as posted in November 2015; or a sender reclaims and waits while a packet that arrives is charged over the limit, as in Linux 6.12.',
  },
  reparenting: {
    axis: 'removal',
    policies: ['reparent'],
    values: ['pages', 'lists'],
    meaning:
      'How pages go to the parent: one by one to the head of its lists, as until Linux 4.0, or as whole lists behind its own, at the tail, as the series of 2025 has it.',
  },
} as const satisfies Readonly<Record<string, ParameterSpec>>;

export type Parameter = keyof typeof PARAMETERS;
export const PARAMETER_NAMES = Object.keys(PARAMETERS) as readonly Parameter[];

/** A value for every parameter; those of policies that the model has not are at their defaults. */
export type Parameters = Readonly<{ [P in Parameter]: (typeof PARAMETERS)[P]['values'][number] }>;

/** What a model decides: a policy on each axis, and the parameters of those policies. */
export interface ModelChoices {
  readonly axes: AxisChoices;
  readonly parameters: Parameters;
}
