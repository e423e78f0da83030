import type { LineChanges } from './changed-lines.ts';

/** A row of the source pane: a line of the text, or the note that lines were taken away. */
export interface SourceRow {
  readonly key: string;
  /** 0: no line of this text. */
  readonly line: number;
  readonly text: string;
  readonly mark?: 'new' | 'changed' | 'removed';
  /** The mark's word, on the first line of those that have it. */
  readonly word?: string;
}

/** Sign in the gutter for each mark. */
export const MARK_SIGNS = { new: '+', changed: '~', removed: '−' } as const;

/** Rows of a text with what changed in it. */
export function sourceRows(lines: readonly { readonly line: number; readonly text: string }[], changes?: LineChanges): readonly SourceRow[] {
  const removedBefore = (line: number): readonly SourceRow[] => {
    const gone = changes?.removed.get(line);
    if (gone === undefined) return [];
    return [
      { key: `removed-${line}`, line: 0, text: gone.join('\n'), mark: 'removed', word: gone.length === 1 ? '1 line removed' : `${gone.length} lines removed` },
    ];
  };
  const rows = lines.flatMap(({ line, text }): readonly SourceRow[] => {
    const mark = changes?.marks.get(line);
    const is_first = mark !== undefined && changes?.marks.get(line - 1) !== mark;
    return [...removedBefore(line), { key: `${line}`, line, text, ...(mark === undefined ? {} : { mark }), ...(is_first ? { word: mark } : {}) }];
  });
  return [...rows, ...removedBefore((lines.at(-1)?.line ?? 0) + 1)];
}
