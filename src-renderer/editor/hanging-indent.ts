import { type Extension, RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, ViewPlugin } from '@codemirror/view';

/** Space left of each line's text, as in the editor's theme. */
const LINE_PADDING_PX = 8;
const HANG_COLUMNS = 2;
const HANG_COLUMNS_MAX = 24;

/** Column at which the rows of a wrapped line go on after its first one. */
export function hangingColumns(line: string): number {
  return Math.min(HANG_COLUMNS_MAX, line.length - line.trimStart().length + HANG_COLUMNS);
}

function hang(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      const columns = hangingColumns(line.text);
      builder.add(
        line.from,
        line.from,
        Decoration.line({ attributes: { style: `padding-left: calc(${columns}ch + ${LINE_PADDING_PX}px); text-indent: -${columns}ch` } }),
      );
      at = line.to + 1;
    }
  }
  return builder.finish();
}

/** Wraps long lines, each further row a little to the right of the line's begin, so that the indents of the YAML stay readable. */
export const hangingWrap: Extension = [
  EditorView.lineWrapping,
  ViewPlugin.define(
    (view) => {
      let decorations = hang(view);
      return {
        get decorations() {
          return decorations;
        },
        update(update) {
          if (update.docChanged || update.viewportChanged) decorations = hang(update.view);
        },
      };
    },
    { decorations: (plugin) => plugin.decorations },
  ),
];
