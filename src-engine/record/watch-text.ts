import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { nearest } from '../base/nearest.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { COUNTER_NAMES, counterCalled, counterLabel } from './counter-names.ts';
import { COUNTERS, type CounterSpec, shownUnit } from './counters.ts';
import type { ObjectFact } from './object-tracker.ts';
import type { PageFact, WatchCondition, Watched } from './watch.ts';

/** What names can mean in a run. Of several with one name the last counts. */
export interface WatchNames {
  /** COUNTERS by the names of the run's hierarchy, by which they are told; all their names are read. */
  readonly counters: readonly CounterSpec[];
  readonly containers: readonly { readonly id: number; readonly path: string }[];
  readonly objects: readonly { readonly id: number; readonly name: string; readonly base: number; readonly page_count: number }[];
}

/** What was asked for, read. */
export interface WatchAsked {
  readonly watched: Watched;
  readonly condition: WatchCondition;
  /** As it is written in full: `lib[812] owner`. */
  readonly text: string;
}

const OBJECT_FACTS: readonly ObjectFact[] = ['resident', 'mapped', 'swapped', 'owner'];
const PAGE_FACTS: readonly PageFact[] = ['owner', 'mapcount', 'list', 'swapped'];
const HELP =
  'write a counter (“A current”, “A memory.max”), an object (“lib resident”) or a page (“lib[812]”); a watch may have a condition behind it (“> 8MiB”)';
const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const UNIT_REMEDY = 'memory has a size (`8MiB`) or `pages`, pressure `%`, and all else is counted (`3`)';

/**
 * Reads what is to be watched or explained: `A current`, `A events.max`, `A memory.max`, `lib resident`, `lib[812]` (its owner), `lib[812] mapcount`, each with an optional condition:
 * `A current > 8MiB`, `lib resident > 256 pages`. `#3[812]` names an object by its number, and `lib:812` is a page as the rows of events write it. Errors: what is not there, with what comes near.
 */
export function parseWatch(text: string, names: WatchNames): Result<WatchAsked> {
  const typed = text.trim();
  const with_condition = /^(.*?)\s*([<>])\s*([\d.]+)\s*(%|pages?|[kmg]?(?:i?b)?)$/i.exec(typed);
  const subject = (with_condition?.[1] ?? typed).trim();
  const found = parseSubject(subject, names);
  if (!found.ok) return found;
  const { watched } = found.value;
  if (with_condition === null) return ok({ watched, condition: { when: 'changes' }, text: found.value.text });
  const [, , sign, figure, unit] = with_condition;
  const value = inUnitOf(watched, Number(figure), unit.toLowerCase());
  if (value === null) return fail({ code: 'watch-no-number', message: `\`${subject}\` is no number; it can only change.`, remedy: 'leave the condition out' });
  if (Number.isNaN(value)) return fail({ code: 'watch-unit', message: `\`${subject}\` is not counted in \`${unit}\`.`, remedy: UNIT_REMEDY });
  return ok({ watched, condition: { when: sign === '<' ? 'below' : 'above', value }, text: `${found.value.text}${typed.slice(subject.length)}` });
}

/** A figure as somebody wrote it, in the unit in which the watched value is kept: bytes, pages, a count, or hundredths of a percent. Null: it has no figures. NaN: not in that unit. */
function inUnitOf(watched: Watched, figure: number, unit: string): number | null {
  if (watched.what !== 'counter' && ['owner', 'list'].includes(watched.fact)) return null;
  const is_pages = unit.startsWith('page');
  const in_bytes = is_pages ? figure * PAGE_SIZE_BYTES : unit === '%' ? Number.NaN : figure * (UNITS[unit.charAt(0)] ?? 1);
  if (watched.what === 'object') return unit === '' ? figure : in_bytes / PAGE_SIZE_BYTES;
  const kept = watched.what === 'page' ? 'count' : shownUnit(COUNTERS[watched.counter]);
  if (kept === 'bytes') return in_bytes;
  if (kept === 'percent') return unit === '' || unit === '%' ? figure * 100 : Number.NaN;
  return is_pages || unit.endsWith('b') ? Number.NaN : in_bytes;
}

function parseSubject(subject: string, names: WatchNames): Result<{ readonly watched: Watched; readonly text: string }> {
  const page = /^(?:page\s+)?(.+)\[([\d_,]+)\](?:\s+(\S+))?$/.exec(subject);
  if (page !== null) return parsePage(page[1], Number(page[2].replace(/[_,]/g, '')), page[3] ?? 'owner', names);
  const counter = parseCounter(subject, names);
  if (counter !== undefined) return ok(counter);
  // As the rows of events write a page; a name may end in a colon and figures too.
  const [, owner, index, fact_of_page] = /^(?:page\s+)?(.+):([\d_,\u202f]+)(?:\s+(\S+))?$/.exec(subject) ?? [];
  if (owner !== undefined && objectNamed(owner, names) !== undefined && objectNamed(`${owner}:${index}`, names) === undefined)
    return parsePage(owner, Number(index.replace(/\D/g, '')), fact_of_page ?? 'owner', names);
  const pair = /^(?:counter\s+|object\s+)?(.+?)\s+(\S+)$/.exec(subject);
  if (pair === null) return fail({ code: 'watch-unclear', message: `“${subject}” names no counter, object or page.`, remedy: HELP });
  const [, first, last] = pair;
  const fact = OBJECT_FACTS.find((known) => known === last);
  const object = fact === undefined ? undefined : objectNamed(first, names);
  if (fact !== undefined && object !== undefined)
    return ok({ watched: { what: 'object', object: object.id, fact }, text: `${objectText(object, names)} ${fact}` });
  const container = names.containers.findLast(({ path }) => path === first);
  if (container === undefined && objectNamed(first, names) !== undefined)
    return unknownName(last, OBJECT_FACTS, `\`${last}\` is nothing of an object that can be watched.`);
  if (container === undefined) return unknownName(first, [...names.containers.map(({ path }) => path), ...names.objects.map(({ name }) => name)]);
  return unknownName(last, [...names.counters.map(counterLabel), ...COUNTER_NAMES], `There is no counter \`${last}\`.`);
}

/** A container and a counter of it, by any of its names; paths and names may have spaces. Undefined: no such thing is named. */
function parseCounter(subject: string, { containers, counters }: WatchNames): { readonly watched: Watched; readonly text: string } | undefined {
  for (const [text, path, name] of [/^(?:counter\s+)?(.+?)\s+(\S+)$/, /^(?:counter\s+)?(.+?)\s+(\S+\s+\S+)$/].map((shape) => shape.exec(subject) ?? [])) {
    const spec = text === undefined ? undefined : counterCalled(name.replace(/\s+/, ' '));
    const container = containers.findLast((known) => known.path === path);
    if (spec !== undefined && container !== undefined)
      return { watched: { what: 'counter', container: container.id, counter: spec.index }, text: `${container.path} ${counterLabel(counters[spec.index])}` };
  }
  return undefined;
}

function parsePage(name: string, index: number, fact_name: string, names: WatchNames): Result<{ readonly watched: Watched; readonly text: string }> {
  const object = objectNamed(name, names);
  if (object === undefined)
    return unknownName(
      name,
      names.objects.map((known) => known.name),
    );
  const fact = PAGE_FACTS.find((known) => known === fact_name);
  if (fact === undefined) return unknownName(fact_name, PAGE_FACTS);
  if (index < object.page_count)
    return ok({ watched: { what: 'page', page: object.base + index, fact }, text: `${objectText(object, names)}[${index}] ${fact}` });
  return fail({ code: 'watch-no-page', message: `${object.name} has no page ${index}.`, remedy: `its pages are 0 to ${object.page_count - 1}` });
}

const objectNamed = (name: string, { objects }: WatchNames) => objects.findLast((object) => object.name === name || `#${object.id}` === name);

/** An object by its name, or by its number where a later one has the name: what is written reads back as the same object. */
const objectText = (object: WatchNames['objects'][number], names: WatchNames): string =>
  objectNamed(object.name, names) === object ? object.name : `#${object.id}`;

function unknownName(name: string, known: readonly string[], message = `There is no \`${name}\` in this run.`): Result<never> {
  const near = nearest(name, known);
  return fail({ code: 'watch-unknown', message, remedy: near === undefined ? HELP : `did you mean \`${near}\`?` });
}
