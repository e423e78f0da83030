import { readFileSync, writeFileSync } from 'node:fs';

const RECENT_COUNT_MAX = 10;

/** The files that were imported last, newest first, kept in one small file. What cannot be read or written is as if it were empty. */
export interface RecentFiles {
  list(): readonly string[];
  add(path: string): void;
}

/** Keeps the list in the file `list_path`, as JSON. */
export function createRecentFiles(list_path: string): RecentFiles {
  const list = (): readonly string[] => {
    try {
      const paths: unknown = JSON.parse(readFileSync(list_path, 'utf8'));
      return Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : [];
    } catch {
      return [];
    }
  };
  return {
    list,
    add(path) {
      const paths = [path, ...list().filter((other) => other !== path)].slice(0, RECENT_COUNT_MAX);
      try {
        writeFileSync(list_path, JSON.stringify(paths));
      } catch {
        // A convenience only: not worth a word to the user.
      }
    },
  };
}
