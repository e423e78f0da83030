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
  readonly axes: AxisChoices;
}

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
    source: 'LinuxMM SoftwareZones page; CKRM memory controller, 2004–05; memory cgroups since 2.6.25',
    axes: pagesOnly('static'),
  },
  {
    id: 'partial',
    title: 'Partial page ownership',
    summary: 'Every container that maps a page pays a part of it; the parts add up to one page. Whoever stays when others leave pays more.',
    source: 'LinuxMM SoftwareZones page; OpenVZ user beancounters with RSS fractions, before 2.6.32-042stab',
    axes: pagesOnly('partial'),
  },
  {
    id: 'rss',
    title: 'Only count RSS',
    summary: 'A container pays one page for each distinct page that its tasks map, shared or not. Page cache that nobody maps is invisible.',
    source: 'LinuxMM SoftwareZones page; RSS controllers posted to linux-kernel in 2007',
    axes: pagesOnly('rss'),
  },
  {
    id: 'software-zones',
    title: 'Software zones',
    summary: 'Memory is cut into contiguous zones and a container owns whole zones; what is shared lies in zones charged to nobody.',
    source: 'LinuxMM SoftwareZones page; fake NUMA nodes with cpusets',
    axes: pagesOnly('software-zones'),
  },
  {
    id: 'none',
    title: 'No accounting',
    summary: 'The control: nobody is charged and no limit acts; only the machine itself can run out.',
    source: 'a kernel without a memory controller',
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
