/** Unsaved texts of scenarios, kept by the browser so that a reload or a crash loses nothing. */
export interface Draft {
  readonly text: string;
  /** Revision that it was made from; null for a new scenario. */
  readonly revision_id: number | null;
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const PREFIX = 'memledger.draft.';
const keyOf = (scenario_id: number | undefined): string => `${PREFIX}${scenario_id ?? 'new'}`;

/** The kept draft of a scenario (undefined id: of the new one), if there is one. */
export function readDraft(scenario_id: number | undefined, store: Store = window.localStorage): Draft | undefined {
  const kept = store.getItem(keyOf(scenario_id));
  if (kept === null) return undefined;
  try {
    const draft: unknown = JSON.parse(kept);
    if (typeof draft !== 'object' || draft === null || !('text' in draft) || typeof draft.text !== 'string') return undefined;
    return { text: draft.text, revision_id: 'revision_id' in draft && typeof draft.revision_id === 'number' ? draft.revision_id : null };
  } catch {
    return undefined;
  }
}

/** Keeps a draft. Returns false where the browser has no room for it. */
export function keepDraft(scenario_id: number | undefined, draft: Draft, store: Store = window.localStorage): boolean {
  try {
    store.setItem(keyOf(scenario_id), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** Forgets a draft: it was saved or given up. */
export function dropDraft(scenario_id: number | undefined, store: Store = window.localStorage): void {
  store.removeItem(keyOf(scenario_id));
}

/** Scenarios that have a draft. */
export function draftIds(store: Store = window.localStorage): readonly number[] {
  return Array.from({ length: store.length }, (_, index) => store.key(index) ?? '')
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => Number(key.slice(PREFIX.length)))
    .filter(Number.isInteger);
}
