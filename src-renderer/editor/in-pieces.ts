import { forceParsing, syntaxTreeAvailable } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { later } from '../later.ts';

/** Of one task, for reading a text further. */
const READ_MS = 10;
/** As far as the library itself reads ahead. */
const READ_LENGTH_MAX = 100_000;

/**
 * Makes an editor in `box`, in pieces, each in a task of its own: its state with a first parse, its elements, their place in the page, their measures, and then the rest of its text, which the
 * library would read in one go as soon as the window is idle. `made` is told of it when its elements are there. Returns the function that takes back what is not done yet.
 */
export function editorInPieces(box: HTMLElement, createState: () => EditorState, made: (view: EditorView) => void): () => void {
  let state: EditorState | undefined;
  let view: EditorView | undefined;
  function readOn(): void {
    if (view === undefined) return;
    const end = Math.min(view.state.doc.length, READ_LENGTH_MAX);
    if (syntaxTreeAvailable(view.state, end)) return;
    forceParsing(view, end, READ_MS);
    takeBack = later(readOn);
  }
  let takeBack = later(
    () => {
      state = createState();
    },
    () => {
      view = new EditorView({ state });
      made(view);
    },
    () => {
      if (view === undefined) return;
      box.append(view.dom);
      view.dom.getBoundingClientRect();
    },
    () => {
      view?.requestMeasure();
      // What asks for a place has all measured that is to be.
      view?.coordsAtPos(0);
    },
    readOn,
  );
  return () => takeBack();
}
