import { readFileSync, writeFileSync } from 'node:fs';

/** A short list that the app keeps between its starts: recent files, open windows. */
export interface KeptList<T> {
  list(): readonly T[];
  keep(list: readonly T[]): void;
}

/**
 * Keeps at most `count_max` entries in the file `list_path`, as JSON. `entriesOf` gives the entry that a value of the file is, or none: what stands there might have been written by
 * anybody. It is a convenience only: what cannot be read is as if it were empty, and what cannot be written is not worth a word to the user.
 */
export function createKeptList<T>(list_path: string, count_max: number, entriesOf: (value: unknown) => readonly T[]): KeptList<T> {
  return {
    list() {
      try {
        const values: unknown = JSON.parse(readFileSync(list_path, 'utf8'));
        return Array.isArray(values) ? values.flatMap(entriesOf).slice(0, count_max) : [];
      } catch {
        return [];
      }
    },
    keep(list) {
      try {
        writeFileSync(list_path, JSON.stringify(list.slice(0, count_max)));
      } catch {
        // Said above: not worth a word.
      }
    },
  };
}
