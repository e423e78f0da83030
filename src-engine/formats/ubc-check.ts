import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { type Beancounter, isVswap, type UbcName, type UbcResource } from './ubc-config.ts';

/** Something that a configuration says against the rules, in vzctl's words. A recommendation leaves it consistent. */
export interface UbcFinding {
  readonly level: 'error' | 'warning' | 'recommendation';
  readonly resource: UbcName;
  readonly message: string;
}

/** One consistency formula with its numbers. */
export interface UbcFormula {
  /** What is held against the minimum: `kmemsize.bar`, `tcpsndbuf.lim-tcpsndbuf.bar`. */
  readonly what: string;
  readonly resource: UbcName;
  readonly level: UbcFinding['level'];
  readonly actual: number;
  readonly needed: number;
}

/** What a configuration must name for the formulas to be worked out (`check_param()`). */
const REQUIRED: readonly UbcName[] = [
  'numproc',
  'numtcpsock',
  'numothersock',
  'oomguarpages',
  'vmguarpages',
  'kmemsize',
  'tcpsndbuf',
  'tcprcvbuf',
  'othersockbuf',
  'dgramrcvbuf',
  'privvmpages',
  'numfile',
  'dcachesize',
  'physpages',
  'numpty',
];
/** Whether everything is named that the formulas and shares are worked out from. */
export const isComplete = ({ resources }: Beancounter): boolean => REQUIRED.every((name) => resources.has(name));

const EQUAL: readonly UbcName[] = ['numproc', 'numtcpsock', 'numothersock', 'shmpages', 'numfile', 'numpty', 'numsiginfo', 'numiptent'];
const ORDERED: readonly UbcName[] = [
  'kmemsize',
  'tcpsndbuf',
  'tcprcvbuf',
  'othersockbuf',
  'dgramrcvbuf',
  'privvmpages',
  'lockedpages',
  'numflock',
  'dcachesize',
];
const OPEN_LIMIT: readonly UbcName[] = ['vmguarpages', 'oomguarpages', 'physpages'];
/** LONG_MAX, as messages say it. */
const OPEN_TEXT = '9223372036854775807';

const KIB = 1024;
const shown = (value: number): string => (value === Number.POSITIVE_INFINITY ? OPEN_TEXT : String(value));
const of = ({ resources }: Beancounter, name: UbcName): UbcResource => resources.get(name) ?? { barrier: 0, limit: 0 };
const gapOf = ({ barrier, limit }: UbcResource): number => (limit === barrier ? 0 : limit - barrier);

/** Processes that run on average: avnumproc, or half of numproc. */
const averageProcesses = (beancounter: Beancounter): number =>
  beancounter.resources.get('avnumproc')?.barrier ?? Math.floor(of(beancounter, 'numproc').barrier / 2);

/** The formulas that `validate()` of vzctl's src/validate.c works out (3.x), in its order, with their numbers. */
export function ubcFormulas(beancounter: Beancounter): readonly UbcFormula[] {
  const barrier = (name: UbcName): number => of(beancounter, name).barrier;
  const processes = averageProcesses(beancounter);
  const floor = (resource: UbcName, level: UbcFinding['level'], actual: number, needed: number, what = `${resource}.bar`): UbcFormula => ({
    what,
    resource,
    level,
    actual,
    needed,
  });
  const gap = (resource: UbcName, level: UbcFinding['level'], sockets: UbcName): UbcFormula =>
    floor(resource, level, gapOf(of(beancounter, resource)), 2.5 * KIB * barrier(sockets), `${resource}.lim-${resource}.bar`);
  const datagrams = (resource: UbcName): UbcFormula =>
    barrier(resource) < 32 * KIB ? floor(resource, 'warning', barrier(resource), 32 * KIB) : floor(resource, 'recommendation', barrier(resource), 129 * KIB);
  return [
    floor('dcachesize', 'warning', of(beancounter, 'dcachesize').limit, 384 * barrier('numfile'), 'dcachesize.lim'),
    floor('kmemsize', 'error', barrier('kmemsize'), 40 * KIB * processes + of(beancounter, 'dcachesize').limit),
    floor('privvmpages', 'warning', barrier('privvmpages'), barrier('vmguarpages')),
    gap('tcpsndbuf', 'error', 'numtcpsock'),
    gap('othersockbuf', 'error', 'numothersock'),
    gap('tcprcvbuf', 'warning', 'numtcpsock'),
    floor('tcprcvbuf', 'warning', barrier('tcprcvbuf'), 64 * KIB),
    floor('tcpsndbuf', 'warning', barrier('tcpsndbuf'), 64 * KIB),
    datagrams('dgramrcvbuf'),
    datagrams('othersockbuf'),
    floor('numfile', 'warning', barrier('numfile'), Math.max(32 * processes, barrier('numtcpsock') + barrier('numothersock') + barrier('numpty')), 'numfile'),
  ];
}

/**
 * What `vzcfgvalidate` would say of a container's parameters: missing ones, barriers against limits, and the formulas. Empty: the configuration is consistent. Of a VSwap
 * configuration only what must be ordered is looked at: its other parameters follow from RAM and swap.
 */
export function checkUbc(beancounter: Beancounter): readonly UbcFinding[] {
  if (isVswap(beancounter)) return ordered(beancounter);
  const missing = REQUIRED.filter((name) => !beancounter.resources.has(name));
  if (missing.length > 0) return missing.map((resource) => ({ level: 'error', resource, message: `parameter ${resource} not found` }));
  return [...barriers(beancounter), ...unmet(beancounter)];
}

function barriers(beancounter: Beancounter): readonly UbcFinding[] {
  const { resources } = beancounter;
  const error = (resource: UbcName, message: string): UbcFinding => ({ level: 'error', resource, message });
  const equal = EQUAL.flatMap((name) => {
    const { barrier, limit } = of(beancounter, name);
    if (!resources.has(name)) return [error(name, `parameter ${name} not found`)];
    return barrier === limit ? [] : [error(name, `barrier should be equal to limit for ${name} (currently, ${shown(barrier)}:${shown(limit)})`)];
  });
  const open = OPEN_LIMIT.filter((name) => of(beancounter, name).limit !== Number.POSITIVE_INFINITY).map((name) =>
    error(name, `limit should be = ${OPEN_TEXT} for ${name} (currently, ${shown(of(beancounter, name).limit)})`),
  );
  const { barrier } = of(beancounter, 'physpages');
  const unused = barrier === 0 ? [] : [error('physpages', `barrier should be = 0 for physpages (currently, ${shown(barrier)})`)];
  const absent = (['lockedpages', 'numflock'] as const).filter((name) => !resources.has(name)).map((name) => error(name, `parameter ${name} not found`));
  return [...equal, ...absent, ...ordered(beancounter), ...open, ...unused];
}

function ordered(beancounter: Beancounter): readonly UbcFinding[] {
  return ORDERED.flatMap((resource): readonly UbcFinding[] => {
    const { barrier, limit } = of(beancounter, resource);
    if (barrier <= limit) return [];
    return [{ level: 'error', resource, message: `barrier should be <= limit for ${resource} (currently, ${shown(barrier)}:${shown(limit)})` }];
  });
}

function unmet(beancounter: Beancounter): readonly UbcFinding[] {
  return ubcFormulas(beancounter)
    .filter(({ actual, needed }) => actual < needed)
    .map(({ what, resource, level, actual, needed }) => ({ level, resource, message: `${what} should be > ${shown(needed)} (currently, ${shown(actual)})` }));
}

/** Whether the validator would let it pass: recommendations do not count. */
export const isConsistent = (findings: readonly UbcFinding[]): boolean => findings.every(({ level }) => level === 'recommendation');

/** Memory of the host, in bytes. `lowmem`: what its kernel can use for itself, all of RAM on a 64-bit one. */
export interface UbcHost {
  readonly ram_bytes: number;
  readonly swap_bytes: number;
  readonly lowmem_bytes: number;
}

/** Shares of the host's memory (1 is all of it). */
export interface UbcShares {
  readonly low_memory: number;
  /** Of utilisation alone. */
  readonly ram?: number;
  readonly memory_and_swap: number;
  readonly allocation: number;
  /** Of commitment alone: what may be allocated at most. */
  readonly allocation_limit?: number;
}

/** Of low memory 40 % is for containers (vzmemcheck). */
const LOW_MEMORY_SHARE = 0.4;
const KERNEL_MEMORY: readonly UbcName[] = ['kmemsize', 'tcpsndbuf', 'tcprcvbuf', 'othersockbuf', 'dgramrcvbuf'];

const lowMemoryShare = (bytes: number, { lowmem_bytes }: UbcHost): number => bytes / (LOW_MEMORY_SHARE * lowmem_bytes);
const heldOf = (beancounter: Beancounter, name: UbcName): number => of(beancounter, name).usage?.held ?? 0;

/**
 * How much of the host a running container uses: `calc_ve_utilization()` of Virtuozzo’s vzctl (validate.c of OpenVZ/vzctl). OpenVZ's own vzctl (3.x) adds kernel memory and socket buffers to the three shares of user
 * memory as well.
 */
export function ubcUtilisation(beancounter: Beancounter, host: UbcHost): UbcShares {
  const pages = (name: UbcName): number => heldOf(beancounter, name) * PAGE_SIZE_BYTES;
  const all = host.ram_bytes + host.swap_bytes;
  return {
    low_memory: lowMemoryShare(
      KERNEL_MEMORY.reduce((sum, name) => sum + heldOf(beancounter, name), 0),
      host,
    ),
    ram: pages('physpages') / host.ram_bytes,
    memory_and_swap: pages('oomguarpages') / all,
    allocation: pages('privvmpages') / all,
  };
}

/** How much of the host a container has been promised: `calc_ve_commitment()`, by barriers, of kernel memory and of the allocation limit by limits. */
export function ubcCommitment(beancounter: Beancounter, host: UbcHost): UbcShares {
  const all = host.ram_bytes + host.swap_bytes;
  const pages = (name: UbcName): number => of(beancounter, name).barrier * PAGE_SIZE_BYTES;
  return {
    low_memory: lowMemoryShare(
      KERNEL_MEMORY.reduce((sum, name) => sum + of(beancounter, name).limit, 0),
      host,
    ),
    memory_and_swap: pages('oomguarpages') / all,
    allocation: pages('vmguarpages') / all,
    allocation_limit: (of(beancounter, 'privvmpages').limit * PAGE_SIZE_BYTES) / all,
  };
}

/**
 * Pages by which a container is over its guarantee when the machine is out of memory (`ub_calc_overdraft()`): kernel memory and socket buffers in pages, less what is free of
 * oomguarpages. The container with the most is chosen; at 0 and below it is never.
 */
export function ubcOverdraft(beancounter: Beancounter): number {
  const kernel_bytes = KERNEL_MEMORY.reduce((sum, name) => sum + heldOf(beancounter, name), 0);
  return Math.floor(kernel_bytes / PAGE_SIZE_BYTES) - (of(beancounter, 'oomguarpages').barrier - heldOf(beancounter, 'oomguarpages'));
}

/** How urgent a charge is: up to the barrier, up to the limit, or in any case (`enum ub_severity`). */
export type UbcStrictness = 'hard' | 'soft' | 'force';

/** `charge_beancounter()`: a resource after a charge of `amount`, and whether the charge went through. One that fails leaves `held` and counts in `failcnt`. */
export function chargeBeancounter(
  resource: UbcResource,
  amount: number,
  strictness: UbcStrictness,
): { readonly charged: boolean; readonly resource: UbcResource } {
  const { held, maxheld, failcnt } = resource.usage ?? { held: 0, maxheld: 0, failcnt: 0 };
  const bound = strictness === 'hard' ? resource.barrier : strictness === 'soft' ? resource.limit : Number.POSITIVE_INFINITY;
  if (held + amount > bound) return { charged: false, resource: { ...resource, usage: { held, maxheld, failcnt: failcnt + 1 } } };
  return { charged: true, resource: { ...resource, usage: { held: held + amount, maxheld: Math.max(maxheld, held + amount), failcnt } } };
}

/** Parameters of a VSwap container by its RAM and swap (“VSwap” in OpenVZ's wiki): pages. Without `overcommit` memory may be allocated without limit. */
export function vswapParameters(ram_bytes: number, swap_bytes: number, overcommit?: number): ReadonlyMap<UbcName, UbcResource> {
  const ram = Math.floor(ram_bytes / PAGE_SIZE_BYTES);
  const swap = Math.floor(swap_bytes / PAGE_SIZE_BYTES);
  const open = Number.POSITIVE_INFINITY;
  const allocation = overcommit === undefined ? open : Math.floor((ram + swap) * overcommit);
  return new Map<UbcName, UbcResource>([
    ['physpages', { barrier: 0, limit: ram }],
    ['swappages', { barrier: 0, limit: swap }],
    ['lockedpages', { barrier: ram, limit: ram }],
    ['oomguarpages', { barrier: ram, limit: open }],
    ['vmguarpages', { barrier: ram + swap, limit: open }],
    ['privvmpages', { barrier: allocation, limit: allocation }],
  ]);
}
