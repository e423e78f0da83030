import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

/** A file that is being made or taken in. */
export interface Transfer {
  readonly id: string;
  /** `Exporting`, `Opening`. */
  readonly doing: string;
  readonly file_name: string;
  /** Done of it, 0 to 1; null while that is not known. */
  readonly share: number | null;
  /** Milliseconds that the rest takes at the pace so far; null until there is a pace. */
  readonly left_ms: number | null;
  /** The user asked to stop it, and it has not ended yet. */
  readonly cancelling: boolean;
}

/** How the work of a transfer tells of itself. */
export interface TransferHandle {
  readonly is_cancelled: boolean;
  progress(share: number): void;
  /** It is over, however it went. */
  end(): void;
}

/** Short ones come and go unseen: the bar would only flicker. */
const SHOWN_AFTER_MS = 400;
/** Share from which on the pace is told. */
const PACE_FROM = 0.03;

/** What is left at the pace so far. */
export const leftOf = (share: number, elapsed_ms: number): number | null => (share < PACE_FROM ? null : (elapsed_ms * (1 - share)) / share);

/** Files on their way out or in that take a while, for the bar at the window's foot. */
export const useTransfers = defineStore('transfers', () => {
  const shown = shallowRef<readonly Transfer[]>([]);
  const cancels = new Map<string, () => void>();

  function change(id: string, changes: Partial<Transfer>): void {
    shown.value = shown.value.map((transfer) => (transfer.id === id ? { ...transfer, ...changes } : transfer));
  }

  /** Begins one. `cancel` asks whoever works on it to stop; the work still ends it. */
  function begin(doing: string, file_name: string, cancel: () => void): TransferHandle {
    const id = crypto.randomUUID();
    const begun_ms = performance.now();
    let share: number | null = null;
    let is_cancelled = false;
    cancels.set(id, () => {
      is_cancelled = true;
      change(id, { cancelling: true });
      cancel();
    });
    const timer = window.setTimeout(() => {
      shown.value = [...shown.value, { id, doing, file_name, share, left_ms: null, cancelling: false }];
    }, SHOWN_AFTER_MS);
    return {
      get is_cancelled() {
        return is_cancelled;
      },
      progress(now) {
        share = now;
        change(id, { share, left_ms: leftOf(now, performance.now() - begun_ms) });
      },
      end() {
        window.clearTimeout(timer);
        cancels.delete(id);
        shown.value = shown.value.filter((transfer) => transfer.id !== id);
      },
    };
  }

  return { shown, begin, cancel: (id: string): void => cancels.get(id)?.() };
});
