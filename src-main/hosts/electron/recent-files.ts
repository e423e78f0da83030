import { createKeptList } from './kept-list.ts';

const RECENT_COUNT_MAX = 10;

/** The files that were imported last, newest first. */
export interface RecentFiles {
  list(): readonly string[];
  add(path: string): void;
}

/** Keeps the list in the file `list_path`. */
export function createRecentFiles(list_path: string): RecentFiles {
  const kept = createKeptList(list_path, RECENT_COUNT_MAX, (value) => (typeof value === 'string' ? [value] : []));
  return {
    list: kept.list,
    add: (path) => kept.keep([path, ...kept.list().filter((other) => other !== path)]),
  };
}
