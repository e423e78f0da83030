import { setImmediate } from 'node:timers/promises';
import type { SearchControl } from '../../src-engine/record/page-finder.ts';

/** Searches of the player's process that can be ended from outside, each by the name that its caller gave it. */
export interface Searches {
  /** Runs a search. Other calls get their turn whenever it pauses. */
  run<T>(name: string | undefined, search: (control: SearchControl) => Promise<T>): Promise<T>;
  /** Ends the searches of that name at their next pause. */
  cancel(name: string): void;
}

/** Keeps the searches that are under way. */
export function createSearches(): Searches {
  const under_way = new Map<string, Set<{ cancelled: boolean }>>();
  return {
    async run(name, search) {
      const flag = { cancelled: false };
      const control: SearchControl = { pause: () => setImmediate(), cancelled: () => flag.cancelled };
      if (name === undefined) return search(control);
      const flags = under_way.get(name) ?? new Set();
      under_way.set(name, flags.add(flag));
      try {
        return await search(control);
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
