import { Compartment, type Extension } from '@codemirror/state';
import { ViewPlugin } from '@codemirror/view';
import { later } from '../../later.ts';

/** What helps with a text and changes nothing of its place: an editor takes it up in a task of its own, after the text stands. */
export function takenUpLater(extensions: () => Extension): Extension {
  const place = new Compartment();
  return [
    place.of([]),
    ViewPlugin.define((view) => ({
      destroy: later(() => {
        view.dispatch({ effects: place.reconfigure(extensions()) });
      }),
    })),
  ];
}
