import { isMap, isScalar, parseDocument, visit } from 'yaml';
import { fail, type LabError, ok, type Result } from '../base/result.ts';
import { parseScenario } from './parse.ts';
import { readSource } from './source.ts';

/** Rewrites a scenario in the lab's layout: two spaces, `memledger` first. Comments, blank lines and the order of keys stay. Fails where the text is not YAML. */
export function formatScenario(text: string): Result<string> {
  const { errors } = readSource(text);
  if (errors.length > 0) return fail(...errors);
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'silent' });
  const { contents } = document;
  if (isMap(contents)) {
    const version_index = contents.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === 'memledger');
    if (version_index > 0) contents.items.unshift(...contents.items.splice(version_index, 1));
  }
  // Width 0: lines are broken where their author broke them.
  return ok(withTightLists(document.toString({ indent: 2, lineWidth: 0 })));
}

/** Lists in a line as people write them, `[a, b]`, and of maps alone `[ { a: 1 } ]`; the library pads every list as it pads maps. */
function withTightLists(text: string): string {
  /** Where a blank stands that goes. */
  const padding: number[] = [];
  visit(parseDocument(text, { uniqueKeys: false, logLevel: 'silent' }), {
    Seq(_key, { flow, range, items }) {
      if (flow !== true || range == null) return;
      const [from, to] = range;
      const is_tight = !text.slice(from, to).includes('\n') && !items.every(isMap);
      if (is_tight && text.startsWith('[ ', from)) padding.push(from + 1);
      if (is_tight && text.startsWith(' ]', to - 2)) padding.push(to - 2);
    },
  });
  padding.sort((one, other) => one - other);
  return [...padding, text.length].map((at, index) => text.slice(index === 0 ? 0 : padding[index - 1] + 1, at)).join('');
}

/** An error and the part of the text it marks, as offsets in UTF-16 units. */
export interface Mark extends LabError {
  readonly from: number;
  readonly to: number;
}

/** Errors with the parts of a text that they mark; those without a place mark its start. */
export function marksOf(text: string, errors: readonly LabError[]): readonly Mark[] {
  const line_starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) line_starts.push(at + 1);
  return errors.map((error) => {
    const { line = 1, column = 1, text: marked = '' } = error.place ?? {};
    const from = Math.min((line_starts[line - 1] ?? text.length) + column - 1, text.length);
    return { ...error, from, to: Math.min(from + Math.max(marked.length, 1), text.length) };
  });
}

/** Every error of a scenario's text, marked in it. Empty for a scenario without errors. */
export function lintScenario(text: string): readonly Mark[] {
  const parsed = parseScenario(text);
  return parsed.ok ? [] : marksOf(text, parsed.errors);
}
