import { onScopeDispose, type Ref, ref } from 'vue';
import { formatCount } from '../../format.ts';
import type { Lab } from '../../lab.ts';
import type { LoadedRun } from './run-session.ts';

/** A search that is under way is told of after each of so many events. */
const STRETCH_EVENTS = 500_000;

/** The stretches `[from, to)` in which an event is looked for: after the one at the cursor, or (−1) before it, the nearest first. */
export function* stretches(
  cursor: number,
  event_count: number,
  direction: 1 | -1,
  stretch_events = STRETCH_EVENTS,
): Generator<readonly [from: number, to: number]> {
  if (direction > 0) for (let from = cursor; from < event_count; from += stretch_events) yield [from, Math.min(event_count, from + stretch_events)];
  else for (let to = cursor - 1; to > 0; to -= stretch_events) yield [Math.max(0, to - stretch_events), to];
}

/** The search for an event by words of its row. */
export interface EventSearch {
  /** How far it is, or that it found nothing; empty where it found something, and before. */
  readonly outcome: Readonly<Ref<string>>;
  /** Looks for the next (−1: previous) event from the cursor with all words of the query, among those of some kinds (null: all). Ends the search before. Index of the event; undefined if none, or ended. */
  find(query: string, kinds: ReadonlySet<number> | null, cursor: number, direction: 1 | -1): Promise<number | undefined>;
  /** Ends the search under way, and forgets what it said. */
  end(): void;
}

/** Searches the events of an open run where they are, in the player. Ends with the scope. */
export function useEventSearch(lab: Lab, loaded: () => LoadedRun): EventSearch {
  const outcome = ref('');
  let search_id = 0;
  let is_under_way = false;
  const searchName = (): string => `find ${loaded().opened.run.id} ${search_id}`;

  function end(): void {
    if (is_under_way) void lab.call('cancelSearch', { search: searchName() });
    is_under_way = false;
    search_id += 1;
    outcome.value = '';
  }
  onScopeDispose(end);

  return {
    outcome,
    end,
    async find(query, kinds, cursor, direction) {
      end();
      const id = search_id;
      const { run, event_count } = loaded().opened;
      const sought = { run_id: run.id, query, direction, limit: 1, search: searchName(), ...(kinds !== null && { kinds: [...kinds] }) } as const;
      is_under_way = true;
      outcome.value = '…';
      for (const [from_event, to_event] of stretches(cursor, event_count, direction)) {
        const answer = await lab.call('findEvents', { ...sought, from_event, to_event });
        if (id !== search_id) return undefined;
        const [found] = answer.ok ? answer.value : [];
        if (!answer.ok || found !== undefined) {
          is_under_way = false;
          outcome.value = answer.ok ? '' : (answer.errors[0]?.message ?? '');
          return found?.index;
        }
        outcome.value = `at ${formatCount(((direction > 0 ? to_event : from_event) / event_count) * 100)} %`;
      }
      is_under_way = false;
      outcome.value = direction > 0 ? 'none after here' : 'none before here';
      return undefined;
    },
  };
}
