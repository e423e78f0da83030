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
