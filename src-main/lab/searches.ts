import { setImmediate } from 'node:timers/promises';
import { fail, type LabError, type Result } from '../../src-engine/base/result.ts';
import { type Pause, SearchCancelled } from '../../src-engine/record/page-events.ts';

/** Searches of the player's process that can be ended from outside, each by the name that its caller gave it. */
export interface Searches {
  /** Runs a search. Other calls get their turn whenever it pauses. Error: `cancelled`, if it was ended from outside. */
  run<T>(name: string | undefined, search: (pause: Pause) => Promise<Result<T>>): Promise<Result<T>>;
  /** Ends the searches of that name at their next pause. */
  cancel(name: string): void;
}

const CANCELLED: LabError = { code: 'cancelled', message: 'The search was ended.' };

/** Keeps the searches that are under way. */
export function createSearches(): Searches {
  const under_way = new Map<string, Set<{ cancelled: boolean }>>();
  return {
    async run(name, search) {
      const flag = { cancelled: false };
      const pause: Pause = async () => {
        await setImmediate();
        if (flag.cancelled) throw new SearchCancelled();
      };
      if (name === undefined) return search(pause);
      const flags = under_way.get(name) ?? new Set();
      under_way.set(name, flags.add(flag));
      try {
        return await search(pause);
      } catch (exception) {
        if (exception instanceof SearchCancelled) return fail(CANCELLED);
        throw exception;
      } finally {
        flags.delete(flag);
        if (flags.size === 0) under_way.delete(name);
      }
    },
    cancel(name) {
      for (const flag of under_way.get(name) ?? []) flag.cancelled = true;
    },
  };
}
