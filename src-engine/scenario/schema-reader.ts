import type { z } from 'zod';
import { nearest, tryInstead } from '../base/nearest.ts';
import { COUNTER_NAMES, counterCalled, counterLabel } from '../record/counter-names.ts';
import { COUNTERS, type CounterSpec } from '../record/counters.ts';
import { type Findings, SPELLING, showValue } from './findings.ts';
import { LIMITS } from './limits.ts';
import {
  attackSchema,
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
  splitProblem,
  taskSchema,
  VERB_SCHEMAS,
  VERBS,
  verbsOf,
  WORKLOAD_SCHEMAS,
} from './schema.ts';
import type { Path } from './source.ts';

type Issue = z.core.$ZodIssue;
/** A map of the file as it was read. */
export type Raw = Readonly<Record<string, unknown>>;

export const isMapValue = (value: unknown): value is Raw => value !== null && typeof value === 'object' && !Array.isArray(value);

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) at = at !== null && typeof at === 'object' ? (at as Readonly<Record<string | number, unknown>>)[part] : undefined;
  return at;
}

/** Words for a value of the wrong type: the schema's own where it has some. */
function typeProblem(issue: Extract<Issue, { readonly code: 'invalid_type' }>, found: unknown): { readonly sentence: string; readonly remedy?: string } {
  const own = splitProblem(issue.message);
  if (own.remedy !== undefined) return own;
  const wanted: Readonly<Record<string, string>> = { object: 'a map', record: 'a map', array: 'a list' };
  const sentence = `${showValue(found)} is not ${wanted[issue.expected] ?? issue.expected}`;
  return found === null && issue.expected === 'object' ? { sentence, remedy: 'write {} for one without keys' } : { sentence };
}

/** Keys of the maps that lie inside a part of the file with a schema of its own. */
function innerKeys(path: Path): readonly string[] {
  if (path.at(-1) === 'costs') return Object.keys(scenarioSchema.shape.machine.unwrap().shape.costs.unwrap().shape);
  return path.at(-2) === 'expect' ? Object.keys(VERB_SCHEMAS.expect.shape.expect.valueType.shape) : [];
}

/** Each counter by the name that the reference has for it. */
const COUNTER_LABELS: readonly string[] = COUNTERS.map(counterLabel);

const BROKEN: ScenarioStep = { verb: 'broken', raw: {} };
const listed = (names: Iterable<string>): string => [...names].join(', ');

/** Reads a scenario by the schema, part by part and step by step: a part with an error never hides an error of another. */
export class SchemaReader {
  private readonly root: Raw;
  private readonly findings: Findings;

  constructor(root: Raw, findings: Findings) {
    this.root = root;
    this.findings = findings;
  }

  read(): Scenario {
    const { shape } = scenarioSchema;
    const { root } = this;
    for (const key of Object.keys(root)) {
      if (!Object.hasOwn(shape, key)) this.reportKey([key], key, Object.keys(shape));
    }
    if (root.name === undefined) this.findings.report('missing-key', [], 'the key `name` is missing', 'give the scenario a title');
    if (root.steps === undefined) this.findings.report('missing-key', [], 'the key `steps` is missing', 'a scenario is a list of steps');
    return {
      memledger: 1,
      name: root.name === undefined ? '' : (this.check(shape.name, root.name, ['name'], []) ?? ''),
      about: this.check(shape.about, root.about, ['about'], []) ?? '',
      seed: this.check(shape.seed, root.seed, ['seed'], []) ?? 1,
      machine: this.check(shape.machine, root.machine, ['machine'], Object.keys(shape.machine.unwrap().shape)) ?? shape.machine.parse({}),
      containers: this.readMap('containers', LIMITS.container_count, (value, path) =>
        this.check(containerSchema, value, path, Object.keys(containerSchema.shape)),
      ),
      objects: this.readMap('objects', LIMITS.object_count, (value, path) => this.readObject(value, path)),
      tasks: this.readMap('tasks', LIMITS.task_count, (value, path) => this.check(taskSchema, value, path, Object.keys(taskSchema.shape))),
      ...this.readAttack(),
      steps: root.steps === undefined || this.check(shape.steps, root.steps, ['steps'], []) === undefined ? [] : this.readSteps(root.steps, ['steps'], 0),
      models: this.readModels(),
    };
  }

  /** Value by its schema, or undefined after each of its issues became a finding. `keys` are the keys the schema knows. */
  private check<Schema extends z.ZodType>(schema: Schema, value: unknown, path: Path, keys: readonly string[]): z.output<Schema> | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.reportIssue(issue, value, path, keys);
    return undefined;
  }

  private reportIssue(issue: Issue, value: unknown, path: Path, keys: readonly string[]): void {
    const inner = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    const at = [...path, ...inner];
    const found = valueAt(value, inner);
    const key = inner.findLast((part) => typeof part === 'string') ?? (typeof path.at(-1) === 'string' ? path.at(-1) : undefined);
    const label = key === undefined ? '' : `\`${key}\`: `;
    if (issue.code === 'unrecognized_keys') {
      for (const unknown of issue.keys) this.reportKey([...at, unknown], unknown, inner.length === 0 ? keys : innerKeys(at));
    } else if (found === undefined && inner.length > 0) {
      this.findings.report('missing-key', at.slice(0, -1), `the key \`${String(inner.at(-1))}\` is missing in ${this.holderName(path)}`);
    } else if (issue.code === 'invalid_value') {
      const values = issue.values.map(String);
      const meant = typeof found === 'object' ? undefined : nearest(String(found), values);
      const message = `${label}${showValue(found)} is not one of its values${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`;
      this.findings.report('invalid-value', at, message, meant === undefined ? `values: ${listed(values)}` : SPELLING);
    } else {
      const { sentence, remedy } = issue.code === 'invalid_type' ? typeProblem(issue, found) : splitProblem(issue.message);
      this.findings.report('invalid-value', at, `${label}${sentence}`, remedy);
    }
  }

  private reportKey(path: Path, key: string, keys: readonly string[]): void {
    // A counter has other names elsewhere: in SQL, in the kernel with its file before it.
    const elsewhere = (): CounterSpec | undefined => (nearest(key, keys) === undefined ? counterCalled(nearest(key, COUNTER_NAMES) ?? '') : undefined);
    const is_counter = path.at(-3) === 'expect';
    const counter = is_counter ? (counterCalled(key) ?? elsewhere()) : undefined;
    const valid = is_counter ? tryInstead(key, COUNTER_LABELS, 'the reference (“Counters in expect”)') : `keys known here: ${listed(keys)}`;
    this.findings.reportUnknown('key', key, path, keys, { valid }, 'key', counter && counterLabel(counter));
  }

  /** `this \`read\` step`, or the name of the entry. */
  private holderName(path: Path): string {
    const value = valueAt(this.root, path);
    const [verb] = path[0] === 'steps' && isMapValue(value) ? verbsOf(Object.keys(value)) : [];
    const last = path.at(-1);
    return verb !== undefined ? `this \`${verb}\` step` : typeof last === 'string' ? `\`${last}\`` : 'this entry';
  }

  /** Entries of a top-level map, each read on its own; null where one has an error. */
  private readMap<T>(
    key: 'containers' | 'objects' | 'tasks',
    count_max: number,
    readEntry: (value: unknown, path: Path) => T | undefined,
  ): Map<string, T | null> {
    const entries = new Map<string, T | null>();
    const raw = this.root[key];
    if (raw === undefined) return entries;
    if (!isMapValue(raw)) {
      this.findings.report('invalid-value', [key], `\`${key}\`: ${showValue(raw)} is not a map`, 'write one entry a line: a name, a colon, and a map');
      return entries;
    }
    const names = Object.keys(raw);
    if (names.length > count_max) {
      this.findings.report('too-many', [key], `${names.length} ${key} are more than the ${count_max} that the lab simulates`, 'declare fewer', 'key');
    }
    const nameSchema = key === 'containers' ? VERB_SCHEMAS.create.shape.create : VERB_SCHEMAS.start.shape.start;
    for (const name of names.slice(0, count_max)) {
      const path = [key, name];
      const named = nameSchema.safeParse(name);
      if (!named.success) {
        const { sentence, remedy } = splitProblem(named.error.issues[0]?.message ?? '');
        this.findings.report('invalid-name', path, sentence, remedy, 'key');
      }
      entries.set(name, readEntry(raw[name], path) ?? null);
    }
    return entries;
  }

  private readAttack(): Pick<Scenario, 'attack'> {
    if (this.root.attack === undefined) return {};
    const attack = this.check(attackSchema, this.root.attack, ['attack'], Object.keys(attackSchema.shape));
    return attack === undefined ? {} : { attack };
  }

  private readObject(raw: unknown, path: Path): ScenarioObject | undefined {
    const kinds = Object.keys(OBJECT_SCHEMAS) as ObjectKind[];
    if (!isMapValue(raw)) {
      this.findings.report('invalid-value', path, `${showValue(raw)} is not an object`, 'write what it is and its size, as in { file: 8MiB }');
      return undefined;
    }
    const kind = kinds.find((name) => Object.hasOwn(raw, name));
    if (kind === undefined) {
      const key = Object.keys(raw).find((name) => name !== 'charge-to');
      if (key === undefined) this.findings.report('missing-key', path, 'the object has no kind', `kinds: ${listed(kinds)}`);
      else this.findings.reportUnknown('object kind', key, [...path, key], kinds, { valid: `kinds: ${listed(kinds)}` }, 'key');
      return undefined;
    }
    const value = this.check(OBJECT_SCHEMAS[kind], raw, path, Object.keys(OBJECT_SCHEMAS[kind].shape));
    return value === undefined ? undefined : ({ kind, ...value } as ScenarioObject);
  }

  private readModels(): readonly (string | ModelSpec)[] {
    const schema = scenarioSchema.shape.models;
    const raw = this.root.models;
    if (!Array.isArray(raw)) return this.check(schema, raw, ['models'], []) ?? [];
    // Here the number of models alone: each is read by itself below.
    const stand_ins = raw.map(() => modelNameSchema.options[0]);
    this.check(schema.unwrap(), stand_ins, ['models'], []);
    return raw.flatMap((model, index): readonly (string | ModelSpec)[] => {
      const path = ['models', index];
      if (isMapValue(model)) {
        const spec = this.check(modelSchema, model, path, Object.keys(modelSchema.shape));
        return spec === undefined ? [] : [spec];
      }
      const name = modelNameSchema.safeParse(model);
      if (name.success) return [name.data];
      this.findings.reportUnknown('model', model, path, modelNameSchema.options, { valid: `models: ${listed(modelNameSchema.options)}` });
      return [];
    });
  }

  private readSteps(raw: unknown, path: Path, depth: number): readonly ScenarioStep[] {
    return Array.isArray(raw) ? raw.map((step, index) => this.readStep(step, [...path, index], depth)) : [];
  }

  private readStep(raw: unknown, path: Path, depth: number): ScenarioStep {
    if (!isMapValue(raw)) {
      this.findings.report(
        'invalid-value',
        path,
        `${showValue(raw)} is not a step`,
        'a step is a map that begins with its verb, as in { read: shared, by: a }',
      );
      return BROKEN;
    }
    const broken: ScenarioStep = { verb: 'broken', raw };
    const keys = Object.keys(raw);
    const [verb, second] = verbsOf(keys);
    if (verb === undefined) {
      const key = keys.find((name) => nearest(name, VERBS) !== undefined) ?? keys[0];
      if (key === undefined) this.findings.report('missing-key', path, 'the step has no verb', `verbs: ${listed(VERBS)}`);
      else this.findings.reportUnknown('verb', key, [...path, key], VERBS, { valid: `verbs: ${listed(VERBS)}` }, 'key');
      return broken;
    }
    if (second !== undefined) {
      this.findings.report('two-verbs', [...path, second], `a step has one verb, not two: \`${verb}\`, \`${second}\``, 'make two steps of it', 'key');
      return broken;
    }
    if (verb === 'workload') return this.readWorkload(raw, path) ?? broken;
    if (verb === 'repeat' || verb === 'together') return this.readNested(verb, raw, path, depth);
    const schema = VERB_SCHEMAS[verb];
    const value = this.check(schema, raw, path, Object.keys(schema.shape));
    return value === undefined ? broken : ({ verb, ...value } as ScenarioStep);
  }

  private readNested(verb: 'repeat' | 'together', raw: Raw, path: Path, depth: number): ScenarioStep {
    if (depth >= LIMITS.repeat_depth) {
      this.findings.report('too-deep', path, `repeats nest more than ${LIMITS.repeat_depth} deep`, 'multiply the counts of inner repeats');
      return BROKEN;
    }
    if (verb === 'repeat') {
      const schema = VERB_SCHEMAS.repeat;
      const value = this.check(schema, raw, path, Object.keys(schema.shape));
      return { verb, repeat: value?.repeat ?? 1, steps: this.readSteps(raw.steps, [...path, 'steps'], depth + 1) };
    }
    const schema = VERB_SCHEMAS.together;
    const value = this.check(schema, raw, path, Object.keys(schema.shape));
    const steps = this.readSteps(raw.together, [...path, 'together'], depth + 1);
    for (const [index, step] of steps.entries()) {
      if (step.verb === 'broken' || INTERLEAVED_VERBS.has(step.verb)) continue;
      const at = [...path, 'together', index];
      this.findings.report(
        'not-interleaved',
        at,
        `\`${step.verb}\` cannot stand in \`together\``,
        `what goes page by page, or segment by segment, can: ${listed(INTERLEAVED_VERBS)}`,
      );
    }
    return { verb, together: steps, quantum: value?.quantum ?? 1 };
  }

  private readWorkload(raw: Raw, path: Path): ScenarioStep | undefined {
    const pattern = raw.workload;
    if (typeof pattern !== 'string' || !Object.hasOwn(WORKLOAD_SCHEMAS, pattern)) {
      const patterns = Object.keys(WORKLOAD_SCHEMAS);
      this.findings.reportUnknown('workload', pattern, [...path, 'workload'], patterns, { valid: `workloads: ${listed(patterns)}` });
      return undefined;
    }
    const schema = WORKLOAD_SCHEMAS[pattern as keyof typeof WORKLOAD_SCHEMAS];
    const value = this.check(schema, raw, path, Object.keys(schema.shape));
    return value === undefined ? undefined : ({ verb: 'workload', ...value } as ScenarioStep);
  }
}
