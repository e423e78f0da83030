import { fail, type LabError, ok, type Result } from '../base/result.ts';
import type { World } from '../machine/world.ts';
import { NonePolicy } from './none.ts';
import { PartialPolicy } from './partial.ts';
import type { PagePolicy } from './policy.ts';
import { RssPolicy } from './rss.ts';
import { SoftwareZonesPolicy } from './software-zones.ts';
import { StaticPolicy } from './static.ts';

export type Axis = 'pages' | 'kernel' | 'sockets' | 'pins' | 'removal';
export const AXIS_NAMES: readonly Axis[] = ['pages', 'kernel', 'sockets', 'pins', 'removal'];

/** One choice on each axis. */
export type AxisChoices = Readonly<Record<Axis, string>>;

/** A model that has a name: a choice on each axis, where it comes from, and one sentence. */
export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly source: string;
  /** What a reader of its figures must know: choices that the sources leave open, and what this policy does not do. */
  readonly rules: readonly string[];
  readonly axes: AxisChoices;
}

/** What the simulated machine leaves out or does more simply than Linux 6.12, under every model. */
export const SIMPLIFICATIONS: readonly string[] = [
  'Reclaim is the classic two-list LRU of 6.12 (get_scan_count, workingset, protection, priorities as there); the multi-generational LRU is not modelled.',
  'No per-processor charge stock: every page is charged by itself, so counters are exact and counter updates are not amortised over 64 pages.',
  'No kswapd and no watermarks: the machine reclaims directly when no frame is free. `file_is_tiny` is never met.',
  'No read-ahead, no fault-around, no large folios: a page is a page of 4 KiB, and an access brings in exactly the page that it needs.',
  'Writeback is synchronous: reclaim writes a dirty file page and takes it at once, where the kernel activates it and wakes the flushers.',
  'No swap cache: a slot is given back as soon as its page is read in.',
  'Victims of the out-of-memory killer are reaped at once; page tables do not count in badness, and oom_score_adj is 0.',
  'Tasks may live in inner containers, which cgroup v2 forbids once controllers are enabled below.',
  'Kernel memory, sockets and pins are not charged: scenarios that use them are refused until a model has a policy for them.',
];

const PAGE_POLICIES: Readonly<Record<string, (world: World) => PagePolicy>> = {
  none: (world) => new NonePolicy(world),
  static: (world) => new StaticPolicy(world),
  partial: (world) => new PartialPolicy(world),
  rss: (world) => new RssPolicy(world),
  'software-zones': (world) => new SoftwareZonesPolicy(world),
};

/** How a page policy deals with what a removed container holds; each knows one way so far. */
const REMOVAL_OF: Readonly<Record<string, string>> = { none: 'free', static: 'reparent', partial: 'reparent', rss: 'free', 'software-zones': 'free' };

const pagesOnly = (pages: string): AxisChoices => ({ pages, kernel: 'none', sockets: 'none', pins: 'none', removal: REMOVAL_OF[pages] });

export const PRESETS: readonly Preset[] = [
  {
    id: 'static',
    title: 'Static page ownership',
    summary: 'The container that first touches a page pays for it until the page is freed; later users ride free. Removal hands what is left to the parent.',
    source: 'LinuxMM SoftwareZones page. Its charging, limits and reclaim are those of memory cgroups, Linux 6.12',
    rules: [
      'First touch decides and nothing moves ownership while the page is resident. (CKRM, which the SoftwareZones page names, gave a shared page to the class with the largest guarantee among its users.)',
      'Removal charges what is left to the parent, page by page, as the LRU-reparenting series of 2025 does list by list. cgroup v2 up to 6.12 leaves it with a dying cgroup instead; the kernel’s parent shows the same usage either way.',
      'tmpfs with `charge-to` is charged to the named container while that exists. Over its limit the toucher’s operation fails and nobody is killed.',
      'The root is charged like any container; its `current` is what the kernel computes for the root from statistics.',
    ],
    axes: pagesOnly('static'),
  },
  {
    id: 'partial',
    title: 'Partial page ownership',
    summary: 'Every container that maps a page pays a part of it; the parts add up to one page. Whoever stays when others leave pays more.',
    source: 'LinuxMM SoftwareZones page; OpenVZ user beancounters with RSS fractions, before 2.6.32-042stab',
    rules: [
      '`max` and `high` act on the sum of the parts. That is an assumption of the SoftwareZones page: beancounters of that time only showed the sum (physpages) and refused memory at mmap (privvmpages), never at a fault.',
      'Parts are powers of two: with three users 1/4, 1/2, 1/4. Only mapped file and anonymous pages have them; page cache that nobody maps is charged to nobody.',
      'tmpfs is charged whole to the container whose task used the object first, or to the one that `charge-to` names.',
      'fork and move charge without looking at limits; the next charge has to reclaim.',
      'Removal: the parts went with the tasks; tmpfs that the container created is charged to its parent. (A beancounter would live on until the last page is gone.)',
      'LRU lists, `file_mapped`, refaults and activations are the machine’s and show at the root only. A reclaim pass for a container counts as reclaimed what it took off that container’s charge.',
      'Swap is charged to the container that created the object.',
    ],
    axes: pagesOnly('partial'),
  },
  {
    id: 'rss',
    title: 'Only count RSS',
    summary: 'A container pays one page for each distinct page that its tasks map, shared or not. Page cache that nobody maps is invisible.',
    source: 'LinuxMM SoftwareZones page; RSS controllers posted to linux-kernel in 2007',
    rules: [
      'A parent is charged the sum of its children’s charges: a page mapped from two children counts twice there.',
      'A shared page is charged in full to every container that maps it, so the sum of charges can exceed the memory in use.',
      'Over its limit a container loses mappings; a page that others still map stays resident.',
      'fork and move charge without looking at limits; the next charge has to reclaim.',
      'LRU lists, `file_mapped`, refaults and activations are the machine’s and show at the root only. A reclaim pass for a container counts as reclaimed what it took off that container’s charge.',
      'Swap is charged to the container that created the object.',
    ],
    axes: pagesOnly('rss'),
  },
  {
    id: 'software-zones',
    title: 'Software zones',
    summary: 'Memory is cut into contiguous zones and a container owns whole zones; what is shared lies in zones charged to nobody.',
    source: 'LinuxMM SoftwareZones page; fake NUMA nodes with cpusets',
    rules: [
      '`max` is rounded up to whole zones (`machine.zone`). `high`, `min`, `low` and `charge-to` have no meaning here and do nothing.',
      'An object used by tasks of several containers anywhere in the scenario lies in shared zones, charged to nobody: placement must be known at allocation, and the scenario tells it.',
      'The shared area grows by free zones as it needs them. A container without `max` uses its nearest ancestor’s zones, else the shared ones.',
      'A child’s zones are cut out of its ancestor’s and count in that ancestor’s limit. Growing takes whole empty zones, all or nothing; shrinking migrates or reclaims what lies in the zones given up; a limit that is lifted leaves the zones where they are.',
      'Removal reclaims what it can; a page that cannot go keeps its zone, which becomes a shared one.',
      'Zone descriptors are counted as 1664 bytes each, an assumption: the source gives no size.',
    ],
    axes: pagesOnly('software-zones'),
  },
  {
    id: 'none',
    title: 'No accounting',
    summary: 'The control: nobody is charged and no limit acts; only the machine itself can run out.',
    source: 'a kernel without a memory controller',
    rules: ['`memory.reclaim` of a container finds nothing to take; of the root it reclaims from the machine.'],
    axes: pagesOnly('none'),
  },
];

/** A model to run: its name as it is recorded, and its choices. */
export interface Model {
  readonly id: string;
  readonly axes: AxisChoices;
  readonly createPolicy: (world: World) => PagePolicy;
}

/**
 * The model that a preset's name or a composition (`pages=rss,removal=free`) stands for. Axes left out keep what the page policy has by itself.
 * Errors: unknown-model, unknown-axis, unknown-policy.
 */
export function resolveModel(text: string): Result<Model> {
  const preset = PRESETS.find((candidate) => candidate.id === text);
  if (preset !== undefined) return modelOf(preset.id, preset.axes);
  if (!text.includes('='))
    return fail(
      unknown(
        'unknown-model',
        `there is no model named \`${text}\``,
        PRESETS.map((candidate) => candidate.id),
      ),
    );
  const chosen: Partial<Record<Axis, string>> = {};
  for (const part of text.split(',')) {
    const [axis, policy = ''] = part.split('=').map((word) => word.trim());
    if (!AXIS_NAMES.includes(axis as Axis)) return fail(unknown('unknown-axis', `\`${axis}\` is not an axis of a model`, AXIS_NAMES));
    chosen[axis as Axis] = policy;
  }
  const pages = chosen.pages ?? 'none';
  const axes = { ...pagesOnly(pages), ...chosen };
  return modelOf(
    AXIS_NAMES.filter((axis) => chosen[axis] !== undefined)
      .map((axis) => `${axis}=${axes[axis]}`)
      .join(','),
    axes,
  );
}

function modelOf(id: string, axes: AxisChoices): Result<Model> {
  const createPolicy = PAGE_POLICIES[axes.pages];
  if (createPolicy === undefined) return fail(unknown('unknown-policy', `there is no policy \`${axes.pages}\` for pages`, Object.keys(PAGE_POLICIES)));
  for (const axis of ['kernel', 'sockets', 'pins'] as const) {
    if (axes[axis] !== 'none') return fail(unknown('unknown-policy', `there is no policy \`${axes[axis]}\` for ${axis} in this version`, ['none']));
  }
  const removal = REMOVAL_OF[axes.pages];
  if (axes.removal !== removal) return fail(unknown('unknown-policy', `pages=${axes.pages} knows removal=${removal} only, not \`${axes.removal}\``, [removal]));
  return ok({ id, axes, createPolicy });
}

const unknown = (code: string, message: string, known: readonly string[]): LabError => ({ code, message, remedy: `known: ${known.join(', ')}` });
