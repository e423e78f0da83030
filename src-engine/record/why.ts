import type { AxisUnit } from '../base/axis.ts';
import { NO_CONTAINER } from '../base/ids.ts';
import { type CauseGroup, Contributions } from './contributions.ts';
import { counterLabel } from './counter-names.ts';
import { COUNTER, COUNTER_COUNT, COUNTERS, countersOf, shownUnit } from './counters.ts';
import { chargeInWords, describeEvent, describePage, kindName } from './describe-event.ts';
import { type EventRow, eventRow, KIND } from './events.ts';
import type { Pause } from './page-events.ts';
import { type PageOwner, pageAfter, UNTOUCHED_PAGE } from './page-state.ts';
import type { RunWords } from './run-words.ts';
import { shownFactors } from './shown.ts';
import { LIFE } from './state-tables.ts';
import { stepOfEvent } from './step-lines.ts';
import { findChange, type SearchParts } from './watch.ts';
import { contributionInWords } from './why-counter-words.ts';
import { type Episode, episodesOf, type Sentence, sentenceOf, type TaskHomes, taskContainers } from './why-page-words.ts';

/** The rules of a model that decide who pays, each a clause that follows “under MODEL”. Null for what is no model: a trace, a kernel. */
export interface RuleWords {
  readonly pages: string;
  readonly removal: string;
  readonly kernel: string;
  readonly sockets: string;
  readonly pins: string;
}

/** One event of a chain. `event_index` is where the window jumps to; the cursor that shows its effect is one more. */
export interface WhyLink {
  readonly event_index: number;
  readonly step_index: number;
  /** Line of the step in the scenario; 0 for none. */
  readonly line: number;
  /** A sentence without its full stop. */
  readonly words: string;
  /** Whether the charge changed with it; else it is a use that changed nothing. */
  readonly changes_charge: boolean;
}

/** Why a page is charged to whom it is, at a cursor. */
export interface PageWhy {
  /** `lib[812]`. */
  readonly page: string;
  /** The answer in one sentence. */
  readonly words: string;
  /** The model's rule, as a sentence; empty where no model made the run. */
  readonly rule: string;
  readonly owners: readonly PageOwner[];
  /** Newest first. */
  readonly links: readonly WhyLink[];
  /** Older ones that the list leaves out. */
  readonly left_out_count: number;
}

/** A part of a counter: what the events of one cause left of it. */
export interface CounterPart {
  readonly step_index: number;
  readonly line: number;
  /** Bytes, or a count; of pages that are shared out it may be a fraction of a byte. */
  readonly amount: number;
  /** First and last event of the cause. */
  readonly first_event: number;
  readonly last_event: number;
  readonly task: string;
  readonly object: string;
  readonly kind: string;
  readonly words: string;
}

/** What a counter of a container is made of, at a cursor. The amounts of `parts` and `rest` add up to `value`. */
export interface CounterWhy {
  readonly container: string;
  readonly counter: string;
  /** As the parts: not yet rounded down to bytes. −1: a limit that is `max`. */
  readonly value: number;
  readonly unit: AxisUnit;
  readonly words: string;
  readonly rule: string;
  /** Largest first. */
  readonly parts: readonly CounterPart[];
  readonly rest: { readonly part_count: number; readonly amount: number };
  /** The event that changed it last. */
  readonly last_change: WhyLink | null;
}

/** Links of a chain and parts of a counter that are told. */
const TOLD_MAX = 200;

/** `lib[812]`; of an anonymous area `a:heap[3]`. */
function pageName(parts: SearchParts, page: number): string {
  const object = parts.objects.of(page);
  return object === undefined ? `page ${page}` : `${parts.reader.names.objects[object.name] ?? `#${object.id}`}[${page - object.base}]`;
}

/** Who is charged, in words: `A`, `A (1/2 page) and B (1/2 page)`, `C (dying)`, `nobody`. */
export function ownersInWords(owners: readonly PageOwner[], words: RunWords, isDying: (container: number) => boolean = () => false): string {
  const page_units = 2 ** words.meta.charge_shift;
  if (owners.length === 0) return 'nobody';
  return owners
    .map(({ container, units }) => {
      const share = units === page_units && owners.length === 1 ? '' : chargeInWords(units, words.meta.charge_shift);
      const notes = [isDying(container) ? 'dying' : '', share].filter((note) => note !== '');
      return `${words.container(container)}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
    })
    .join(' and ');
}

const ruleSentence = (model: string, rule: string | undefined): string => (rule === undefined ? '' : `Under ${model} ${rule}.`);

/** Why a page is charged to whom it is after `event_index` events: the chain of events back to the first, uses that changed nothing among them. */
export async function whyPage(
  parts: SearchParts,
  words: RunWords,
  rules: RuleWords | null,
  page: number,
  event_index: number,
  scenario_lines: readonly string[],
  pause: Pause,
): Promise<PageWhy> {
  const { blocks, objects, reader } = parts;
  const rows = (await parts.pages.of(page, pause)).filter((row) => row.index < event_index);
  const objectClass = objects.of(page)?.class ?? 0;
  let state = UNTOUCHED_PAGE;
  for (const row of rows) state = pageAfter(state, row, objectClass);
  const homes = taskContainers(blocks);
  const episodes = episodesOf(rows, objectClass).toReversed();
  const told = episodes.slice(0, TOLD_MAX);
  const name = pageName(parts, page);
  const told_links: ToldLink[] = [];
  for (const episode of told) {
    told_links.push(linkOf(parts, words, episode, name, scenario_lines, homes));
    await pause();
  }
  const { model } = reader.meta;
  const { container_life } = parts.replay.moveTo(event_index);
  const isDying = (container: number): boolean => container_life[container] !== LIFE.alive;
  const payers = state.owners.length === 0 ? '' : ownersInWords(state.owners, words, isDying);
  const is_of_removal = told.some(({ head }) => head.kind === KIND.recharge) || state.owners.some(({ container }) => isDying(container));
  return {
    page: name,
    words: answer(model, name, payers, told_links),
    rule: [ruleSentence(model, rules?.pages), is_of_removal ? ruleSentence(model, rules?.removal) : ''].filter((part) => part !== '').join(' '),
    owners: state.owners,
    links: told_links.map(({ link }) => link),
    left_out_count: episodes.length - told.length,
  };
}

/** A link with the two parts of its sentence. */
interface ToldLink {
  readonly link: WhyLink;
  readonly sentence: Sentence;
}

function linkOf({ blocks }: SearchParts, words: RunWords, episode: Episode, page: string, lines: readonly string[], homes: TaskHomes): ToldLink {
  const { head, changes_charge } = episode;
  const place = stepOfEvent(blocks, head.index);
  const sentence = sentenceOf(episode, { blocks, words, page, verb: verbOf(lines, place.line), homes });
  return { link: { event_index: head.index, ...place, words: `${sentence.act}${sentence.effect}`, changes_charge }, sentence };
}

/** The verb of a step's line (`read`, `touch` …); empty where the line does not begin with one. */
const verbOf = (lines: readonly string[], line: number): string => /^\s*-\s*\{?\s*['"]?([a-z-]+)['"]?\s*:/.exec(lines[line - 1] ?? '')?.[1] ?? '';

/** The newest thing that happened, who pays (empty: nobody), and since when: what somebody would say who is asked. */
function answer(model: string, name: string, payers: string, told: readonly ToldLink[]): string {
  const [last] = told;
  const since = told.find(({ link }) => link.changes_charge);
  if (last === undefined) return `Nothing has happened to ${name} yet; it is charged to nobody.`;
  const act = ({ link, sentence }: ToldLink): string => `${sentence.act}${link.step_index < 0 ? '' : ` at step ${link.step_index}`}`;
  if (since === undefined) return `${name} is charged to nobody: ${act(last)}, and nothing was ever charged for it.`;
  if (since === last) return `${name} is charged to ${payers === '' ? 'nobody' : payers}: ${act(since)}${since.sentence.effect}.`;
  return `${act(last)}; under ${model} ${payers === '' ? 'nobody is charged for it' : `it is charged to ${payers}`}: ${act(since)}.`;
}

/** An event as the event table tells it: who, where, what. */
function rowInWords(row: EventRow, words: RunWords): string {
  const container = row.container === NO_CONTAINER ? '' : words.container(row.container);
  const page = describePage(row, words);
  // Of a trace that is the number of its line.
  const where = words.meta.source === 'trace' && page !== '' ? `line ${page}` : page;
  return [words.task(row.task), container, where, describeEvent(row, words)].filter((part) => part !== '').join(', ');
}

/** What a counter of a container is made of after `event_index` events, and what changed it last. */
export async function whyCounter(
  parts: SearchParts,
  words: RunWords,
  rules: RuleWords | null,
  container: number,
  counter: number,
  event_index: number,
  pause: Pause,
): Promise<CounterWhy> {
  const { blocks, reader, objects } = parts;
  const watched = { what: 'counter', container, counter } as const;
  const hit = await findChange(parts, watched, { when: 'changes' }, event_index + 1, -1, pause);
  // `peak` is what `current` was when it last rose above it.
  const [followed, at_event] = counter === COUNTER.peak ? [COUNTER.current, hit === null ? 0 : hit.event_index + 1] : [counter, event_index];
  const contributions = new Contributions(objects, container, followed);
  for (const [at, { first_event, event_count }] of blocks.entries.entries()) {
    if (first_event >= at_event) break;
    contributions.apply(blocks.decoded(at).columns, 0, Math.min(event_count, at_event - first_event), first_event);
    await pause();
  }
  const sums = contributions.sums();
  const factor = shownFactors(reader.meta.charge_shift)[followed];
  const spec = COUNTERS[counter];
  const is_limit = spec.scope === 'setting';
  const found: CounterPart[] = contributions.groups.flatMap((group, id) => {
    if (sums[id] === 0) return [];
    const amount = is_limit && sums[id] < 0 ? -1 : sums[id] * factor;
    return [partOf(parts, words, group, followed, amount)];
  });
  found.sort((x, y) => Math.abs(y.amount) - Math.abs(x.amount) || x.first_event - y.first_event);
  const told = found.slice(0, TOLD_MAX);
  const rest = found.slice(TOLD_MAX);
  const raw = parts.replay.moveTo(event_index).values[container * COUNTER_COUNT + counter] ?? 0;
  const value = is_limit && raw < 0 ? -1 : raw * factor;
  return {
    container: words.container(container),
    counter: counterLabel(countersOf(reader.meta)[counter]),
    value,
    unit: shownUnit(spec),
    words: countersOf(reader.meta)[counter].meaning,
    rule: counterRule(reader.meta.model, rules, counter, found, contributions.accounts),
    parts: told,
    rest: { part_count: rest.length, amount: rest.reduce((sum, { amount }) => sum + amount, 0) },
    last_change: hit === null ? null : changeLink(parts, words, hit.event_index),
  };
}

function partOf({ objects, reader }: SearchParts, words: RunWords, group: CauseGroup, counter: number, amount: number): CounterPart {
  const { step_index, line, first_event, last_event, rose, fell } = group;
  const object = objects.objects[group.object];
  const object_name = object !== undefined ? (reader.names.objects[object.name] ?? '') : (reader.names.objects[group.name] ?? '');
  const task = words.task(group.task);
  const kind = kindName(group.kind);
  return {
    step_index,
    line,
    amount,
    first_event,
    last_event,
    task,
    object: object_name,
    kind,
    words: contributionInWords({ counter, kind: group.kind, task, object: object_name, amount, is_net: rose && fell, specs: countersOf(reader.meta) }),
  };
}

function changeLink({ blocks }: SearchParts, words: RunWords, event_index: number): WhyLink {
  const at = blocks.at(event_index);
  const row = eventRow(blocks.decoded(at).columns, event_index - blocks.entries[at].first_event, event_index);
  return { event_index, ...stepOfEvent(blocks, event_index), words: `${kindName(row.kind)}: ${rowInWords(row, words)}`, changes_charge: true };
}

const KERNEL_COUNTERS: readonly number[] = [
  COUNTER.kernel,
  COUNTER.slab_reclaimable,
  COUNTER.slab_unreclaimable,
  COUNTER.kernel_stack,
  COUNTER.pagetables,
  COUNTER.percpu,
  COUNTER.kmem,
];
const SOCKET_COUNTERS: readonly number[] = [COUNTER.sock, COUNTER.tcp];
const PIN_COUNTERS: readonly number[] = [COUNTER.pins, COUNTER.locked, COUNTER.pins_max];

/** The rules that decided the parts of a counter: of what is charged in it, those for pages, kernel memory, sockets and pins as far as it holds any. */
function counterRule(model: string, rules: RuleWords | null, counter: number, parts: readonly CounterPart[], accounts: ReadonlyMap<number, number>): string {
  if (rules === null) return '';
  if (counter === COUNTER.nr_dying_descendants) return ruleSentence(model, rules.removal);
  const is_charge = COUNTERS[counter].unit === 'charge';
  const holds = (own: readonly number[]): boolean => own.includes(counter) || (is_charge && own.some((account) => (accounts.get(account) ?? 0) !== 0));
  const account = kindName(KIND.account);
  const told = [
    ...(holds(KERNEL_COUNTERS) ? [rules.kernel] : []),
    ...(holds(SOCKET_COUNTERS) ? [rules.sockets] : []),
    ...(holds(PIN_COUNTERS) ? [rules.pins] : []),
  ];
  const of_pages = is_charge && (told.length === 0 || parts.some(({ kind }) => kind !== account));
  return [...(of_pages ? [rules.pages] : []), ...told].map((rule) => ruleSentence(model, rule)).join(' ');
}
