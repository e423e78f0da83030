import { type Extension, Prec } from '@codemirror/state';
import { keymap } from '@codemirror/view';

/** Escape leaves an editor, where nothing else has a use for it: a list of completions, a panel of search and a selection are closed by it first. */
export const leaveByEscape = (leave: () => void): Extension =>
  Prec.lowest(
    keymap.of([
      {
        key: 'Escape',
        run() {
          leave();
          return true;
        },
      },
    ]),
  );

let told = false;

/** Tells once where the keys go after Escape: what is typed then are commands. */
export function tellEditorLeft(notices: { tell(message: string): unknown }): void {
  if (told) return;
  told = true;
  notices.tell('The editor is left: letters are commands now. e goes back to it, ? shows them all.');
}
