/** The part of the library of editors that every editor needs. */
export { EditorView } from '@codemirror/view';
