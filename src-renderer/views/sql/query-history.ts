/** Queries that were asked, newest first, kept by the browser. */
const KEY = 'memledger.sql.history';
const KEPT_MAX = 50;

type Store = Pick<Storage, 'getItem' | 'setItem'>;

/** The kept queries; none where what is kept cannot be read. */
export function readHistory(store: Store = window.localStorage): readonly string[] {
  try {
    const kept: unknown = JSON.parse(store.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((query) => typeof query === 'string') : [];
  } catch {
    return [];
  }
}

/** Puts a query before the others; asked again, it moves there. Returns the new list. */
export function keepQuery(sql: string, store: Store = window.localStorage): readonly string[] {
  const kept = [sql, ...readHistory(store).filter((other) => other !== sql)].slice(0, KEPT_MAX);
  try {
    store.setItem(KEY, JSON.stringify(kept));
  } catch {
    // No room in the browser: the history ends with the window.
  }
  return kept;
}
