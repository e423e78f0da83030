/**
 * Makes a function that does `work` for one input at a time and, of the inputs that come meanwhile, only for the latest:
 * what a view asks while it is dragged or zoomed.
 */
export function createLatest<Input>(work: (input: Input) => Promise<void>): (input: Input) => void {
  let waiting: { readonly input: Input } | undefined;
  let busy = false;
  return (input) => {
    waiting = { input };
    if (busy) return;
    busy = true;
    void (async () => {
      while (waiting !== undefined) {
        const next = waiting.input;
        waiting = undefined;
        await work(next);
      }
      busy = false;
    })();
  };
}
