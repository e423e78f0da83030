/**
 * Edits that turn `from` into `to`: insertions, deletions, substitutions, and swaps of neighbours (optimal string alignment).
 * Stops early and returns `limit + 1` where the distance is more than `limit`.
 */
export function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let beforeLast = new Int32Array(to.length + 1);
  let last = Int32Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = new Int32Array(to.length + 1);
    current[0] = row;
    let smallest = row;
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let distance = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        distance = Math.min(distance, (beforeLast[column - 2] ?? 0) + 1);
      }
      current[column] = distance;
      smallest = Math.min(smallest, distance);
    }
    if (smallest > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}

/** Words compared at most, so that a long list of names cannot slow an error down. */
const CANDIDATE_COUNT_MAX = 5000;

/** The candidate that `word` most likely stands for, or undefined where none is near: a third of its letters may differ, one at least. Case counts little. The first of equals wins. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  // Every one-letter word is one edit from every other: only its case can be mistaken.
  const distance_max = word.length === 1 ? 0 : Math.max(1, Math.floor(word.length / 3));
  let best_distance = distance_max + 1;
  let seen_count = 0;
  for (const candidate of candidates) {
    seen_count += 1;
    if (seen_count > CANDIDATE_COUNT_MAX) break;
    const distance = editDistance(wanted, candidate.toLowerCase(), best_distance - 1);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

const SIMILAR_COUNT_MAX = 5;
/** Names that have fewer letters in a row with a longer word have nothing to do with it. */
const COMMON_LENGTH_MIN = 4;

/** Length of the longest run of letters that is in both. */
function commonLength(one: string, other: string): number {
  let longest = 0;
  let last = new Int32Array(other.length + 1);
  for (let row = 1; row <= one.length; row += 1) {
    const current = new Int32Array(other.length + 1);
    for (let column = 1; column <= other.length; column += 1) {
      if (one[row - 1] !== other[column - 1]) continue;
      current[column] = (last[column - 1] ?? 0) + 1;
      longest = Math.max(longest, current[column] ?? 0);
    }
    last = current;
  }
  return longest;
}

/** The few names that have most of a word in them, where it is none of them and near to none: `memory_max` has `memory.max`, `limit_max`. */
export function similarNames(word: string, candidates: Iterable<string>): readonly string[] {
  const wanted = word.toLowerCase();
  return [...candidates]
    .slice(0, CANDIDATE_COUNT_MAX)
    .map((name) => ({ name, common: commonLength(wanted, name.toLowerCase()) }))
    .filter(({ common }) => common > 0 && common >= Math.min(COMMON_LENGTH_MIN, wanted.length))
    .sort((a, b) => b.common - a.common || a.name.length - b.name.length)
    .slice(0, SIMILAR_COUNT_MAX)
    .map(({ name }) => name);
}

/** Of a long list what is worth trying for a word, and where the whole of it is: `similar: a, b; all 92 are in …`. */
export function tryInstead(word: string, names: readonly string[], whole: string): string {
  const similar = similarNames(word, names);
  return `${similar.length === 0 ? '' : `similar: ${similar.join(', ')}; `}all ${names.length} are in ${whole}`;
}
