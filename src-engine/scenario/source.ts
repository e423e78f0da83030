import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
  type YAMLParseError,
} from 'yaml';
import { formatCount } from '../base/figures.ts';
import type { LabError, Place } from '../base/result.ts';
import { LIMITS } from './limits.ts';

/** Way from the top of a scenario to a value: map keys and list indexes. */
export type Path = readonly (string | number)[];

/** A scenario's text, read as YAML. */
export interface Source {
  /** The whole as plain data: maps without prototype, lists, strings, numbers, booleans, null. */
  readonly value: unknown;
  /** Where a value stands; the nearest thing around it if there is none. `key` asks for the key instead of the value. */
  place(path: Path, part?: 'key' | 'value'): Place;
  /** What is wrong with it as YAML. */
  readonly errors: readonly LabError[];
  /** Line of the first error after which the YAML's structure cannot be trusted; infinity if there is none. */
  readonly broken_line: number;
}

const MATCH = 'look here and at the line before: brackets, quotes and indentation must match';

/** Sentences for the errors of the YAML parser that people meet; the others keep the parser's own words. */
const SYNTAX: Readonly<Record<string, { readonly message: string; readonly remedy: string }>> = {
  TAB_AS_INDENT: { message: 'a tab cannot indent', remedy: 'indent with spaces' },
  MULTIPLE_DOCS: { message: 'a second YAML document begins here', remedy: 'one file is one scenario: remove the line `---`' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'not YAML: a key with a value cannot stand here',
    remedy: 'one line holds one key; quote a text that has a colon in it; look also at the line before',
  },
  BAD_INDENT: {
    message: 'not YAML: this begins in another column than what it belongs to',
    remedy: 'indent it as its neighbours are, or look for a bracket or quote that is open before it',
  },
  RESOURCE_EXHAUSTION: { message: 'nested too deeply to be read', remedy: `a scenario nests at most ${LIMITS.repeat_depth} repeats` },
};

/** Errors after which the parser reads on as before: each of them is told. */
const LASTING: ReadonlySet<string> = new Set(['TAB_AS_INDENT', 'TAG_RESOLVE_FAILED', 'BAD_DQ_ESCAPE', 'DUPLICATE_KEY', 'NON_STRING_KEY']);

const PLACE_TEXT_LENGTH = 60;

/** What is wrong, in words of the one who wrote it; `shown` is the text there. */
function syntaxWords({ code, message }: Pick<YAMLParseError, 'code' | 'message'>, shown: string): { readonly message: string; readonly remedy: string } {
  if (code === 'BAD_DQ_ESCAPE')
    return {
      message: `not YAML: \`${/(\\\S+)/.exec(message)?.[1] ?? shown}\` is no escape that a text in double quotes may have`,
      remedy: 'write `\\\\` for a backslash, or put the text into single quotes',
    };
  const unexpected = /^Unexpected (?:[\w-]+)(?: token)?(?: in YAML stream| at node end)/.test(message);
  if (unexpected && shown !== '') return { message: `not YAML: \`${shown.split(/\s/, 1)[0]}\` stands where nothing can stand`, remedy: MATCH };
  if (code === 'MULTILINE_IMPLICIT_KEY' && shown !== '')
    return {
      message: `not YAML: \`${shown}\` is neither a key with its value nor an item of a list`,
      remedy: 'remove it, or write `key: value` or `- item`; look also at the line before',
    };
  // What is said of flow maps and lists names the bracket that is missing.
  if (code === 'BAD_INDENT' && message.startsWith('Flow ')) return { message: `not YAML: ${message.replace(/\.$/, '')}`, remedy: MATCH };
  return SYNTAX[code] ?? { message: `not YAML: ${message.replace(/\.$/, '')}`, remedy: MATCH };
}

class NodeReader {
  readonly errors: LabError[] = [];
  readonly anchors = new Map<string, Node>();
  private readonly open = new Set<Node>();
  private readonly sizes = new Map<unknown, number>();
  private alias_node_count = 0;
  private node_count = 0;
  private readonly placeOf: (node: Node) => Place;

  constructor(placeOf: (node: Node) => Place) {
    this.placeOf = placeOf;
  }

  /** Plain data of a node. Anchors are collected on the way: YAML lets an alias refer only to what stands before it. */
  read(node: unknown): unknown {
    this.node_count += 1;
    if (isAlias(node)) return this.readAlias(node);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isScalar(node)) return node.value;
    this.open.add(node);
    const count_before = this.node_count;
    const value = isMap(node) ? this.readMap(node) : node.items.map((item) => this.read(isPair(item) ? item.value : item));
    if (node.anchor !== undefined) this.sizes.set(node, this.node_count - count_before);
    this.open.delete(node);
    return value;
  }

  private readMap(map: YAMLMap): Record<string, unknown> {
    const value: Record<string, unknown> = Object.create(null);
    for (const { key: key_node, value: value_node } of map.items) {
      if (!isScalar(key_node)) {
        this.errors.push({
          code: 'yaml',
          message: 'a key is a plain word',
          place: this.placeOf(key_node as Node),
          remedy: 'keys that are lists or maps mean nothing here',
        });
        continue;
      }
      const key = String(key_node.value);
      if (Object.hasOwn(value, key)) {
        this.errors.push({
          code: 'duplicate-key',
          message: `the key \`${key}\` stands here twice`,
          place: this.placeOf(key_node),
          remedy: 'keep one of the two',
        });
        this.read(value_node);
        continue;
      }
      value[key] = this.read(value_node);
    }
    return value;
  }

  private readAlias(alias: Alias): unknown {
    const target = this.anchors.get(alias.source);
    if (target === undefined) {
      this.errors.push({
        code: 'yaml-alias',
        message: `the alias *${alias.source} has no anchor before it`,
        place: this.placeOf(alias),
        remedy: `mark what it stands for with &${alias.source}`,
      });
      return null;
    }
    if (this.open.has(target)) {
      this.errors.push({
        code: 'yaml-cycle',
        message: `the alias *${alias.source} stands inside what it refers to, which would repeat without end`,
        place: this.placeOf(alias),
        remedy: 'use `repeat` with a count',
      });
      return null;
    }
    this.alias_node_count += this.sizes.get(target) ?? 1;
    if (this.alias_node_count <= LIMITS.alias_node_count) return this.read(target);
    if (!this.errors.some((error) => error.code === 'yaml-alias-bomb')) {
      this.errors.push({
        code: 'yaml-alias-bomb',
        message: `aliases stand for more than ${LIMITS.alias_node_count} values in all`,
        place: this.placeOf(alias),
        remedy: 'use `repeat` with a count',
      });
    }
    return null;
  }
}

/** Value and key node at a path, as far as the document has it. */
function nodesAt(document: Document<ParsedNode>, anchors: ReadonlyMap<string, Node>, path: Path): { readonly key: Node | null; readonly value: Node | null } {
  let key: Node | null = null;
  let value: Node | null = document.contents;
  for (const part of path) {
    const holder: Node | null | undefined = isAlias(value) ? anchors.get(value.source) : value;
    if (isMap(holder)) {
      const pair = holder.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (pair === undefined) return { key: null, value };
      key = pair.key as Node;
      value = (pair.value as Node | null) ?? key;
    } else if (isSeq(holder) && typeof part === 'number' && part < holder.items.length) {
      key = null;
      value = holder.items[part] as Node | null;
    } else {
      return { key, value };
    }
  }
  return { key, value };
}

/** Reads a text as YAML. Never throws; a text that is too long is refused unread. */
export function readSource(text: string, file?: string): Source {
  const at_file = file === undefined ? {} : { file };
  if (text.length > LIMITS.text_length) {
    const message = `the text has ${formatCount(text.length)} letters, more than the ${formatCount(LIMITS.text_length)} that a scenario may have`;
    return {
      value: null,
      place: () => at_file,
      errors: [{ code: 'too-long', message, place: at_file, remedy: 'repeat steps with `repeat`, and keep traces in a file of their own (`workload: trace`)' }],
      broken_line: 0,
    };
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: false, logLevel: 'error' });

  const placeFrom = (from: number, to: number): Place => {
    const { line, col } = counter.linePos(from);
    const shown =
      text
        .slice(from, Math.min(to, from + PLACE_TEXT_LENGTH))
        .split('\n', 1)[0]
        ?.trimEnd() ?? '';
    return { ...at_file, line: Math.max(line, 1), column: Math.max(col, 1), text: shown };
  };
  const placeOfNode = (node: Node | null): Place => (node?.range ? placeFrom(node.range[0], node.range[1]) : placeFrom(0, text.length));

  const errors: LabError[] = [];
  let broken_line = Number.POSITIVE_INFINITY;
  // The first error that breaks the structure makes the parser misread all that follows: what it says of that is not told.
  const breaking = document.errors
    .filter(({ code }) => !LASTING.has(code))
    .reduce<YAMLParseError | undefined>((first, error) => (first !== undefined && first.pos[0] <= error.pos[0] ? first : error), undefined);
  const lasting = document.errors.filter(({ code, pos }) => LASTING.has(code) && (breaking === undefined || pos[0] < breaking.pos[0]));
  for (const error of breaking === undefined ? lasting : [...lasting, breaking]) {
    const [from, to] = error.pos;
    const place = placeFrom(from, to);
    const { message, remedy } = syntaxWords(error, place.text ?? '');
    const line_end = text.indexOf('\n', from);
    const is_last = line_end === -1 || text.slice(line_end).trim() === '';
    // A wrong escape says nothing of where its text ends.
    const goes_on = error.code === 'BAD_DQ_ESCAPE';
    errors.push({ code: 'yaml', message, place, remedy: goes_on || is_last ? remedy : `${remedy}; what stands after it was not checked` });
    if (!goes_on) broken_line = Math.min(broken_line, place.line ?? 0);
  }

  const reader = new NodeReader(placeOfNode);
  const value = reader.read(document.contents);
  return {
    value,
    place: (path, part = 'value') => {
      const { key, value: node } = nodesAt(document, reader.anchors, path);
      return placeOfNode(part === 'key' && key !== null ? key : node);
    },
    errors: [...errors, ...reader.errors.filter(({ place }) => (place?.line ?? 0) < broken_line)],
    broken_line,
  };
}
