import { onScopeDispose } from 'vue';

/** Least time between the end of one reading and the start of the next. */
const PAUSE_MS = 1000;

/** A function that asks for `read` to be done: at once, or as soon as the one under way is done and some time has passed. Wishes that come meanwhile are one. */
export function useReadAgain(read: () => Promise<void>): () => void {
  let reading = false;
  let wanted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  async function work(): Promise<void> {
    reading = true;
    wanted = false;
    await read();
    timer = setTimeout(() => {
      reading = false;
      if (wanted) void work();
    }, PAUSE_MS);
  }
  onScopeDispose(() => clearTimeout(timer));
  return () => {
    wanted = true;
    if (!reading) void work();
  };
}
