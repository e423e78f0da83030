import type { EditorView } from '@codemirror/view';

/** The one stretch in which two texts differ, for an edit that leaves cursor and marks elsewhere alone; null where they are equal. */
export function textChange(before: string, after: string): { readonly from: number; readonly to: number; readonly insert: string } | null {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before.charCodeAt(from) === after.charCodeAt(from)) from += 1;
  let same_tail = 0;
  while (same_tail < shorter - from && before.charCodeAt(before.length - 1 - same_tail) === after.charCodeAt(after.length - 1 - same_tail)) same_tail += 1;
  return { from, to: before.length - same_tail, insert: after.slice(from, after.length - same_tail) };
}

/** Gives an editor, if it is made, another text, by the stretch that differs. */
export function takeText(editor: EditorView | undefined, now: string): void {
  const change = editor && textChange(editor.state.doc.toString(), now);
  if (change) editor.dispatch({ changes: change });
}
