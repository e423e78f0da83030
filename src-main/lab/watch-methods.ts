import type { z } from 'zod';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { rulesInWords } from '../../src-engine/models/rules-in-words.ts';
import { counterLabel } from '../../src-engine/record/counter-names.ts';
import { countersOf } from '../../src-engine/record/counters.ts';
import { eventNumber } from '../../src-engine/record/event-number.ts';
import { type EventQuery, parseQuery } from '../../src-engine/record/event-query.ts';
import { findEvents } from '../../src-engine/record/find-events.ts';
import { NOBODY_READS, readLastInWords } from '../../src-engine/record/read-last.ts';
import type { Player, RunReader } from '../../src-engine/record/run.ts';
import type { RunSearch } from '../../src-engine/record/run-search.ts';
import { createRunWords, type RunWords } from '../../src-engine/record/run-words.ts';
import { LIFE } from '../../src-engine/record/state-tables.ts';
import { viewState } from '../../src-engine/record/view.ts';
import { parseWatch, type WatchAsked, type WatchNames } from '../../src-engine/record/watch-text.ts';
import { watchedInWords } from '../../src-engine/record/watch-words.ts';
import { whyCounter, whyPage } from '../../src-engine/record/why.ts';
import type { RunStore } from '../store/runs.ts';
import type { Answer, METHODS } from './contract.ts';
import type { Searches } from './searches.ts';

type Checked<M extends keyof typeof METHODS> = z.output<(typeof METHODS)[M]>;

/** What a value reads that the run does not know. */
const UNKNOWN = 'not known';

/** What is in both sets; null: anything. */
const bothOf = <T>(one: ReadonlySet<T> | null, other: ReadonlySet<T> | null): ReadonlySet<T> | null =>
  one === null ? other : other === null ? one : new Set([...one].filter((element) => other.has(element)));

/** A run that is open, as these methods need it. */
export interface SearchedRun {
  readonly reader: RunReader;
  readonly search: RunSearch;
  /** Shows as NaN what the run does not know. */
  readonly player: Pick<Player, 'seek'>;
}

/** What a run's things are called; read once a run. */
interface RunNaming extends WatchNames {
  readonly words: RunWords;
}

/** The methods that look for events and explain: those with some words, the one that changes something, and what made it so. */
export function createWatchMethods(open: (run_id: number) => Result<SearchedRun>, runs: Pick<RunStore, 'scenarioText' | 'expectations'>, searches: Searches) {
  const namings = new WeakMap<RunSearch, RunNaming>();

  function namingOf({ reader, search }: SearchedRun): RunNaming {
    const known = namings.get(search);
    if (known !== undefined) return known;
    const { blocks, objects, replay } = search.parts;
    const last = viewState(replay.moveTo(blocks.event_count), reader.meta, reader.names, null);
    const naming: RunNaming = {
      words: createRunWords(reader.meta, reader.names, last),
      counters: countersOf(reader.meta),
      containers: last.containers,
      objects: objects.objects.map(({ id, base, page_count, name }) => ({ id, base, page_count, name: reader.names.objects[name] ?? `#${id}` })),
    };
    namings.set(search, naming);
    return naming;
  }

  /** The last query of a run, with the words of the window's rows, which tell what was expected: one is asked for again and again, stretch by stretch. */
  const queries = new WeakMap<RunSearch, { readonly words: RunWords; readonly text: string; readonly query: EventQuery | undefined }>();
  async function queryOf(run_id: number, run: SearchedRun, text: string): Promise<EventQuery | undefined> {
    const known = queries.get(run.search);
    if (known?.text === text) return known.query;
    const words = known?.words ?? { ...namingOf(run).words, expectations: await runs.expectations(run_id) };
    const query = parseQuery(text, words);
    queries.set(run.search, { words, text, query });
    return query;
  }

  /** Of containers that had a path one after the other it means the one that is there at the event. */
  function asked(run: SearchedRun, text: string, event_index: number): Result<WatchAsked> {
    const naming = namingOf(run);
    const { container_life } = run.search.parts.replay.moveTo(Math.min(event_index, run.search.parts.blocks.event_count));
    const is_there = ({ id }: { readonly id: number }): boolean => container_life[id] === LIFE.alive;
    return parseWatch(text, { ...naming, containers: naming.containers.toSorted((x, y) => Number(is_there(x)) - Number(is_there(y))) });
  }

  /** What a run cannot tell: a counter that a trace has nothing of, or that a real kernel has not read there; its events leave it at 0, which is no value of it. */
  function unknown({ reader, player }: SearchedRun, { watched, text }: WatchAsked, event_index: number): LabError | null {
    if (watched.what !== 'counter' || reader.meta.source === 'engine') return null;
    const containerAt = (event: number) => player.seek({ event }).containers.find(({ id }) => id === watched.container);
    // One that is not there yet says at the end what its run knows of it.
    const at = containerAt(event_index) ?? containerAt(reader.blocks.reduce((count, block) => count + block.event_count, 0));
    if (!Number.isNaN(at?.counters[watched.counter])) return null;
    if (at?.exists === false) {
      const told = readLastInWords(countersOf(reader.meta)[watched.counter], at.read_last?.[watched.counter] ?? Number.NaN);
      return {
        code: 'counter-unknown',
        message: `${text} is not known: the container was removed, and ${NOBODY_READS}${told === null ? '' : `; ${told}`}.`,
        remedy: 'ask at an event before its removal',
      };
    }
    const file = countersOf(reader.meta)[watched.counter].file;
    const name = counterLabel(countersOf(reader.meta)[watched.counter]);
    return {
      code: 'counter-unknown',
      message: `${text} is not known: nothing that this run recorded up to there tells ${file === 'limit' ? name : `${name} of ${file}`}.`,
    };
  }

  return {
    async findEvents({ run_id, kinds, query, search, ...range }: Checked<'findEvents'>): Promise<Result<Answer<'findEvents'>>> {
      const found = open(run_id);
      if (!found.ok) return found;
      const run = found.value;
      const asked_kinds = kinds === undefined ? null : new Set(kinds);
      const asked_words = query === undefined ? undefined : await queryOf(run_id, run, query);
      const sought = {
        ...range,
        ...(asked_words ?? { matches: () => true }),
        kinds: bothOf(asked_kinds, asked_words?.kinds ?? null),
      };
      return searches.run(search, async (pause) => ok(await findEvents(run.search.parts.blocks, sought, pause)));
    },

    async watch({ run_id, watch, from_event, direction, search }: Checked<'watch'>): Promise<Result<Answer<'watch'>>> {
      const found = open(run_id);
      if (!found.ok) return found;
      const run = found.value;
      return searches.run(search, async (pause): Promise<Result<Answer<'watch'>>> => {
        const read = asked(run, watch, from_event);
        if (!read.ok) return read;
        const { watched, condition, text } = read.value;
        const hit = await run.search.watch(watched, condition, from_event, direction, pause);
        const { words } = namingOf(run);
        if (hit === null) {
          // What is not known does not stay as it is.
          const gap = unknown(run, read.value, from_event);
          return gap === null ? ok({ text, hit: null }) : fail(gap);
        }
        const { event_index } = hit;
        const [gap_before, gap] = [unknown(run, read.value, event_index), unknown(run, read.value, eventNumber(event_index))];
        if (gap_before !== null && gap !== null) return fail(gap);
        const [before, after] = [hit.before, hit.after].map((value) => watchedInWords(watched, value, words));
        return ok({ text, hit: { event_index, before: gap_before === null ? before : UNKNOWN, after: gap === null ? after : UNKNOWN } });
      });
    },

    async watchValues({ run_id, watches, event_index, search }: Checked<'watchValues'>): Promise<Result<Answer<'watchValues'>>> {
      const found = open(run_id);
      if (!found.ok) return found;
      const run = found.value;
      return searches.run(search, async (pause): Promise<Result<Answer<'watchValues'>>> => {
        const values: Answer<'watchValues'>[number][] = [];
        for (const watch of watches) {
          const read = asked(run, watch, event_index);
          if (!read.ok) {
            values.push({ text: watch, value: null, error: read.errors[0] ?? null });
            continue;
          }
          const gap = unknown(run, read.value, event_index);
          if (gap !== null) {
            values.push({ text: read.value.text, value: null, error: gap });
            continue;
          }
          const value = await run.search.value(read.value.watched, event_index, pause);
          values.push({ text: read.value.text, value: watchedInWords(read.value.watched, value, namingOf(run).words), error: null });
        }
        return ok(values);
      });
    },

    async why({ run_id, about, event_index, search }: Checked<'why'>): Promise<Result<Answer<'why'>>> {
      const found = open(run_id);
      if (!found.ok) return found;
      const run = found.value;
      const lines = (await runs.scenarioText(run_id))?.split(/\r?\n/) ?? [];
      return searches.run(search, async (pause): Promise<Result<Answer<'why'>>> => {
        const read = asked(run, about, event_index);
        if (!read.ok) return read;
        const { watched } = read.value;
        const { words } = namingOf(run);
        const { parts } = run.search;
        const rules = rulesInWords(parts.reader.meta.model);
        if (watched.what === 'page') return ok({ page: await whyPage(parts, words, rules, watched.page, event_index, lines, pause), counter: null });
        const gap = unknown(run, read.value, event_index);
        if (gap !== null) return fail(gap);
        if (watched.what === 'counter')
          return ok({ page: null, counter: await whyCounter(parts, words, rules, watched.container, watched.counter, event_index, pause) });
        return fail({ code: 'why-object', message: 'An object as a whole is charged to nobody; its pages are.', remedy: 'ask for one of them: `lib[812]`' });
      });
    },
  };
}
