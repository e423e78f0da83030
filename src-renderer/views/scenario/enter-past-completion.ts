import { closeCompletion, selectedCompletion } from '@codemirror/autocomplete';
import { type EditorState, type Extension, Prec } from '@codemirror/state';
import { keymap } from '@codemirror/view';

const WORD_BEFORE = /[\w./@-]*$/;

/** Whether the chosen completion would write just what stands before the cursor already. */
function isWritten(state: EditorState): boolean {
  const chosen = selectedCompletion(state);
  if (chosen === null || chosen.apply !== undefined) return false;
  const { head } = state.selection.main;
  const line = state.doc.lineAt(head);
  return WORD_BEFORE.exec(line.text.slice(0, head - line.from))?.[0] === chosen.label;
}

/** Enter behind a word that is complete ends the line; to be put before the completions, whose it would be else. */
export const enterPastCompletion: Extension = Prec.highest(
  keymap.of([
    {
      key: 'Enter',
      run(view) {
        if (isWritten(view.state)) closeCompletion(view);
        return false;
      },
    },
  ]),
);
