import { nearest } from '../base/nearest.ts';
import { fail, type LabError, ok, type Result } from '../base/result.ts';
import type { PolicyFactories } from '../machine/policies/policies.ts';
import {
  AXES,
  AXIS_NAMES,
  type Axis,
  type AxisChoices,
  type ModelChoices,
  PARAMETER_NAMES,
  PARAMETERS,
  type Parameter,
  type Parameters,
} from '../scenario/axes.ts';
import { PRESETS } from '../scenario/presets.ts';
import { CkrmPolicy } from './ckrm.ts';
import { KernelNonePolicy } from './kernel-none.ts';
import { KernelObjcgPolicy } from './kernel-objcg.ts';
import { KernelOptInPolicy } from './kernel-opt-in.ts';
import { KernelOptOutPolicy } from './kernel-opt-out.ts';
import { NonePolicy } from './none.ts';
import { PartialPolicy } from './partial.ts';
import { CgroupSetPinPolicy } from './pins-cgroup-set.ts';
import { CgroupSumPinPolicy } from './pins-cgroup-sum.ts';
import { NoPinPolicy } from './pins-none.ts';
import { ProcessRlimitPinPolicy } from './pins-rlimit-process.ts';
import { UserRlimitPinPolicy } from './pins-rlimit-user.ts';
import { SmemcgPinPolicy } from './pins-smemcg.ts';
import { rechargeDeferred } from './removal-recharge.ts';
import { RssPolicy } from './rss.ts';
import { RssFirstPolicy } from './rss-first.ts';
import { RssProcessPolicy } from './rss-process.ts';
import { SmemcgPolicy } from './smemcg.ts';
import { NoneSockets } from './sockets-none.ts';
import { SeparateSockets } from './sockets-separate.ts';
import { UnifiedSockets } from './sockets-unified.ts';
import { SoftwareZonesPolicy } from './software-zones.ts';
import { StaticPolicy } from './static.ts';

/** A model to run: its name as it is recorded, and its choices. */
export interface Model extends ModelChoices {
  readonly id: string;
  readonly policies: PolicyFactories;
}

const PAGE_POLICIES: Readonly<Record<AxisChoices['pages'], PolicyFactories['pages']>> = {
  none: (world) => new NonePolicy(world),
  static: (world) => new ({ 'first-touch': StaticPolicy, guarantee: CkrmPolicy })[world.model.parameters.owner](world),
  partial: (world) => new PartialPolicy(world),
  rss: (world) => new ({ container: RssPolicy, process: RssProcessPolicy, first: RssFirstPolicy })[world.model.parameters.counting](world),
  'software-zones': (world) => new SoftwareZonesPolicy(world),
  smemcg: (world) => new SmemcgPolicy(world),
};

const KERNEL_POLICIES: Readonly<Record<AxisChoices['kernel'], PolicyFactories['kernel']>> = {
  none: (_, slab) => new KernelNonePolicy(slab),
  'opt-in': (world, slab) => new KernelOptInPolicy(world, slab),
  'opt-out': (world, slab) => new KernelOptOutPolicy(world, slab),
  objcg: (world, slab) => new KernelObjcgPolicy(world, slab),
};

const SOCKET_POLICIES: Readonly<Record<AxisChoices['sockets'], PolicyFactories['sockets']>> = {
  none: () => new NoneSockets(),
  separate: (world) => new SeparateSockets(world),
  unified: (world) => new UnifiedSockets(world),
};

const PIN_POLICIES: Readonly<Record<AxisChoices['pins'], PolicyFactories['pins']>> = {
  none: () => new NoPinPolicy(),
  'rlimit-process': (world) => new ProcessRlimitPinPolicy(world),
  'rlimit-user': (world) => new UserRlimitPinPolicy(world),
  'cgroup-sum': (world) => new CgroupSumPinPolicy(world),
  'cgroup-set': (world) => new CgroupSetPinPolicy(world),
  smemcg: (world) => new SmemcgPinPolicy(world),
};

/** What each page policy can do with what a removed container holds; the first is its own way. */
export const REMOVALS_OF: Readonly<Record<AxisChoices['pages'], readonly [AxisChoices['removal'], ...AxisChoices['removal'][]]>> = {
  none: ['free'],
  static: ['reparent', 'zombie', 'free', 'recharge'],
  partial: ['reparent', 'zombie', 'free'],
  rss: ['free'],
  'software-zones': ['free', 'zombie', 'reparent'],
  smemcg: ['zombie', 'reparent', 'free', 'recharge'],
};

const DEFAULTS = Object.fromEntries(PARAMETER_NAMES.map((name) => [name, PARAMETERS[name].values[0]])) as Parameters;

/**
 * The model that a preset's name, a composition (`pages=rss,removal=free`) or a preset with changes (`memcg-v2,sockets=separate`) stands for. In a composition
 * axes left out are `none`, and removal is what the page policy does by itself.
 * Errors: unknown-model, unknown-axis, unknown-policy, unknown-value (of a parameter), idle-parameter (its policy is not chosen), duplicate-choice.
 */
export function resolveModel(text: string): Result<Model> {
  const parts = text.split(',').map((part) => part.trim());
  const [first = ''] = parts;
  const preset = first.includes('=') ? undefined : PRESETS.find((candidate) => candidate.id === first);
  if (!first.includes('=') && preset === undefined)
    return fail(
      unknown(
        'unknown-model',
        `there is no model named \`${first}\``,
        PRESETS.map((candidate) => candidate.id),
        first,
      ),
    );
  const changes = preset === undefined ? parts : parts.slice(1);
  const chosen: Partial<Record<Axis, string>> = { ...preset?.axes };
  const parameters: Partial<Record<Parameter, string>> = {};
  const written = new Map<string, string>();
  for (const part of changes) {
    const [key = '', value = ''] = part.split('=').map((word) => word.trim());
    if (written.has(key))
      return fail({ code: 'duplicate-choice', message: `\`${key}\` is given twice`, remedy: `keep ${key}=${written.get(key)} or ${key}=${value}` });
    if (isAxis(key)) chosen[key] = value;
    else if (isParameter(key)) parameters[key] = value;
    else return fail(unknown('unknown-axis', `\`${key}\` is neither an axis nor a parameter of a model`, [...AXIS_NAMES, ...PARAMETER_NAMES], key));
    written.set(key, value);
  }
  const order: readonly string[] = [...AXIS_NAMES, ...PARAMETER_NAMES];
  const composed = order.filter((key) => written.has(key)).map((key) => `${key}=${written.get(key)}`);
  const id = [...(preset === undefined ? [] : [preset.id]), ...composed].join(',');
  return modelOf(id, chosen, parameters, preset?.parameters ?? {});
}

/** `preset`: the parameters of the preset that the model started from; those of policies that the model has changed are dropped. */
function modelOf(
  id: string,
  chosen: Partial<Record<Axis, string>>,
  parameters: Partial<Record<Parameter, string>>,
  preset: Partial<Parameters>,
): Result<Model> {
  for (const axis of AXIS_NAMES) {
    const policy = chosen[axis];
    if (policy !== undefined && !isPolicy(axis, policy))
      return fail(unknown('unknown-policy', `there is no policy \`${policy}\` for ${axis}`, AXES[axis], policy));
  }
  const pages = (chosen.pages ?? 'none') as AxisChoices['pages'];
  const removals = REMOVALS_OF[pages];
  const axes = { pages, kernel: 'none', sockets: 'none', pins: 'none', removal: removals[0], ...chosen } as AxisChoices;
  if (!removals.includes(axes.removal)) return fail(unknown('unknown-policy', `pages=${pages} does not know removal=${axes.removal}`, removals));
  for (const [name, value] of Object.entries(parameters)) {
    const spec = PARAMETERS[name as Parameter];
    if (!(spec.values as readonly string[]).includes(value)) return fail(unknown('unknown-value', `\`${name}\` cannot be \`${value}\``, spec.values, value));
    if (!(spec.policies as readonly string[]).includes(axes[spec.axis]))
      return fail(unknown('idle-parameter', `\`${name}\` says nothing about ${spec.axis}=${axes[spec.axis]}`, spec.policies));
  }
  const kept = Object.entries(preset).filter(([name]) => {
    const spec = PARAMETERS[name as Parameter];
    return (spec.policies as readonly string[]).includes(axes[spec.axis]);
  });
  const policies: PolicyFactories = {
    pages: PAGE_POLICIES[axes.pages],
    kernel: KERNEL_POLICIES[axes.kernel],
    sockets: SOCKET_POLICIES[axes.sockets],
    pins: PIN_POLICIES[axes.pins],
    dyingChanged: axes.removal === 'recharge' ? rechargeDeferred : null,
  };
  return ok({ id, axes, parameters: { ...DEFAULTS, ...Object.fromEntries(kept), ...parameters } as Parameters, policies });
}

const isAxis = (key: string): key is Axis => Object.hasOwn(AXES, key);
const isParameter = (key: string): key is Parameter => Object.hasOwn(PARAMETERS, key);
const isPolicy = (axis: Axis, policy: string): boolean => (AXES[axis] as readonly string[]).includes(policy);

/** An error that lists what is known, and names what of it `word` is likely to stand for. */
function unknown(code: string, message: string, known: readonly string[], word?: string): LabError {
  const near = word === undefined ? undefined : nearest(word, known);
  return { code, message: near === undefined ? message : `${message}; did you mean \`${near}\`?`, remedy: `known: ${known.join(', ')}` };
}
