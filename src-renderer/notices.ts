import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { LabError } from '../src-engine/base/result.ts';
import { asSentence } from './format.ts';

/** Something told to the user at the window's edge. */
export interface Notice {
  readonly id: number;
  readonly tone: 'plain' | 'good' | 'danger';
  readonly message: string;
  /** Where it happened, in words: `shared.yaml:12:5`. */
  readonly place?: string;
  readonly remedy?: string;
  readonly action?: { readonly title: string; readonly run: () => void };
  /** Told once it has gone, however it went. */
  readonly onGone?: () => void;
}

/** Title of the action that takes back what the notice tells. */
export const UNDO = 'Undo';
const SHOWN_MAX = 4;
const LIFETIME_MS = 8000;

function placeOf(error: LabError): string | undefined {
  const { place } = error;
  if (place === undefined) return undefined;
  const position = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
  const text = place.text === undefined ? '' : `“${place.text}”`;
  const words = place.file === undefined && place.line !== undefined ? `line ${position}` : position;
  return [words, text].filter((part) => part !== '').join(' ') || undefined;
}

/** The text to copy of a notice. */
export function noticeText(notice: Notice): string {
  return [notice.place, notice.message, notice.remedy].filter((part) => part !== undefined).join('\n');
}

/** The notices shown now. Errors stay until they are dismissed or what they happened in is left; the others go by themselves. */
export const useNotices = defineStore('notices', () => {
  const shown = shallowRef<readonly Notice[]>([]);
  /** When each error came, in milliseconds of the window's clock. */
  const told_ms = new Map<number, number>();
  let next_id = 1;

  function dismiss(id: number): void {
    const gone = shown.value.find((notice) => notice.id === id);
    shown.value = shown.value.filter((notice) => notice.id !== id);
    told_ms.delete(id);
    gone?.onGone?.();
  }

  function show(notice: Omit<Notice, 'id'>): number {
    const id = next_id++;
    while (shown.value.length >= SHOWN_MAX) dismiss(shown.value[0]?.id ?? 0);
    shown.value = [...shown.value, { ...notice, id }];
    if (notice.tone === 'danger') told_ms.set(id, performance.now());
    else window.setTimeout(() => dismiss(id), LIFETIME_MS);
    return id;
  }

  /** The newest notice whose action takes back what it tells. */
  const undoable = computed(() => shown.value.findLast(({ action }) => action?.title === UNDO));
  /** The newest that a key may dismiss: not one that would take its undoing along. */
  const newest = computed(() => shown.value.findLast(({ action }) => action?.title !== UNDO));
  function undo(): void {
    const notice = undoable.value;
    if (notice === undefined) return;
    notice.action?.run();
    dismiss(notice.id);
  }

  // What waits for a notice to go is done when the window goes.
  window.addEventListener('pagehide', () => {
    for (const notice of shown.value) dismiss(notice.id);
  });

  return {
    shown,
    undoable,
    dismiss,
    undo,
    newest,
    dismissNewest(): void {
      if (newest.value !== undefined) dismiss(newest.value.id);
    },
    /** The view was left: its errors go once they have stood as long as other notices do. */
    leaveView(): void {
      for (const [id, at_ms] of told_ms) window.setTimeout(() => dismiss(id), Math.max(0, at_ms + LIFETIME_MS - performance.now()));
    },
    /** Tells of something that went well or is worth knowing. */
    tell: (message: string, options: Pick<Notice, 'action' | 'onGone' | 'remedy'> & { readonly tone?: Notice['tone'] } = {}): number =>
      show({ tone: 'plain', message, ...options }),
    /** Tells of errors, one notice each. The same error shown already is not told twice. */
    report(errors: readonly LabError[]): void {
      for (const error of errors) {
        const place = placeOf(error);
        if (shown.value.some((notice) => notice.message === error.message && notice.place === place)) continue;
        show({
          tone: 'danger',
          message: error.message,
          ...(place !== undefined && { place }),
          ...(error.remedy !== undefined && { remedy: asSentence(error.remedy) }),
        });
      }
    },
  };
});
