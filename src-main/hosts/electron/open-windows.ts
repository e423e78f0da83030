import { createKeptList, type KeptList } from './kept-list.ts';

/** A window that is open: its name, under which the system keeps its place and size, and where in the lab it is (`#/run/7`). */
export interface OpenWindow {
  readonly name: string;
  readonly address: string;
}

const WINDOW_COUNT_MAX = 16;

/** A window of the file, if it is one: what else stands there might have been written by anybody. */
function windowOf(value: unknown): readonly OpenWindow[] {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('address' in value)) return [];
  const { name, address } = value;
  if (typeof name !== 'string' || typeof address !== 'string' || !/^lab(-\d{1,3})?$/.test(name) || !/^(#\/.{0,1000})?$/.test(address)) return [];
  return [{ name, address }];
}

/** The windows that were open when the app last ended, so that the next start opens them again where they were. Kept in the file `list_path`. */
export const createOpenWindows = (list_path: string): KeptList<OpenWindow> => createKeptList(list_path, WINDOW_COUNT_MAX, windowOf);

/** The first name of `lab`, `lab-2`, `lab-3` … that no open window has. */
export function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'lab' : `lab-${number}`;
    if (!taken.includes(name)) return name;
  }
}
