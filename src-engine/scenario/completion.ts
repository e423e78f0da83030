import { z } from 'zod';
import {
  expectedCountersSchema,
  MODEL_NAMES,
  modelId,
  modelSchema,
  NAME_KINDS,
  type NameKind,
  OBJECT_SCHEMAS,
  scenarioSchema,
  stepSchema,
  VERB_SCHEMAS,
  VERBS,
  verbsOf,
  WORKLOAD_SCHEMAS,
} from './schema.ts';
import { isMapValue, type Raw } from './schema-reader.ts';
import { type Path, readSource } from './source.ts';

export interface CompletionOption {
  readonly label: string;
  /** What it is, in a word or two. */
  readonly detail: string;
  /** What it means. */
  readonly info: string;
  /** What is written for it, where that is more than the label: a key with its colon, and braces where it stands in none. */
  readonly insert?: string;
  /** Where the cursor stands in `insert` then, for the value to be written. */
  readonly insert_cursor?: number;
}

/** What may stand at a place of a text: options for the word that begins at `from` (offset in UTF-16 units). */
export interface CompletionList {
  readonly from: number;
  readonly options: readonly CompletionOption[];
}

/** Stands for the word at the cursor while the text is read; no scenario has it. */
const CURSOR = 'cursor0here0';
const WORD_BEFORE = /[A-Za-z0-9_.@/-]*$/;
const WORD_AFTER = /^[A-Za-z0-9_.@/-]*/;

interface CursorPlace {
  /** Way to the value that is the cursor's word, or to the map in which it is a key. */
  readonly path: Path;
  readonly is_key: boolean;
}

function findCursor(value: unknown, path: Path): CursorPlace | undefined {
  if (value === CURSOR) return { path, is_key: false };
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findCursor(item, [...path, index]);
      if (found !== undefined) return found;
    }
  } else if (isMapValue(value)) {
    for (const [key, item] of Object.entries(value)) {
      const found = key === CURSOR ? { path, is_key: true } : findCursor(item, [...path, key]);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The schema inside `optional`, defaults and transformations. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) return NAME_KINDS.has(schema as z.ZodType) ? schema : unwrap(schema.unwrap());
  return schema;
}

/** The schema of a value: of a step by its verb, of an object by its kind, of a workload by its pattern; without those, undefined. */
export function schemaOf(schema: z.core.$ZodType, value: unknown): z.core.$ZodType | undefined {
  const inner = unwrap(schema);
  if (!isMapValue(value)) return inner;
  if (inner === stepSchema) {
    const [verb] = verbsOf(Object.keys(value));
    return verb === undefined ? undefined : schemaOf(VERB_SCHEMAS[verb], value);
  }
  if (inner instanceof z.ZodDiscriminatedUnion) {
    const pattern = value.workload;
    return Object.entries(WORKLOAD_SCHEMAS).find(([name]) => name === pattern)?.[1] ?? WORKLOAD_SCHEMAS.uniform;
  }
  if (inner instanceof z.ZodUnion) {
    if (inner.options.includes(modelSchema)) return modelSchema;
    return Object.entries(OBJECT_SCHEMAS).find(([kind]) => Object.hasOwn(value, kind))?.[1];
  }
  return inner;
}

/** The schema of a part of a value: of a map's key, or of a list's elements. */
export function childSchema(schema: z.core.$ZodType | undefined, part: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape).find(([key]) => key === part)?.[1];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

/** What a key, verb or value means: the words of the reference page. */
export const describe = (schema: z.core.$ZodType): string => {
  const { description = '' } = z.globalRegistry.get(schema) ?? {};
  return description;
};

/** `size`, `name of a task`, `true or false`. */
export function kindOf(schema: z.core.$ZodType): string {
  const inner = unwrap(schema);
  const named = NAME_KINDS.get(inner as z.ZodType);
  if (named !== undefined) return named.kind;
  const { title } = z.globalRegistry.get(inner) ?? {};
  if (typeof title === 'string') return title.replace(/^an? /, '');
  if (inner instanceof z.ZodBoolean) return 'true or false';
  if (inner instanceof z.ZodNumber) return 'number';
  if (inner instanceof z.ZodString) return 'text';
  return inner instanceof z.ZodArray ? 'list' : inner instanceof z.ZodEnum || inner instanceof z.ZodLiteral ? 'word' : 'map';
}

/** A name as far as it is one. */
const wordOf = (value: unknown): string => (typeof value === 'string' && value !== CURSOR ? value : '?');

/** Names that a text declares, wherever; completion offers them before and after. */
export function declaredNames(root: Raw): Readonly<Record<NameKind, ReadonlyMap<string, string>>> {
  const names = {
    container: new Map([['.', 'the root']]),
    object: new Map<string, string>(),
    task: new Map<string, string>(),
    area: new Map<string, string>(),
    pin: new Map<string, string>(),
    peak: new Map<string, string>(),
    sample: new Map<string, string>(),
  };
  const keysOf = (key: string): Raw => (isMapValue(root[key]) ? root[key] : {});
  const addContainer = (path: string): void => {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) names.container.set(path.slice(0, end), '');
    names.container.set(path, '');
  };
  for (const path of Object.keys(keysOf('containers'))) addContainer(path);
  for (const [name, object] of Object.entries(keysOf('objects'))) names.object.set(name, isMapValue(object) ? (Object.keys(object)[0] ?? '') : '');
  for (const [name, task] of Object.entries(keysOf('tasks'))) names.task.set(name, isMapValue(task) ? `in ${wordOf(task.in)}` : '');
  const walk = (steps: unknown): void => {
    if (!Array.isArray(steps)) return;
    for (const step of steps.filter(isMapValue)) {
      const add = (kind: Exclude<keyof typeof names, 'container'>, key: string, detail: string): void => {
        if (typeof step[key] === 'string') names[kind].set(step[key], detail);
      };
      if (typeof step.create === 'string') addContainer(step.create);
      add('task', 'start', `in ${wordOf(step.in)}`);
      add('area', 'alloc', `of ${wordOf(step.by)}`);
      if ('fork' in step) add('task', 'as', `child of ${wordOf(step.fork)}`);
      if ('map' in step) add('area', 'as', `of ${wordOf(step.by)}`);
      add('pin', 'via', 'pin');
      add('peak', 'open-peak', `memory.peak of ${wordOf(step.of)}`);
      add('sample', 'sample', '');
      walk(step.steps);
      walk(step.together);
    }
  };
  walk(root.steps);
  const models = new Map([...MODEL_NAMES.map((name): [string, string] => [name, 'preset'])]);
  const listed = scenarioSchema.shape.models.safeParse(root.models);
  for (const model of listed.success ? listed.data : []) if (typeof model !== 'string') models.set(modelId(model), 'model of this scenario');
  for (const kind of [names.container, names.object, names.task, names.area, names.pin, names.sample]) kind.delete(CURSOR);
  return { ...names, 'area or object': new Map([...names.object, ...names.area]), model: models };
}

/** Where keys stand: at the head of the file, in a map, or where a map is to be written. */
type KeyPlace = 'head' | 'map' | 'value';

/** How each key of the file is gone on with; `|` is the cursor. A text and a number stand on its line. */
const HEADS: Readonly<Record<string, string>> = {
  memledger: ' 1|',
  machine: ' { | }',
  containers: '\n  |',
  objects: '\n  |',
  tasks: '\n  |',
  attack: ' { | }',
  steps: '\n  - |',
  models: ' [|]',
};

/** Options as keys with what is written for them. Nothing is added where the colon is there already. */
function asKeys(options: readonly CompletionOption[], place: KeyPlace, after: string): readonly CompletionOption[] {
  if (/^[ \t]*:/.test(after)) return options;
  return options.map((option) => {
    const written = place === 'value' ? `{ ${option.label}: | }` : `${option.label}:${(place === 'head' ? HEADS[option.label] : undefined) ?? ' |'}`;
    return { ...option, insert: written.replace('|', ''), insert_cursor: written.indexOf('|') };
  });
}

function keyOptions(schema: z.core.$ZodType | undefined, present: readonly string[]): readonly CompletionOption[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([key, value]) => (present.includes(key) ? [] : [{ label: key, detail: kindOf(value), info: describe(value) }]));
}

const verbOptions = (): readonly CompletionOption[] => VERBS.map((verb) => ({ label: verb, detail: 'verb', info: describe(VERB_SCHEMAS[verb]) }));
const objectKindOptions = (): readonly CompletionOption[] =>
  Object.entries(OBJECT_SCHEMAS).map(([kind, schema]) => ({ label: kind, detail: 'object', info: describe(schema) }));

/**
 * What may stand at an offset of a scenario's text: keys, verbs, values, and names that the text declares. Null where nothing is known.
 * The text need not be whole: what can be read of it counts.
 */
export function completionsAt(text: string, offset: number): CompletionList | null {
  const from = offset - (WORD_BEFORE.exec(text.slice(Math.max(0, offset - 256), offset))?.[0].length ?? 0);
  const to = offset + (WORD_AFTER.exec(text.slice(offset, offset + 256))?.[0].length ?? 0);
  const root = readSource(text.slice(0, from) + CURSOR + text.slice(to)).value;
  const cursor = findCursor(root, []);
  const after = text.slice(to, to + 8);
  const keys = (options: readonly CompletionOption[], place: KeyPlace): CompletionList => ({ from, options: asKeys(options, place, after) });
  if (root === CURSOR) return keys(keyOptions(scenarioSchema, []), 'head');
  if (cursor === undefined || !isMapValue(root)) return null;

  const names = declaredNames(root);
  const fromNames = (kind: NameKind): readonly CompletionOption[] => [...names[kind]].map(([label, info]) => ({ label, detail: kind, info }));

  let value: unknown = root;
  let schema: z.core.$ZodType | undefined = scenarioSchema;
  for (const part of cursor.path) {
    const child: z.core.$ZodType | undefined = childSchema(schema, part);
    if (!isMapValue(value) && !Array.isArray(value)) return null;
    value = (value as Readonly<Record<string | number, unknown>>)[part];
    schema = child === undefined ? undefined : schemaOf(child, value);
    if (child !== undefined && schema === undefined && part !== cursor.path.at(-1)) return null;
  }
  const in_steps = cursor.path.some((part) => part === 'steps' || part === 'together') && typeof cursor.path.at(-1) === 'number';
  const list_holder = cursor.path.at(-2);
  const is_step = in_steps && (list_holder === 'steps' || list_holder === 'together');

  if (cursor.is_key) {
    const present = isMapValue(value) ? Object.keys(value) : [];
    if (cursor.path.at(-1) === 'expect') return keys(fromNames('container'), 'map');
    if (cursor.path.at(-1) === 'smemcg')
      return keys(
        fromNames('object').filter(({ label }) => !present.includes(label)),
        'map',
      );
    if (cursor.path.length === 1 && cursor.path[0] === 'containers') {
      return keys(
        fromNames('container').filter(({ label }) => label !== '.' && !present.includes(label)),
        'map',
      );
    }
    if (schema !== undefined) return keys(keyOptions(schema, present), cursor.path.length === 0 ? 'head' : 'map');
    if (is_step) return keys(verbOptions(), 'map');
    return keys(cursor.path[0] === 'objects' ? objectKindOptions() : [], 'map');
  }
  if (is_step) return keys(verbOptions(), 'value');
  if (schema === undefined) return null;
  const values = valueOptions(schema, cursor.path, fromNames);
  return values.length > 0 ? { from, options: values } : keys(mapOptions(schema, cursor.path), 'value');
}

/** Keys of the map that is to be written as a value. */
function mapOptions(schema: z.core.$ZodType, path: Path): readonly CompletionOption[] {
  if (path[0] === 'objects' && path.length === 2) return objectKindOptions();
  if (path.at(-2) === 'expect') return keyOptions(expectedCountersSchema, []);
  return keyOptions(schema, []);
}

function valueOptions(schema: z.core.$ZodType, path: Path, fromNames: (kind: NameKind) => readonly CompletionOption[]): readonly CompletionOption[] {
  const named = NAME_KINDS.get(schema as z.ZodType);
  if (named !== undefined) return named.declares ? [] : fromNames(named.kind);
  if (path.at(-1) === 'under' || path.at(-2) === 'under' || (path.at(-2) === 'models' && path.length === 2)) return fromNames('model');
  if (path.at(-1) === 'workload') return Object.entries(WORKLOAD_SCHEMAS).map(([label, pattern]) => ({ label, detail: 'pattern', info: describe(pattern) }));
  if (schema instanceof z.ZodEnum) return schema.options.map((value) => ({ label: String(value), detail: 'value', info: '' }));
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => ({ label: String(value), detail: 'value', info: describe(schema) }));
  if (schema instanceof z.ZodBoolean) return ['true', 'false'].map((label) => ({ label, detail: 'value', info: '' }));
  return path.at(-1) === 'expect' ? fromNames('container') : [];
}
