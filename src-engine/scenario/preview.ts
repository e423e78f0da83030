import { kindOf } from './completion.ts';
import type { ParsedScenario } from './parse.ts';
import { containerSchema, type ScenarioStep } from './schema.ts';

/** What a scenario sets up and who uses what, before anything is run. */
export interface ScenarioPreview {
  readonly containers: readonly PreviewContainer[];
  readonly objects: readonly PreviewObject[];
  /** With the container that each begins in. */
  readonly tasks: readonly { readonly name: string; readonly container: string }[];
  /** Who does what to which object: one entry for each pair that meets. */
  readonly uses: readonly PreviewUse[];
  /** Steps, repeats not counted out. */
  readonly step_count: number;
}

export interface PreviewContainer {
  readonly path: string;
  readonly depth: number;
  /** What is first set of it, in the order of the reference. */
  readonly limits: readonly PreviewLimit[];
  /** Made or removed by a step, not there from the start. */
  readonly made_by_step: boolean;
  readonly task_count: number;
}

/** A key of a container and what it is set to: `max` with its bytes (infinity for `max`), or what is no size in words (`oom-group true`). */
export interface PreviewLimit {
  readonly name: string;
  readonly value: number | string;
}

export interface PreviewObject {
  readonly name: string;
  readonly kind: string;
  /** Undefined for what has no size: sockets; of a slab cache that of one object. */
  readonly size_bytes: number | undefined;
  readonly charge_to: string | undefined;
  /** Containers whose tasks use it. */
  readonly user_count: number;
}

/** What tasks of a container do to an object. */
export type Deed = 'read' | 'write' | 'map' | 'pin' | 'allocate' | 'send' | 'receive';
export interface PreviewUse {
  readonly object: string;
  readonly container: string;
  readonly deeds: readonly Deed[];
  readonly tasks: readonly string[];
}

/** Every key that a container may have, as the schema has them. */
const LIMIT_NAMES = Object.keys(containerSchema.shape);

/** Keys that are numbers, not sizes. */
const NUMBERS = new Set(Object.entries(containerSchema.shape).flatMap(([name, schema]) => (kindOf(schema) === 'number' ? [name] : [])));

/** A key of a container as the preview shows it; one that holds several things comes apart, one each. */
function limitsOf(name: string, value: unknown): readonly PreviewLimit[] {
  if (value === undefined) return [];
  if (typeof value === 'number') return [{ name, value: NUMBERS.has(name) ? `${value}` : value }];
  if (Array.isArray(value))
    return [{ name, value: value.length === 0 ? 'none' : value.every((one) => typeof one === 'string') ? value.join(', ') : `${value.length}` }];
  if (typeof value !== 'object' || value === null) return [{ name, value: String(value) }];
  return Object.entries(value).flatMap(([key, inner]) => limitsOf(`${name} ${key}`, inner));
}

/** Follows the steps in their order: who is where, what is mapped as what. */
class Follower {
  readonly containers = new Map<string, { limits: Map<string, number | string>; made_by_step: boolean }>();
  /** Where each task is now, and where it began. */
  readonly tasks = new Map<string, string>();
  readonly first_places = new Map<string, string>();
  readonly uses = new Map<string, { object: string; container: string; deeds: Set<Deed>; tasks: Set<string> }>();
  /** `task area` → object. */
  readonly #mapped = new Map<string, string>();
  readonly #objects: ReadonlySet<string>;
  step_count = 0;

  constructor(objects: ReadonlySet<string>) {
    this.#objects = objects;
  }

  addContainer(path: string, limits: object, made_by_step: boolean): void {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const parent = path.slice(0, end);
      if (!this.containers.has(parent)) this.containers.set(parent, { limits: new Map(), made_by_step });
    }
    const known = this.containers.get(path) ?? { limits: new Map<string, number | string>(), made_by_step };
    const given = limits as Readonly<Record<string, unknown>>;
    for (const { name, value } of LIMIT_NAMES.flatMap((key) => limitsOf(key, given[key]))) if (!known.limits.has(name)) known.limits.set(name, value);
    this.containers.set(path, known);
  }

  placeTask(task: string, container: string): void {
    this.tasks.set(task, container);
    if (!this.first_places.has(task)) this.first_places.set(task, container);
  }

  #use(task: string, object: string, deed: Deed): void {
    if (!this.#objects.has(object)) return;
    const container = this.tasks.get(task) ?? '.';
    const key = `${object} ${container}`;
    const use = this.uses.get(key) ?? { object, container, deeds: new Set<Deed>(), tasks: new Set<string>() };
    use.deeds.add(deed);
    use.tasks.add(task);
    this.uses.set(key, use);
  }

  /** The object itself, or the one that the task has mapped under that name. */
  #target(task: string, name: string): string {
    return this.#mapped.get(`${task} ${name}`) ?? name;
  }

  follow(steps: readonly ScenarioStep[]): void {
    for (const step of steps) {
      this.step_count += 1;
      switch (step.verb) {
        case 'start':
          this.placeTask(step.start, step.in);
          break;
        case 'fork':
          this.placeTask(step.as, step.in ?? this.tasks.get(step.fork) ?? '.');
          for (const [key, object] of [...this.#mapped]) {
            if (key.startsWith(`${step.fork} `)) {
              this.#mapped.set(`${step.as} ${key.slice(step.fork.length + 1)}`, object);
              this.#use(step.as, object, 'map');
            }
          }
          break;
        case 'move':
          this.tasks.set(step.move, step.to);
          break;
        case 'create':
          this.addContainer(step.create, step, true);
          break;
        case 'read':
          this.#use(step.by, step.read, 'read');
          break;
        case 'write':
          this.#use(step.by, step.write, 'write');
          break;
        case 'map':
          this.#mapped.set(`${step.by} ${step.as}`, step.map);
          this.#use(step.by, step.map, 'map');
          break;
        case 'touch':
          this.#use(step.by, this.#target(step.by, step.touch), 'write');
          break;
        case 'peek':
          this.#use(step.by, this.#target(step.by, step.peek), 'read');
          break;
        case 'workload':
          this.#use(step.by, this.#target(step.by, step.over), step.write ? 'write' : 'read');
          break;
        case 'pin':
          this.#use(step.by, this.#target(step.by, step.pin), 'pin');
          break;
        case 'slab':
          this.#use(step.by, step.slab, 'allocate');
          break;
        case 'send':
          this.#use(step.by, step.send, 'send');
          break;
        case 'receive':
          this.#use(step.by, step.receive, 'receive');
          break;
        case 'repeat':
          this.follow(step.steps);
          break;
        case 'together':
          this.follow(step.together);
          break;
        default:
          break;
      }
    }
  }
}

/** Size that an object's entry gives: what stands behind its kind, where that is a number. */
function sizeOf(object: object, kind: string): number | undefined {
  const size = (object as Readonly<Record<string, unknown>>)[kind];
  return typeof size === 'number' ? size : undefined;
}

/** The container tree with its limits, the objects with their sizes, and who reads, writes, maps, pins, allocates or sends what. */
export function previewScenario({ scenario }: ParsedScenario): ScenarioPreview {
  const follower = new Follower(new Set(scenario.objects.keys()));
  for (const [path, limits] of scenario.containers) follower.addContainer(path, limits ?? {}, false);
  for (const [name, task] of scenario.tasks) follower.placeTask(name, task?.in ?? '.');
  follower.follow(scenario.steps);
  // A move later in the steps is told by the uses.
  const tasks = follower.first_places;
  const uses = [...follower.uses.values()].map(({ object, container, deeds, tasks: by }) => ({ object, container, deeds: [...deeds], tasks: [...by] }));
  const paths = [...follower.containers.keys()].sort((a, b) => (a < b ? -1 : 1));
  return {
    containers: paths.map((path) => {
      const { limits = new Map<string, number | string>(), made_by_step = false } = follower.containers.get(path) ?? {};
      return {
        path,
        depth: path === '.' ? 0 : path.split('/').length - 1,
        limits: [...limits].map(([name, value]) => ({ name, value })),
        made_by_step,
        task_count: [...tasks.values()].filter((container) => container === path).length,
      };
    }),
    objects: [...scenario.objects].flatMap(([name, object]) =>
      object === null
        ? []
        : [
            {
              name,
              kind: object.kind,
              size_bytes: sizeOf(object, object.kind),
              charge_to: 'charge-to' in object ? object['charge-to'] : undefined,
              user_count: new Set(uses.filter((use) => use.object === name).map(({ container }) => container)).size,
            },
          ],
    ),
    tasks: [...tasks].map(([name, container]) => ({ name, container })),
    uses,
    step_count: follower.step_count,
  };
}
