import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatBytes, formatCount, THIN } from '../../src-engine/base/figures.ts';
import { PAGE_SIZE_BYTES } from '../../src-engine/base/ids.ts';
import { formatError, type Result } from '../../src-engine/base/result.ts';
import { COUNTER, type CounterName } from '../../src-engine/record/counters.ts';
import { describeEvent } from '../../src-engine/record/describe-event.ts';
import { KIND } from '../../src-engine/record/events.ts';
import { type MemoryRun, recordInMemory } from '../../src-engine/record/memory-run.ts';
import { PAGE_VALUE } from '../../src-engine/record/page-values.ts';
import { createPlayer } from '../../src-engine/record/player.ts';
import type { ContainerView, ObjectView, RunReader, StateView } from '../../src-engine/record/run.ts';
import { RunPages } from '../../src-engine/record/run-pages.ts';
import { createRunSearch } from '../../src-engine/record/run-search.ts';
import { createRunWords } from '../../src-engine/record/run-words.ts';
import type { Axis } from '../../src-engine/scenario/axes.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { type ParsedScenario, parseScenario } from '../../src-engine/scenario/parse.ts';
import type { Scenario, ScenarioStep } from '../../src-engine/scenario/schema.ts';
import { simulate } from '../../src-engine/simulate.ts';
import { zstd } from '../../src-main/lab/compressor.ts';

/** Pages of the square that an object is drawn with: 1 MiB. */
const SQUARE_PAGES = 256;

/** Who is charged for a square, and for how much of each of its pages (1: all of it). */
export interface Owner {
  readonly path: string;
  readonly share: number;
}

/** A square of an object: not in memory, or its owners; none of these where nobody is charged. */
export type Square = readonly Owner[] | 'absent';

/** A container at the end of a scene. */
export interface ContainerFacts {
  readonly path: string;
  readonly life: 'there' | 'dying' | 'gone';
  /** Its `current`, in words. */
  readonly current: string;
  /** Those of the other counters that are not zero, with their values. */
  readonly counters: readonly string[];
  /** Memory of its tasks that nobody else uses. */
  readonly heap: readonly Square[];
}

/** That a container uses an object, and by which steps: `map`, `read`, `pin` … */
export interface Use {
  readonly path: string;
  readonly verbs: readonly string[];
}

/** An object of a scene that can be shared. */
export interface ThingFacts {
  readonly name: string;
  readonly about: string;
  /** Empty for what has no pages of its own: slab caches and sockets. */
  readonly squares: readonly Square[];
  readonly uses: readonly Use[];
}

/** What a picture shows: a scene at its end, as a model has it. */
export interface Facts {
  readonly containers: readonly ContainerFacts[];
  readonly things: readonly ThingFacts[];
  /** What was refused, and sums. */
  readonly notes: readonly string[];
}

/** Counters that are told where they are not zero. */
const TOLD: readonly CounterName[] = ['borrow', 'kernel', 'kmem', 'sock', 'tcp', 'tcp_dropped', 'tcp_window', 'pins'];

const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.errors.map(formatError).join('\n'));
  return result.value;
};
const plain = (text: string): string => text.replaceAll(THIN, ' ');
const bytes = (value: number): string => plain(formatBytes(value));

/** A small scenario, and the lines of its text. */
export interface Scene {
  readonly parsed: ParsedScenario;
  readonly lines: readonly string[];
}

/** The scene in which the policies of an axis differ: scripts/pictures/AXIS.yaml. */
export function sceneOf(axis: Axis): Scene {
  const file = `${axis}.yaml`;
  const text = readFileSync(join(import.meta.dirname, file), 'utf8');
  return { parsed: must(parseScenario(text, { file })), lines: text.split('\n') };
}

interface Counted {
  readonly step: ScenarioStep;
  readonly times: number;
}

/** The steps of a scenario with how often each happens. */
function* stepsOf(steps: readonly ScenarioStep[], times = 1): Generator<Counted> {
  for (const step of steps) {
    if (step.verb === 'repeat') yield* stepsOf(step.steps, times * step.repeat);
    else yield { step, times };
  }
}

const objectOf = (step: ScenarioStep): string | undefined => {
  switch (step.verb) {
    case 'read':
      return step.read;
    case 'write':
      return step.write;
    case 'map':
      return step.map;
    case 'pin':
      return step.pin;
    case 'slab':
      return step.slab;
    case 'send':
      return step.send;
    case 'receive':
      return step.receive;
    default:
      return undefined;
  }
};

/** Who uses an object, as the scenario says it: the same under every model. */
function usesOf(scenario: Scenario, object: string): readonly Use[] {
  const uses = new Map<string, Set<string>>();
  for (const { step } of stepsOf(scenario.steps)) {
    if (objectOf(step) !== object || !('by' in step) || step.by === undefined) continue;
    const path = scenario.tasks.get(step.by)?.in ?? '';
    uses.set(path, (uses.get(path) ?? new Set()).add(step.verb));
  }
  const written = scenario.objects.get(object);
  if (written !== undefined && written !== null && 'receiver' in written && written.receiver !== undefined) uses.set(written.receiver, new Set(['receive']));
  return [...uses].map(([path, verbs]) => ({ path, verbs: [...verbs] }));
}

/** What is done with a slab cache or a socket, task by task. */
function doneWith(scenario: Scenario, object: string): string {
  const sums = new Map<string, number>();
  for (const { step, times } of stepsOf(scenario.steps)) {
    if (objectOf(step) !== object) continue;
    if (step.verb === 'slab') sums.set(`${step.by} takes`, (sums.get(`${step.by} takes`) ?? 0) + times * (step.objects ?? 0));
    if (step.verb === 'send') sums.set(`${step.by} sends`, (sums.get(`${step.by} sends`) ?? 0) + times * step.size);
    if (step.verb === 'receive') sums.set(`${step.by} reads`, (sums.get(`${step.by} reads`) ?? 0) + times * step.size);
  }
  const is_slab = [...stepsOf(scenario.steps)].some(({ step }) => step.verb === 'slab' && step.slab === object);
  return [...sums].map(([who, sum]) => `${who} ${is_slab ? `${plain(formatCount(sum))} objects` : bytes(sum)}`).join(', ');
}

function aboutThing(scenario: Scenario, name: string, view: ObjectView | undefined): string {
  const written = scenario.objects.get(name);
  if (view !== undefined) return view.kind === 'file' ? 'file' : view.kind;
  if (written === undefined || written === null) return '';
  return 'slab' in written ? `slab cache, ${written.accounted ? 'accounted' : 'not marked'}: ${doneWith(scenario, name)}` : `tcp: ${doneWith(scenario, name)}`;
}

interface Ended {
  readonly scenario: Scenario;
  readonly reader: RunReader;
  readonly state: StateView;
  readonly pages: RunPages;
  readonly refusals: readonly string[];
}

function run({ parsed, lines }: Scene, model: string): Ended {
  const program = must(compileScenario(parsed, { readTrace: () => ({ ok: false, errors: [] }) }));
  let recorded: MemoryRun | undefined;
  must(
    simulate(program, model, {
      begin: (meta, names) => {
        recorded = recordInMemory(meta, names, zstd);
      },
      seal: (columns, count) => recorded?.sink.seal(columns, count) ?? columns,
      sample: (sample) => recorded?.sink.sample(sample),
    }),
  );
  if (recorded === undefined) throw new Error('the scene did not begin');
  const { reader } = recorded;
  const player = must(createPlayer(reader, zstd));
  const state = player.seek({ event: player.event_count });
  const words = createRunWords(reader.meta, reader.names, state);
  let line = 0;
  const refusals: string[] = [];
  for (const event of player.events(0, player.event_count)) {
    if (event.kind === KIND.step_begin) line = event.b;
    if (event.kind === KIND.op_fail) refusals.push(`${lines[line - 1]?.trim().slice(2)} ${describeEvent(event, words)}`);
  }
  return { scenario: parsed.scenario, reader, state, pages: new RunPages(createRunSearch(reader, zstd).parts, player.tablesAt), refusals };
}

const now = (): Promise<void> => Promise.resolve();

async function squaresOf({ reader, state, pages }: Ended, object: ObjectView): Promise<readonly Square[]> {
  const { event_index } = state;
  const { values } = (await pages.objectPages({ event_index, object: object.id, mode: 'owner' }, now)) ?? { values: [] };
  const base = state.objects.filter(({ id }) => id < object.id).reduce((sum, { page_count }) => sum + page_count, 0);
  const pathOf = (container: number): string => state.containers.find(({ id }) => id === container)?.path ?? '';
  const squareAt = async (from_page: number): Promise<Square> => {
    const value = values[from_page];
    if (values.slice(from_page, from_page + SQUARE_PAGES).some((other) => other !== value))
      throw new Error(`the pages of a square of ${object.name} have several owners under ${reader.meta.model}`);
    if (value === PAGE_VALUE.absent) return 'absent';
    if (value === PAGE_VALUE.nobody) return [];
    if (value !== PAGE_VALUE.several) return [{ path: pathOf(value), share: 1 }];
    const { owners } = await pages.story(base + from_page, event_index, 0, now);
    return owners.map(({ container, units }) => ({ path: pathOf(container), share: units / 2 ** reader.meta.charge_shift }));
  };
  const squares: Square[] = [];
  for (let from_page = 0; from_page < object.page_count; from_page += SQUARE_PAGES) squares.push(await squareAt(from_page));
  return squares;
}

/** Counters that keep a removed container. */
const HOLDING: readonly CounterName[] = ['current', 'kmem', 'tcp', 'pins'];

function lifeOf({ exists, counters }: ContainerView): ContainerFacts['life'] {
  if (exists) return 'there';
  return HOLDING.some((name) => counters[COUNTER[name]] > 0) ? 'dying' : 'gone';
}

async function containersOf(ended: Ended): Promise<readonly ContainerFacts[]> {
  const { state } = ended;
  const facts: ContainerFacts[] = [];
  for (const container of state.containers) {
    if (container.path === '.') continue;
    const tasks = state.tasks.filter((task) => task.container === container.id).map(({ name }) => name);
    const heaps = state.objects.filter(({ kind, owner_task }) => kind === 'anon' && owner_task !== null && tasks.includes(owner_task));
    const heap = await Promise.all(heaps.map((object) => squaresOf(ended, object)));
    facts.push({
      path: container.path,
      life: lifeOf(container),
      current: bytes(container.counters[COUNTER.current]),
      counters: TOLD.filter((name) => container.counters[COUNTER[name]] > 0).map((name) => `${name} ${bytes(container.counters[COUNTER[name]])}`),
      heap: heap.flat(),
    });
  }
  return facts;
}

/** Runs a scene under a model and tells how it ends. Throws where the scene is not one, or where it is too fine for its squares. */
export async function factsOf(scene: Scene, model: string): Promise<Facts> {
  const ended = run(scene, model);
  const { scenario, state } = ended;
  const things: ThingFacts[] = [];
  for (const name of scenario.objects.keys()) {
    const object = state.objects.find((candidate) => candidate.name === name);
    const squares = object === undefined ? [] : await squaresOf(ended, object);
    things.push({ name, about: aboutThing(scenario, name, object), squares, uses: usesOf(scenario, name) });
  }
  const in_memory = state.objects.reduce((sum, { resident_page_count }) => sum + resident_page_count, 0) * PAGE_SIZE_BYTES;
  const charged = state.containers.filter(({ parent, path }) => parent === 0 && path !== '.').reduce((sum, { counters }) => sum + counters[COUNTER.current], 0);
  const sum = in_memory === 0 ? [] : [`in memory ${bytes(in_memory)}, charged ${bytes(charged)}`];
  return { containers: await containersOf(ended), things, notes: [...sum, ...ended.refusals] };
}
