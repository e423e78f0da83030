import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--bg)', color: 'var(--text-1)', fontSize: 'var(--text-m)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '20px' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--text-1)' },
  '.cm-line': { padding: '0 12px 0 8px' },
  '.cm-cursor': { borderLeftColor: 'var(--text-1)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'light-dark(#cfdcf8, #34497a)' },
  '.cm-activeLine': { backgroundColor: 'light-dark(rgb(42 91 208 / 5%), rgb(130 168 255 / 7%))' },
  '.cm-gutters': { backgroundColor: 'var(--bg)', color: 'var(--text-3)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 8px 0 12px', minWidth: '36px' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text-1)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--bg-hover)', border: 'none', color: 'var(--text-3)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--bg-selected)', outline: '1px solid var(--line-strong)' },
  '.cm-searchMatch': { backgroundColor: 'var(--warning-soft)', outline: '1px solid var(--warning)' },
  '.cm-panels': { backgroundColor: 'var(--bg-raised)', color: 'var(--text-1)', borderColor: 'var(--line)' },
  '.cm-panels .cm-textfield': { backgroundColor: 'var(--bg)', border: '1px solid var(--line-control)' },
  '.cm-panels .cm-button': { backgroundImage: 'none', backgroundColor: 'var(--bg)', border: '1px solid var(--line-strong)', borderRadius: 'var(--radius-s)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--bg-overlay)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius-m)',
    boxShadow: 'var(--shadow)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', fontSize: 'var(--text-s)', maxHeight: '18em' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px', lineHeight: '20px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--bg-selected)', color: 'var(--text-1)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--accent)' },
  '.cm-completionDetail': { fontStyle: 'normal', color: 'var(--text-3)', marginLeft: '12px' },
  '.cm-tooltip.cm-completionInfo': { padding: '6px 8px', maxWidth: '340px', fontFamily: 'var(--font-ui)', fontSize: 'var(--text-s)' },
  '.scenario-help': { maxWidth: '420px', padding: '6px 10px', fontFamily: 'var(--font-ui)', fontSize: 'var(--text-s)', lineHeight: '18px' },
  '.scenario-help .help-word': { fontFamily: 'var(--font-mono)', fontWeight: '600', marginRight: '8px' },
  '.scenario-help .help-kind': { color: 'var(--text-3)' },
  '.scenario-help .help-example': { display: 'block', marginTop: '4px', color: 'var(--text-2)', fontFamily: 'var(--font-mono)' },
  '.cm-diagnostic': { padding: '6px 10px', fontFamily: 'var(--font-ui)', fontSize: 'var(--text-s)' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--danger)' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--danger) 1px', textUnderlineOffset: '3px' },
  '.cm-lint-marker-error': {
    content: 'none',
    width: '8px',
    height: '8px',
    margin: '6px 0 0 3px',
    backgroundColor: 'var(--danger)',
    clipPath: 'polygon(50% 0, 100% 100%, 0 100%)',
  },
  '.cm-gutter-lint': { width: '14px' },
});

const colours = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: 'var(--chart-1)' },
  { tag: tags.comment, color: 'var(--text-3)', fontStyle: 'italic' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket], color: 'var(--text-3)' },
  { tag: [tags.keyword, tags.meta], color: 'var(--accent)', fontWeight: '600' },
]);

/** The editor's look, from the window's tokens, so that it follows the theme by itself. */
export const editorTheme: Extension = [look, syntaxHighlighting(colours)];
