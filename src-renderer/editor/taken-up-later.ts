import { Compartment, type Extension } from '@codemirror/state';
import { ViewPlugin } from '@codemirror/view';
import { later } from '../later.ts';

/** What helps with a text and changes nothing of its place: an editor takes up each group in a task of its own, after the text stands. */
export function takenUpLater(...groups: readonly (() => Extension)[]): Extension {
  const places = groups.map(() => new Compartment());
  return [
    ...places.map((place) => place.of([])),
    ViewPlugin.define((view) => ({
      destroy: later(...groups.map((extensions, at) => () => view.dispatch({ effects: places[at].reconfigure(extensions()) }))),
    })),
  ];
}
