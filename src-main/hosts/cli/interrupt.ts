/** A signal that Ctrl-C or a polite kill aborts; a second one ends the process at once, as it would without us. */
export function interruptSignal(): { readonly signal: AbortSignal; release(): void } {
  const abort = new AbortController();
  const stop = (): void => {
    abort.abort();
    release();
  };
  const release = (): void => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { signal: abort.signal, release };
}
