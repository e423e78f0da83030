import type { z } from 'zod';
import { nearest } from '../base/nearest.ts';
import { fail, type LabError, ok, type Result } from '../base/result.ts';
import { resolveScenario } from './compile.ts';
import { LIMITS } from './limits.ts';
import {
  containerSchema,
  INTERLEAVED_VERBS,
  type ModelSpec,
  modelNameSchema,
  modelSchema,
  OBJECT_SCHEMAS,
  type ObjectKind,
  type Scenario,
  type ScenarioObject,
  type ScenarioStep,
  scenarioSchema,
  showValue,
  splitProblem,
  taskSchema,
  VERB_SCHEMAS,
  VERBS,
  verbsOf,
  WORKLOAD_SCHEMAS,
} from './schema.ts';
import { type Path, readSource, type Source } from './source.ts';

/** A scenario without errors, and its text for the positions of what is found later. */
export interface ParsedScenario {
  readonly scenario: Scenario;
  readonly source: Source;
}

type Issue = z.core.$ZodIssue;
type Raw = Readonly<Record<string, unknown>>;

const isMapValue = (value: unknown): value is Raw => value !== null && typeof value === 'object' && !Array.isArray(value);

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) at = at !== null && typeof at === 'object' ? (at as Readonly<Record<string | number, unknown>>)[part] : undefined;
  return at;
}

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** `unknown X \`y\`; did you mean \`z\`?`, and the valid spellings as remedy. */
function unknownName(what: string, name: string, candidates: readonly string[]): { readonly message: string; readonly remedy?: string } {
  const meant = nearest(name, candidates);
  const message = `unknown ${what} ${showValue(name)}${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`;
  if (candidates.length === 0) return { message };
  const shown = candidates.slice(0, 40);
  return { message, remedy: `${what}s known here: ${shown.join(', ')}${candidates.length > shown.length ? ' …' : ''}` };
}

/** Words for a value of the wrong type: the schema's own where it has some. */
function typeProblem(issue: Extract<Issue, { readonly code: 'invalid_type' }>, found: unknown): { readonly sentence: string; readonly remedy?: string } {
  const own = splitProblem(issue.message);
  if (own.remedy !== undefined) return own;
  const wanted: Readonly<Record<string, string>> = { object: 'a map', record: 'a map', array: 'a list' };
  const sentence = `${showValue(found)} is not ${wanted[issue.expected] ?? issue.expected}`;
  return found === null && issue.expected === 'object' ? { sentence, remedy: 'write {} for one without keys' } : { sentence };
}

/** Reads a scenario by the schema, part by part: a part with an error never hides an error of another. */
class SchemaReader {
  readonly errors: LabError[] = [];
  private readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }

  private report(code: string, path: Path, part: 'key' | 'value', message: string, remedy?: string): void {
    this.errors.push({ code, message, place: this.source.place(path, part), ...(remedy === undefined ? {} : { remedy }) });
  }

  private reportUnknown(code: string, what: string, path: Path, part: 'key' | 'value', name: string, candidates: readonly string[]): void {
    const { message, remedy } = unknownName(what, name, candidates);
    this.report(code, path, part, message, remedy);
  }

  /** Value by its schema, or undefined after each of its issues became an error. `keys` are the keys the schema knows. */
  private check<Schema extends z.ZodType>(schema: Schema, value: unknown, path: Path, keys: readonly string[]): z.output<Schema> | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.reportIssue(issue, value, path, keys);
    return undefined;
  }

  private reportIssue(issue: Issue, value: unknown, path: Path, keys: readonly string[]): void {
    const inner = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    const at = [...path, ...inner];
    const key = inner.findLast((part) => typeof part === 'string') ?? (typeof path.at(-1) === 'string' ? path.at(-1) : undefined);
    const label = key === undefined ? '' : `\`${key}\`: `;
    const found = valueAt(value, inner);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.reportUnknown('unknown-key', 'key', [...at, key], 'key', key, inner.length === 0 ? keys : this.keysAt(at));
    } else if (found === undefined && inner.length > 0) {
      this.report(
        'missing-key',
        at.slice(0, -1),
        'value',
        `the key \`${String(inner.at(-1))}\` is missing${at.length > 1 ? ` in ${this.holderName(path)}` : ''}`,
      );
    } else if (issue.code === 'invalid_value') {
      const values = issue.values.map(String);
      const meant = nearest(String(found), values);
      this.report(
        'invalid-value',
        at,
        'value',
        `${label}${showValue(found)} is not one of its values${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`,
        `values: ${values.join(', ')}`,
      );
    } else {
      const { sentence, remedy } = issue.code === 'invalid_type' ? typeProblem(issue, found) : splitProblem(issue.message);
      this.report('invalid-value', at, 'value', `${label}${sentence}`, remedy);
    }
  }

  private holderName(path: Path): string {
    const value = valueAt(this.source.value, path);
    const [verb] = path.includes('steps') && isMapValue(value) ? verbsOf(Object.keys(value)) : [];
    const last = path.at(-1);
    return verb !== undefined ? `this \`${verb}\` step` : typeof last === 'string' ? `\`${last}\`` : 'this entry';
  }

  /** Keys of the maps inside entries whose own schema is not at hand. */
  private keysAt(path: Path): readonly string[] {
    if (path.at(-1) === 'costs') return Object.keys(scenarioSchema.shape.machine.unwrap().shape.costs.unwrap().shape);
    return path.at(-2) === 'expect' ? Object.keys(VERB_SCHEMAS.expect.shape.expect.valueType.shape) : [];
  }

  /** Entries of a top-level map, each read on its own. */
  private readMap<T>(
    raw: unknown,
    key: string,
    readEntry: (value: unknown, path: Path) => T | undefined,
    limit: { readonly count: number; readonly what: string },
  ): Map<string, T | null> {
    const entries = new Map<string, T | null>();
    if (raw === undefined) return entries;
    if (!isMapValue(raw)) {
      this.report('invalid-value', [key], 'value', `\`${key}\`: ${showValue(raw)} is not a map`, 'write one entry a line: a name, a colon, and a map');
      return entries;
    }
    const names = Object.keys(raw);
    if (names.length > limit.count)
      this.report('too-many', [key], 'key', `${names.length} ${limit.what} are more than the ${limit.count} that the lab simulates`);
    for (const name of names.slice(0, limit.count)) {
      const path = [key, name];
      const nameSchema = key === 'containers' ? VERB_SCHEMAS.create.shape.create : VERB_SCHEMAS.start.shape.start;
      const named = nameSchema.safeParse(name);
      if (!named.success) {
        const { sentence, remedy } = splitProblem(named.error.issues[0]?.message ?? '');
        this.report('invalid-name', path, 'key', sentence, remedy);
      }
      entries.set(name, readEntry(raw[name], path) ?? null);
    }
    return entries;
  }

  private readObject(raw: unknown, path: Path): ScenarioObject | undefined {
    const kinds = Object.keys(OBJECT_SCHEMAS) as ObjectKind[];
    if (!isMapValue(raw)) {
      this.report('invalid-value', path, 'value', `${showValue(raw)} is not an object`, 'write what it is and its size, as in { file: 8MiB }');
      return undefined;
    }
    const kind = kinds.find((name) => Object.hasOwn(raw, name));
    if (kind === undefined) {
      const key = Object.keys(raw).find((name) => name !== 'charge-to') ?? '';
      this.reportUnknown('unknown-kind', 'object kind', key === '' ? path : [...path, key], 'key', key, kinds);
      return undefined;
    }
    const value = this.check(OBJECT_SCHEMAS[kind], raw, path, Object.keys(OBJECT_SCHEMAS[kind].shape));
    return value === undefined ? undefined : ({ kind, ...value } as ScenarioObject);
  }

  private readModels(raw: unknown): readonly (string | ModelSpec)[] {
    if (!Array.isArray(raw)) return this.check(scenarioSchema.shape.models, raw, ['models'], []) ?? [];
    // The number of models alone: each is read by itself below.
    this.check(
      scenarioSchema.shape.models.unwrap(),
      raw.map(() => 'static'),
      ['models'],
      [],
    );
    return raw.flatMap((model, index): readonly (string | ModelSpec)[] => {
      const path = ['models', index];
      if (isMapValue(model)) {
        const spec = this.check(modelSchema, model, path, Object.keys(modelSchema.shape));
        return spec === undefined ? [] : [spec];
      }
      const name = modelNameSchema.safeParse(model);
      if (name.success) return [name.data];
      this.reportUnknown('unknown-model', 'model', path, 'value', String(model), modelNameSchema.options);
      return [];
    });
  }

  private readSteps(raw: unknown, path: Path, depth: number): readonly ScenarioStep[] {
    return Array.isArray(raw) ? raw.map((step, index) => this.readStep(step, [...path, index], depth)) : [];
  }

  private readStep(raw: unknown, path: Path, depth: number): ScenarioStep {
    if (!isMapValue(raw)) {
      this.report(
        'invalid-value',
        path,
        'value',
        `${showValue(raw)} is not a step`,
        'a step is a map that begins with its verb, as in { read: shared, by: a }',
      );
      return { verb: 'broken', raw: {} };
    }
    const broken: ScenarioStep = { verb: 'broken', raw };
    const keys = Object.keys(raw);
    const [verb, second] = verbsOf(keys);
    if (verb === undefined) {
      const key = keys.find((name) => nearest(name, VERBS) !== undefined) ?? keys[0] ?? '';
      if (key === '') this.report('missing-key', path, 'value', 'the step has no verb', `verbs: ${VERBS.join(', ')}`);
      else this.reportUnknown('unknown-verb', 'verb', [...path, key], 'key', key, VERBS);
      return broken;
    }
    if (second !== undefined) {
      this.report('two-verbs', [...path, second], 'key', `a step has one verb, not two: ${quoted([verb, second])}`, 'make two steps of it');
      return broken;
    }
    if (verb === 'workload') return this.readWorkload(raw, path) ?? broken;
    const schema = VERB_SCHEMAS[verb];
    const value = this.check(schema, raw, path, Object.keys(schema.shape));
    const nested = verb === 'repeat' ? raw.steps : verb === 'together' ? raw.together : undefined;
    if (nested === undefined) return value === undefined ? broken : ({ verb, ...value } as ScenarioStep);
    if (depth >= LIMITS.repeat_depth) {
      this.report('too-deep', path, 'value', `repeats nest more than ${LIMITS.repeat_depth} deep`, 'multiply the counts of inner repeats');
      return broken;
    }
    const steps = this.readSteps(nested, [...path, verb === 'repeat' ? 'steps' : 'together'], depth + 1);
    if (verb === 'repeat') return { verb, repeat: valueOr(value, 'repeat', 1), steps };
    steps.forEach((step, index) => {
      if (step.verb === 'broken' || INTERLEAVED_VERBS.has(step.verb)) return;
      this.report(
        'not-interleaved',
        [...path, 'together', index],
        'value',
        `\`${step.verb}\` cannot stand in \`together\``,
        `what goes page by page can: ${[...INTERLEAVED_VERBS].join(', ')}`,
      );
    });
    return { verb: 'together', together: steps, quantum: valueOr(value, 'quantum', 1) };
  }

  private readWorkload(raw: Raw, path: Path): ScenarioStep | undefined {
    const pattern = raw.workload;
    if (typeof pattern !== 'string' || !Object.hasOwn(WORKLOAD_SCHEMAS, pattern)) {
      this.reportUnknown(
        'unknown-workload',
        'workload',
        [...path, 'workload'],
        'value',
        isMapValue(pattern) ? showValue(pattern) : String(pattern),
        Object.keys(WORKLOAD_SCHEMAS),
      );
      return undefined;
    }
    const schema = WORKLOAD_SCHEMAS[pattern as keyof typeof WORKLOAD_SCHEMAS];
    const value = this.check(schema, raw, path, Object.keys(schema.shape));
    return value === undefined ? undefined : ({ verb: 'workload', ...value } as ScenarioStep);
  }

  readScenario(raw: Raw): Scenario {
    const shape = scenarioSchema.shape;
    for (const key of Object.keys(raw)) {
      if (!Object.hasOwn(shape, key)) this.reportUnknown('unknown-key', 'key', [key], 'key', key, Object.keys(shape));
    }
    for (const key of ['name', 'steps']) {
      if (raw[key] === undefined)
        this.report(
          'missing-key',
          [],
          'value',
          `the key \`${key}\` is missing`,
          key === 'steps' ? 'a scenario is a list of steps' : 'give the scenario a title',
        );
    }
    const machine_keys = Object.keys(shape.machine.unwrap().shape);
    const scenario: Scenario = {
      memledger: 1,
      name: raw.name === undefined ? '' : (this.check(shape.name, raw.name, ['name'], []) ?? ''),
      about: this.check(shape.about, raw.about, ['about'], []) ?? '',
      seed: this.check(shape.seed, raw.seed, ['seed'], []) ?? 1,
      machine: this.check(shape.machine, raw.machine, ['machine'], machine_keys) ?? shape.machine.parse({}),
      containers: this.readMap(raw.containers, 'containers', (value, path) => this.check(containerSchema, value, path, Object.keys(containerSchema.shape)), {
        count: LIMITS.container_count,
        what: 'containers',
      }),
      objects: this.readMap(raw.objects, 'objects', (value, path) => this.readObject(value, path), { count: LIMITS.object_count, what: 'objects' }),
      tasks: this.readMap(raw.tasks, 'tasks', (value, path) => this.check(taskSchema, value, path, Object.keys(taskSchema.shape)), {
        count: LIMITS.task_count,
        what: 'tasks',
      }),
      steps: raw.steps === undefined || this.check(shape.steps, raw.steps, ['steps'], []) === undefined ? [] : this.readSteps(raw.steps, ['steps'], 0),
      models: this.readModels(raw.models),
    };
    return scenario;
  }
}

function valueOr(value: unknown, key: string, otherwise: number): number {
  const found = isMapValue(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : otherwise;
}

/** Sentence for a first key that is not `memledger: 1`, or undefined. */
function versionError(raw: Raw, source: Source): LabError | undefined {
  const version = raw.memledger;
  if (version === 1) return undefined;
  const place = source.place(['memledger']);
  if (version === undefined) {
    return {
      code: 'missing-key',
      message: 'this is not a scenario: the key `memledger` is missing',
      place: source.place([]),
      remedy: 'begin the file with `memledger: 1`',
    };
  }
  if (typeof version === 'number' && version > 1) {
    return {
      code: 'newer-version',
      message: `the scenario was made by a newer version of the lab: its format is ${version}, and this lab reads 1`,
      place,
      remedy: 'update the lab',
    };
  }
  return { code: 'wrong-version', message: `the format version ${showValue(version)} does not exist`, place, remedy: 'begin the file with `memledger: 1`' };
}

function inOrder(errors: readonly LabError[]): readonly LabError[] {
  const seen = new Set<string>();
  const unique = errors.filter(({ message, place }) => {
    const key = `${place?.line}:${place?.column}:${message}`;
    return !seen.has(key) && seen.add(key);
  });
  const sorted = unique.sort((one, other) => (one.place?.line ?? 0) - (other.place?.line ?? 0) || (one.place?.column ?? 0) - (other.place?.column ?? 0));
  if (sorted.length <= LIMITS.error_count) return sorted;
  const rest: LabError = {
    code: 'more-errors',
    message: `and ${sorted.length - LIMITS.error_count} more errors`,
    remedy: 'mend the first ones and look again',
  };
  return [...sorted.slice(0, LIMITS.error_count), rest];
}

/**
 * Reads a scenario. Fails with every error of the text at once, in order of their places: of the YAML, of keys and values, and of names.
 * `file` is named in the places. What a trace file holds is not looked at; compileScenario does that.
 */
export function parseScenario(text: string, { file }: { readonly file?: string } = {}): Result<ParsedScenario> {
  const source = readSource(text, file);
  if (source.broken_line === 0) return fail(...source.errors);
  if (!isMapValue(source.value)) {
    if (source.errors.length > 0) return fail(...inOrder(source.errors));
    const message = text.trim() === '' ? 'the scenario is empty' : 'this is not a scenario: a scenario is a map of keys';
    return fail({ code: 'not-a-scenario', message, place: source.place([]), remedy: 'begin the file with `memledger: 1`' });
  }
  const version = versionError(source.value, source);
  if (version?.code === 'newer-version') return fail(version);
  const reader = new SchemaReader(source);
  const scenario = reader.readScenario(source.value);
  const { errors } = resolveScenario({ scenario, source });
  const found = [...(version === undefined ? [] : [version]), ...reader.errors, ...errors];
  // What stands after a break in the YAML's structure may mean anything, and what is missing may have been lost with it.
  const stands = ({ code, place }: LabError): boolean => code !== 'missing-key' && place?.text !== '' && (place?.line ?? 0) < source.broken_line;
  const sound = source.broken_line === Number.POSITIVE_INFINITY ? found : found.filter(stands);
  const all = [...source.errors, ...sound];
  return all.length === 0 ? ok({ scenario, source }) : fail(...inOrder(all));
}
