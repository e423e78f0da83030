import type { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { later } from '../later.ts';

/**
 * Makes an editor in `box`, in pieces, each in a task of its own: its state with a first parse, its elements, their place in the page, their measures. `made` is told of it when its elements are
 * there. Returns the function that takes back what is not done yet.
 */
export function editorInPieces(box: HTMLElement, createState: () => EditorState, made: (view: EditorView) => void): () => void {
  let state: EditorState | undefined;
  let view: EditorView | undefined;
  return later(
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
  );
}
