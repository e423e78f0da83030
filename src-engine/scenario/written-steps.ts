import { type Document, isAlias, isCollection, isMap, isPair, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { LIMITS } from './limits.ts';

/** Lines of a text, both inclusive, from 1 on. */
export interface LineRange {
  readonly from_line: number;
  readonly to_line: number;
}

/** A step as it stands in a scenario's text. */
export interface WrittenStep {
  /** Line that the recording names when the step begins. */
  readonly line: number;
  /**
   * Lines that say what the step does: its own, with all parts of a `together`; what the repeats around it say of it (their counts, not their other steps); and for a step that is
   * an alias the lines of what it stands for.
   */
  readonly ranges: readonly LineRange[];
}

/** Where the steps of a text stand, in the order in which they are written. */
class StepWalk {
  readonly steps: WrittenStep[] = [];
  private readonly text: string;
  private readonly document: Document<ParsedNode>;
  private readonly counter: LineCounter;
  /** Aliases being followed, so that none is followed into itself. */
  private readonly open = new Set<unknown>();

  constructor(text: string) {
    this.text = text;
    this.counter = new LineCounter();
    this.document = parseDocument(text, { lineCounter: this.counter, prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
  }

  private lineOf(offset: number): number {
    return Math.max(1, this.counter.linePos(offset).line);
  }

  /** What a node stands for. An alias that refers to nothing, or to what it stands in, stands for itself. */
  private meant(node: unknown): unknown {
    return isAlias(node) ? (node.resolve(this.document) ?? node) : node;
  }

  /** Lines of a node without the comments and empty lines after it. */
  private rangeOf(node: unknown): LineRange | undefined {
    if (!isScalar(node) && !isCollection(node) && !isAlias(node)) return undefined;
    if (!node.range) return undefined;
    const [from, to] = node.range;
    return { from_line: this.lineOf(from), to_line: this.lineOf(Math.max(from, this.endOf(node, to) - 1)) };
  }

  /** Offset after the last word of a node: a block ends with its last value, however far YAML counts the space after it. */
  private endOf(node: unknown, to: number): number {
    if (isCollection(node) && node.flow !== true) {
      const last = node.items.at(-1);
      const inner = isPair(last) ? (last.value ?? last.key) : last;
      if ((isScalar(inner) || isCollection(inner) || isAlias(inner)) && inner.range) return this.endOf(inner, inner.range[1]);
    }
    return this.text.slice(0, to).trimEnd().length;
  }

  private rangesOf(node: unknown): readonly LineRange[] {
    const own = this.rangeOf(node);
    const meant = this.meant(node);
    const other = meant === node ? undefined : this.rangeOf(meant);
    return [own, other].filter((range) => range !== undefined);
  }

  walk(): void {
    const root = this.document.contents;
    if (isMap(root)) this.list(root.get('steps', true), [], 0);
  }

  private list(node: unknown, around: readonly LineRange[], depth: number): void {
    const list = this.meant(node);
    if (!isSeq(list) || depth > LIMITS.repeat_depth || this.open.has(list)) return;
    this.open.add(list);
    for (const item of list.items) if (this.steps.length < LIMITS.alias_node_count) this.step(item, around, depth);
    this.open.delete(list);
  }

  private step(item: unknown, around: readonly LineRange[], depth: number): void {
    const own = this.rangeOf(item);
    const step = this.meant(item);
    if (own === undefined || !isMap(step)) return;
    if (!step.has('repeat')) {
      this.steps.push({ line: own.from_line, ranges: [...around, ...this.rangesOf(item)] });
      return;
    }
    const said = step.items
      .filter(({ key }) => !(isScalar(key) && key.value === 'steps'))
      .flatMap(({ key, value }) => [...this.rangesOf(key), ...this.rangesOf(value)]);
    this.list(step.get('steps', true), [...around, ...said], depth + 1);
  }
}

/** Every step that a scenario's text spells out, those in repeats once, with the lines that it is written on. A text that is no scenario has none, or fewer. */
export function writtenSteps(text: string): readonly WrittenStep[] {
  if (text.length > LIMITS.text_length) return [];
  const walk = new StepWalk(text);
  walk.walk();
  return walk.steps;
}
