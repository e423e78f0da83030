import { Random } from '../base/random.ts';
import type { WorkloadPattern } from './program.ts';
import { buildZipfTable, type ZipfTable } from './zipf.ts';

/** An endless, repeatable stream of page indexes. */
export interface Pattern {
  /** Writes the next `count` page indexes to `out[0..count)`. */
  fill(out: Uint32Array, count: number): void;
}

/** Tables last built, newest last: a repeated step asks for the same one each time. */
const zipf_tables: { readonly page_count: number; readonly skew: number; readonly table: ZipfTable }[] = [];
const ZIPF_TABLES_KEPT = 4;

function zipfTable(page_count: number, skew: number): ZipfTable {
  const known = zipf_tables.find((entry) => entry.page_count === page_count && entry.skew === skew);
  if (known !== undefined) return known.table;
  const table = buildZipfTable(page_count, skew);
  zipf_tables.push({ page_count, skew, table });
  if (zipf_tables.length > ZIPF_TABLES_KEPT) zipf_tables.shift();
  return table;
}

function uniform(page_count: number, seed: number): Pattern {
  const random = new Random(seed);
  return {
    fill(out, count) {
      random.fill(out, count);
      for (let index = 0; index < count; index += 1) out[index] = Math.floor(((out[index] ?? 0) * page_count) / 2 ** 32);
    },
  };
}

/** Random words drawn at a time for the second choice of zipf. */
const WORDS_AT_A_TIME = 4096;

function zipf(page_count: number, skew: number, seed: number): Pattern {
  const random = new Random(seed);
  const { shift, slots } = zipfTable(page_count, skew);
  const words = new Uint32Array(WORDS_AT_A_TIME * 2);
  // Words are drawn in whole batches and used in order, so that the pages do not depend on how many are asked for at a time.
  let next = words.length;
  return {
    fill(out, count) {
      for (let index = 0; index < count; index += 1) {
        if (next === words.length) {
          random.fill(words, words.length);
          next = 0;
        }
        const slot = (words[next] ?? 0) >>> shift;
        out[index] = (words[next + 1] ?? 0) < (slots[2 * slot] ?? 0) ? slot : (slots[2 * slot + 1] ?? 0);
        next += 2;
      }
    },
  };
}

function inOrder(page_count: number): Pattern {
  let page = 0;
  return {
    fill(out, count) {
      for (let index = 0; index < count; index += 1) {
        out[index] = page;
        page = page + 1 === page_count ? 0 : page + 1;
      }
    },
  };
}

function replay(pages: Uint32Array): Pattern {
  let at = 0;
  return {
    fill(out, count) {
      for (let index = 0; index < count; index += 1) {
        out[index] = pages[at] ?? 0;
        at = at + 1 === pages.length ? 0 : at + 1;
      }
    },
  };
}

/** A seed for each workload of a run, by how many came before it, so that two of them do not walk in step. */
export const workloadSeed = (seed: number, ordinal: number): number => (Math.imul(seed, 0x9e37_79b1) + ordinal) >>> 0;

/**
 * Starts a workload's pattern over pages `0..page_count` (page_count ≥ 1). The same arguments give the same pages on every machine, however `fill` is called.
 * Zipf: the page's index is its rank, page 0 the most popular. A loop larger than page_count goes around page_count. A trace begins again at its end.
 */
export function createPattern(pattern: WorkloadPattern, page_count: number, seed: number): Pattern {
  switch (pattern.kind) {
    case 'uniform':
      return uniform(page_count, seed);
    case 'zipf':
      return zipf(page_count, pattern.skew, seed);
    case 'scan':
      return inOrder(page_count);
    case 'loop':
      return inOrder(Math.min(pattern.loop_pages, page_count));
    case 'trace':
      return replay(pattern.pages);
  }
}
