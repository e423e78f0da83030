/** Marks the part of a view that takes the keys when the view is come to: its grid, its text, its query. */
export const MAIN_PART = '[data-main-part]';

/** Whether nothing in particular has the focus. */
const isFocusFree = (): boolean => document.activeElement === null || document.activeElement === document.body;

/**
 * Puts the focus into the main part of the view that is made within `place`, as soon as that is there, unless something else has taken the focus or the pointer was pressed until then. Views are made
 * in pieces, so that it may take a while; some have no such part. Returns what ends the wait.
 */
export function focusMainPart(place: HTMLElement): () => void {
  const observer = new MutationObserver(look);
  const waiting = new AbortController();
  function end(): void {
    observer.disconnect();
    waiting.abort();
  }
  function look(): void {
    const part = isFocusFree() ? place.querySelector<HTMLElement>(MAIN_PART) : null;
    // An editor has its text within.
    const target = part?.matches('[tabindex]') === true ? part : part?.querySelector<HTMLElement>('[tabindex="0"], [contenteditable="true"]');
    if (target === null || target === undefined) {
      if (!isFocusFree()) end();
      return;
    }
    end();
    target.focus({ preventScroll: true });
  }
  observer.observe(place, { subtree: true, childList: true, attributeFilter: ['data-main-part'] });
  window.addEventListener('pointerdown', end, { capture: true, signal: waiting.signal });
  look();
  return end;
}
