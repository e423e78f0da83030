import type { z } from 'zod';
import { ok, type Result } from '../../src-engine/base/result.ts';
import { differenceOf } from '../../src-engine/record/page-map.ts';
import type { RunReader } from '../../src-engine/record/run.ts';
import type { RunPages } from '../../src-engine/record/run-pages.ts';
import type { Answer, METHODS } from './contract.ts';
import type { Searches } from './searches.ts';

type Checked<M extends keyof typeof METHODS> = z.output<(typeof METHODS)[M]>;

/** A run that is open, as these methods need it. */
export interface PagesOfRun {
  readonly reader: RunReader;
  readonly pages: RunPages;
}

/** The methods about single pages. */
export function createPageMethods(open: (run_id: number) => Result<PagesOfRun>, searches: Searches) {
  return {
    async pageMap({ run_id, search, ...request }: Checked<'pageMap'>): Promise<Result<Answer<'pageMap'>>> {
      const found = open(run_id);
      return found.ok ? searches.run(search, async (pause) => ok(await found.value.pages.map(request, pause))) : found;
    },

    async pageAt({ run_id, page, event_index, limit, search }: Checked<'pageAt'>): Promise<Result<Answer<'pageAt'>>> {
      const found = open(run_id);
      return found.ok ? searches.run(search, async (pause) => ok(await found.value.pages.story(page, event_index, limit, pause))) : found;
    },

    async pageDifference({ sides, mode, from_page, to_page, bucket_count_max, search }: Checked<'pageDifference'>): Promise<Result<Answer<'pageDifference'>>> {
      return searches.run(search, async (pause): Promise<Result<Answer<'pageDifference'>>> => {
        const numbers = new Map<string, number>();
        const keys: Uint32Array[] = [];
        for (const { run_id, ...side } of sides) {
          const found = open(run_id);
          if (!found.ok) return found;
          const { reader, pages } = found.value;
          const object = await pages.objectPages({ ...side, mode }, pause);
          if (object === null) return ok(null);
          keys.push(mode === 'owner' ? object.keys(numbers, reader.names.containers) : Uint32Array.from(object.values));
        }
        const [left, right] = keys;
        if (left.length !== right.length) return ok(null);
        return ok(differenceOf(left, right, Math.min(from_page, left.length), Math.min(to_page, left.length), bucket_count_max));
      });
    },
  };
}
