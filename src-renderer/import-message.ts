/** Something imported, in words: its name, and what is worth saying of it (empty: nothing). */
export interface Imported {
  readonly name: string;
  readonly detail: string;
}

const NAMED_COUNT_MAX = 4;

/** One sentence about one or more imports, in their order. Of many the last ones are named. */
export function importMessage(imported: readonly Imported[]): string {
  const named = imported.slice(-NAMED_COUNT_MAX).map(({ name, detail }) => (detail === '' ? name : `${name} ${detail}`));
  if (imported.length === 1) return `Imported ${named[0]}.`;
  const unnamed_count = imported.length - named.length;
  return `Imported ${imported.length} files: ${[...named, ...(unnamed_count > 0 ? [`and ${unnamed_count} before`] : [])].join('; ')}.`;
}
