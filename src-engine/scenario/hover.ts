import { isMap, isScalar, isSeq, type Node, parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { childSchema, declaredNames, describe, kindOf, schemaOf } from './completion.ts';
import { PRESETS } from './presets.ts';
import { NAME_KINDS, OBJECT_SCHEMAS, scenarioSchema, stepSchema, VERB_SCHEMAS, verbsOf, WORKLOAD_SCHEMAS } from './schema.ts';
import { isMapValue } from './schema-reader.ts';
import { type Path, readSource } from './source.ts';
import { SIZE_PATTERN, sizeBytes } from './units.ts';

/** What is told of the word at a place of a text, in the words of the reference page. */
export interface HoverHelp {
  /** The word, as offsets in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly word: string;
  /** What it is: `verb`, `size`, `name of a task`. */
  readonly kind: string;
  readonly text: string;
  /** What holds where the key is left out; empty for nothing. */
  readonly default: string;
  /** How it is written. */
  readonly example: string;
}

interface Place {
  readonly node: Node;
  /** Way to the value, or to the map in which the word is a key. */
  readonly path: Path;
  readonly is_key: boolean;
}

const holds = (node: unknown, offset: number): node is Node =>
  node !== null &&
  typeof node === 'object' &&
  'range' in node &&
  Array.isArray(node.range) &&
  offset >= Number(node.range[0]) &&
  offset <= Number(node.range[1]);

/** The scalar at an offset, and the way to it. */
function placeAt(node: unknown, path: Path, offset: number): Place | undefined {
  if (isScalar(node)) return holds(node, offset) ? { node, path, is_key: false } : undefined;
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const inner: Path = [...path, String(key.value)];
      if (holds(key, offset)) return { node: key, path: inner, is_key: true };
      const found = placeAt(value, inner, offset);
      if (found !== undefined) return found;
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const found = placeAt(item, [...path, index], offset);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The schema that a path leads to, and that of the map in which its last part stands. */
function schemasAt(
  root: unknown,
  path: Path,
): { readonly own: z.core.$ZodType | undefined; readonly holder: z.core.$ZodType | undefined; readonly value: unknown } {
  let own: z.core.$ZodType | undefined = scenarioSchema;
  let holder: z.core.$ZodType | undefined;
  let value: unknown = root;
  for (const part of path) {
    holder = own === undefined ? undefined : schemaOf(own, value);
    own = childSchema(holder, part);
    value = isMapValue(value) || Array.isArray(value) ? (value as Readonly<Record<string | number, unknown>>)[part] : undefined;
  }
  return { own, holder, value };
}

const isStep = (root: unknown, path: Path): boolean =>
  typeof path.at(-1) === 'number' && ['steps', 'together'].includes(String(path.at(-2))) && isMapValue(root);
const written = (value: unknown): string => stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();

function exampleOf(schema: z.core.$ZodType | undefined): string {
  const examples = schema === undefined ? undefined : z.globalRegistry.get(schema)?.examples;
  return Array.isArray(examples) && examples.length > 0 ? written(examples[0]) : '';
}

function defaultOf(schema: z.core.$ZodType): string {
  if (!(schema instanceof z.ZodPrefault)) return '';
  const value: unknown = schema.def.defaultValue;
  const text = written(value);
  return ['""', '{}', '[]', ''].includes(text) ? '' : text;
}

type Told = Omit<HoverHelp, 'from' | 'to' | 'word'>;
const told = (kind: string, text: string, more: Partial<Told> = {}): Told => ({ kind, text, default: '', example: '', ...more });

function ofKey(root: unknown, path: Path, word: string): Told | undefined {
  const above = path.slice(0, -1);
  const { value } = schemasAt(root, above);
  if (isStep(root, above) && isMapValue(value)) {
    const [verb] = verbsOf(Object.keys(value));
    if (verb === word) return told('verb', describe(VERB_SCHEMAS[verb]), { example: exampleOf(VERB_SCHEMAS[verb]) });
  }
  if (above[0] === 'objects' && above.length === 2) {
    const object = Object.entries(OBJECT_SCHEMAS).find(([kind]) => kind === word)?.[1];
    if (object !== undefined) return told('object', describe(object), { example: exampleOf(object) });
  }
  const { own, holder } = schemasAt(root, path);
  if (own === undefined) return undefined;
  // Names that the scenario gives, to the left of the colon.
  if (holder instanceof z.ZodRecord) return told(`name in \`${String(above.at(-1))}\``, describe(schemaOf(own, schemasAt(root, path).value) ?? own));
  return told(kindOf(own), describe(own) || describe(schemaOf(own, undefined) ?? own), { default: defaultOf(own), example: exampleOf(own) });
}

function ofValue(root: unknown, path: Path, word: string): Told | undefined {
  const { own } = schemasAt(root, path);
  const preset = PRESETS.find(({ id }) => id === word);
  if (preset !== undefined && (path[0] === 'models' || path.includes('under'))) return told('model', `${preset.title}. ${preset.summary}`);
  const pattern = Object.entries(WORKLOAD_SCHEMAS).find(([name]) => name === word)?.[1];
  if (pattern !== undefined && path.at(-1) === 'workload') return told('pattern', describe(pattern), { example: exampleOf(pattern) });
  if (own === undefined || own === stepSchema) return undefined;
  const inner = schemaOf(own, word) ?? own;
  const named = NAME_KINDS.get(own as z.ZodType) ?? NAME_KINDS.get(inner as z.ZodType);
  if (named !== undefined && isMapValue(root)) {
    const detail = declaredNames(root)[named.kind].get(word);
    return told(`${named.kind}${detail === undefined || detail === '' ? '' : ` (${detail})`}`, describe(own));
  }
  if (inner instanceof z.ZodEnum) return told('value', `${describe(own)} One of: ${inner.options.join(', ')}.`);
  const bytes = SIZE_PATTERN.test(word) ? sizeBytes(word) : Number.NaN;
  const is_size = kindOf(own) === 'size' || kindOf(own) === 'limit';
  const amount =
    is_size && Number.isSafeInteger(bytes)
      ? ` ${word} is ${bytes} bytes, ${Math.ceil(bytes / PAGE_SIZE_BYTES)} ${bytes > 0 && bytes <= PAGE_SIZE_BYTES ? 'page' : 'pages'}.`
      : '';
  return told(kindOf(own), `${describe(own)}${amount}`, { default: defaultOf(own) });
}

/** Help on the word at an offset of a scenario's text; null where there is nothing to tell. The text need not be whole: what can be read of it counts. */
export function hoverAt(text: string, offset: number): HoverHelp | null {
  const { value: root } = readSource(text);
  if (!isMapValue(root)) return null;
  const place = placeAt(parseDocument(text, { uniqueKeys: false, logLevel: 'silent' }).contents, [], offset);
  if (place === undefined || !place.node.range) return null;
  const [from, to] = place.node.range;
  const word = text.slice(from, to);
  const help = place.is_key ? ofKey(root, place.path, word) : ofValue(root, place.path, word);
  return help === undefined || help.text === '' ? null : { from, to, word, ...help };
}
