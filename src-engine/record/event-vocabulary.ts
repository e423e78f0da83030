import { formatBytes, formatNs } from '../base/figures.ts';
import { NO_CONTAINER } from '../base/ids.ts';
import { describeEvent, kindName } from './describe-event.ts';
import { EVENT_KIND_BY_CODE, type EventRow, KIND } from './events.ts';
import type { RunWords } from './run-words.ts';

/** Letters that stand together, in small letters: the parts of which no amount and no sign is one. */
export const lettersOf = (text: string): readonly string[] => text.toLowerCase().match(/[a-z]+/g) ?? [];

/** Stands for any name. No letter, so that a name's neighbours stay words of their own. */
const ANY_NAME = '\u0001';
const NAME_IN_WORD = new RegExp(`[a-z]${ANY_NAME}|${ANY_NAME}[a-z]`, 'i');
const FLAG_COUNT = 256;
const ID_COUNT = 0x10000;

/** Values at which a description changes its words: signs, nothing, one and more. */
const VALUES = [-2, -1, 0, 1, 2];
type Pair = readonly [a: number, b: number];
/** Such values, also of what is counted in parts of a page. */
const pairsOf = ({ meta: { charge_shift } }: RunWords): readonly Pair[] =>
  [...new Set([...VALUES, ...VALUES.map((pages) => pages * 2 ** charge_shift)])].flatMap((value): readonly Pair[] => [
    [value, value],
    [value, 0],
    [0, value],
  ]);
const NAMELESS_PAIRS: readonly Pair[] = [-1, 0, 1].map((value) => [value, value]);
/** Units of any amount; which one is written is the amount's matter. */
const UNITS = [1, 1e4, 1e7, 1e10, 1e13].flatMap((amount) => [formatBytes(amount), formatNs(amount)]);

/** Kinds whose `b` counts off what they say: an expectation, the name of an error. */
const COUNTING_KINDS: ReadonlySet<number> = new Set([KIND.expect, KIND.container_create_failed]);
/** Numbers of errors are below this. */
const COUNTED_MIN = 256;

/** What events of a kind and flags may say: their words, one a line, and whether names are among them. Null: anything. */
interface Sayable {
  readonly words: string;
  readonly has_names: boolean;
}
type Said = Sayable | null;

/** Words that the rows of a run's events may be made of, so that what cannot hold a word need not be read. Made as it is asked for. */
export class EventVocabulary {
  readonly #words: RunWords;
  readonly #said: (Said | undefined)[] = [];
  readonly #of_kind: (Said | undefined)[] = [];
  #names: string | undefined;

  constructor(words: RunWords) {
    this.#words = words;
  }

  /** Whether a name of the run, or of what has none (`task 7`), may hold all these letters. */
  namesHold(letters: readonly string[]): boolean {
    this.#names ??= this.#lettersOfNames();
    const names = this.#names;
    return letters.every((part) => names.includes(part));
  }

  /** Whether what an event of a kind and flags says, its kind's name with it, may hold all these letters. */
  mayHold(kind: number, flags: number, letters: readonly string[]): boolean {
    return this.#holds(this.#saidBy(kind, flags), letters);
  }

  /** The same of events of a kind, whatever their flags. */
  kindMayHold(kind: number, letters: readonly string[]): boolean {
    const known = this.#of_kind[kind];
    const said = known === undefined ? this.#saidByKind(kind) : known;
    this.#of_kind[kind] = said;
    return this.#holds(said, letters);
  }

  #holds(said: Said, letters: readonly string[]): boolean {
    return said === null || letters.every((part) => said.words.includes(part) || (said.has_names && this.namesHold([part])));
  }

  #lettersOfNames(): string {
    const { container, task, names } = this.#words;
    // What has no name is called by what it is.
    const letters = new Set(['container', 'task', ...[...names.containers, ...names.tasks, ...names.objects, ...names.samples].flatMap(lettersOf)]);
    for (let id = 0; id < ID_COUNT; id += 1) for (const name of [container(id), task(id)]) for (const part of lettersOf(name)) letters.add(part);
    return [...letters].join('\n');
  }

  #saidBy(kind: number, flags: number): Said {
    const place = (kind << 8) | flags;
    const known = this.#said[place];
    if (known !== undefined) return known;
    const made = said(kind, flags, this.#words);
    this.#said[place] = made;
    return made;
  }

  #saidByKind(kind: number): Said {
    const all: Sayable[] = [];
    // Most kinds say the same with any flags.
    const flags_count = saysByFlags(kind, this.#words) ? FLAG_COUNT : 1;
    for (let flags = 0; flags < flags_count; flags += 1) {
      const said = this.#saidBy(kind, flags);
      if (said === null) return null;
      all.push(said);
    }
    return { words: [...new Set(all.flatMap(({ words }) => words.split('\n')))].join('\n'), has_names: all.some(({ has_names }) => has_names) };
  }
}

/** What events of a kind and flags say of every sort of values, of things with names and of things without. */
function said(kind: number, flags: number, words: RunWords): Said {
  const described = new Set<string>([kindName(kind), ...UNITS]);
  const [with_names, nameless] = [named(words, ANY_NAME), named(words, undefined)];
  for (const [a, b] of pairsOf(words)) described.add(describeEvent(eventOf(kind, flags, a, b), with_names));
  for (const [a, b] of NAMELESS_PAIRS) described.add(describeEvent(eventOf(kind, flags, a, b), nameless));
  if (COUNTING_KINDS.has(kind))
    for (let b = 0; b < Math.max(COUNTED_MIN, words.expectations.length); b += 1)
      for (const container of [0, NO_CONTAINER]) described.add(describeEvent({ ...eventOf(kind, flags, 1, b), container }, with_names));
  const all = [...described].join('\n');
  // A name that is part of a word makes words that nobody can tell beforehand.
  if (NAME_IN_WORD.test(all)) return null;
  return { words: [...new Set(lettersOf(all))].join('\n'), has_names: all.includes(ANY_NAME) };
}

/** Whether what a kind's events say looks at their flags at all. */
function saysByFlags(kind: number, words: RunWords): boolean {
  let looks = false;
  for (const [a, b] of pairsOf(words)) {
    const event = Object.defineProperty(eventOf(kind, 0, a, b), 'flags', {
      get() {
        looks = true;
        return 0;
      },
    });
    describeEvent(event, words);
  }
  return looks;
}

const eventOf = (kind: number, flags: number, a: number, b: number): EventRow => ({ index: 0, kind, flags, task: 0, container: 0, page: 0, a, b, dt_ns: 0 });

/** Words of a run in which everything has the same name, or none. */
function named(words: RunWords, name: string | undefined): RunWords {
  const every = new Proxy<readonly string[]>([], { get: () => name });
  return {
    ...words,
    names: { containers: every, tasks: every, objects: every, samples: every },
    container: () => name ?? '',
    task: () => name ?? '',
  };
}

/** Whether events of a kind have a page in their row. */
export const hasPage = (kind: number): boolean => EVENT_KIND_BY_CODE[kind]?.columns.page !== undefined;
