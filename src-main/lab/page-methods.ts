import type { z } from 'zod';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { differenceOf } from '../../src-engine/record/page-map.ts';
import type { PagePlayer } from '../../src-engine/record/player.ts';
import type { RunReader } from '../../src-engine/record/run.ts';
import type { Answer, METHODS } from './contract.ts';
import type { Searches } from './searches.ts';

type Checked<M extends keyof typeof METHODS> = z.output<(typeof METHODS)[M]>;

/** A run that is open, as these methods need it. */
export interface PagesOfRun {
  readonly reader: RunReader;
  readonly player: PagePlayer;
}

export const CANCELLED: LabError = { code: 'cancelled', message: 'The search was ended.' };

/** The methods about single pages. */
export function createPageMethods(open: (run_id: number) => Result<PagesOfRun>, searches: Searches) {
  return {
    async pageMap({ run_id, search, ...request }: Checked<'pageMap'>): Promise<Result<Answer<'pageMap'>>> {
      const found = open(run_id);
      if (!found.ok) return found;
      return searches.run(search, async (control) => {
        const map = await found.value.player.pages.map(request, control);
        return map === null && control.cancelled() ? fail(CANCELLED) : ok(map);
      });
    },

    async pageAt({ run_id, page, event_index, limit, search }: Checked<'pageAt'>): Promise<Result<Answer<'pageAt'>>> {
      const found = open(run_id);
      if (!found.ok) return found;
      return searches.run(search, async (control) => {
        const story = await found.value.player.pages.story(page, event_index, limit, control);
        return story === null ? fail(CANCELLED) : ok(story);
      });
    },

    async pageDifference({ sides, mode, from_page, to_page, bucket_count_max, search }: Checked<'pageDifference'>): Promise<Result<Answer<'pageDifference'>>> {
      return searches.run(search, async (control) => {
        const numbers = new Map<string, number>();
        const keys: Uint32Array[] = [];
        for (const { run_id, event_index, object } of sides) {
          const found = open(run_id);
          if (!found.ok) return found;
          const { reader, player } = found.value;
          const pages = await player.pages.objectPages({ event_index, object, mode }, control);
          if (control.cancelled()) return fail(CANCELLED);
          if (pages === null) return ok(null);
          keys.push(mode === 'owner' ? pages.keys(numbers, reader.names.containers) : Uint32Array.from(pages.values));
        }
        const [left, right] = keys;
        if (left.length !== right.length) return ok(null);
        return ok(differenceOf(left, right, Math.min(from_page, left.length), Math.min(to_page, left.length), bucket_count_max));
      });
    },
  };
}
