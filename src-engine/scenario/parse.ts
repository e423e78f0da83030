import { nearest } from '../base/nearest.ts';
import { fail, type LabError, ok, type Result } from '../base/result.ts';
import { resolveScenario } from './compile.ts';
import { Findings, showValue } from './findings.ts';
import { type Scenario, scenarioSchema } from './schema.ts';
import { isMapValue, SchemaReader } from './schema-reader.ts';
import { readSource, type Source } from './source.ts';

/** A scenario without errors, and its text for the positions of what is found later. */
export interface ParsedScenario {
  readonly scenario: Scenario;
  readonly source: Source;
}

const BEGIN = 'begin the file with `memledger: 1`';

/** Whether the file says that it is a scenario of this format; else why not. */
function checkVersion(version: unknown, findings: Findings): 'ours' | 'newer' | 'wrong' {
  if (version === 1) return 'ours';
  if (typeof version === 'number' && version > 1) {
    findings.report(
      'newer-version',
      ['memledger'],
      `the scenario was made by a newer version of the lab: its format is ${version}, and this lab reads 1`,
      'update the lab',
    );
    return 'newer';
  }
  if (version === undefined) findings.report('not-a-scenario', [], 'this is not a scenario: the key `memledger` is missing', BEGIN);
  else findings.report('wrong-version', ['memledger'], `the format version ${showValue(version)} does not exist`, BEGIN);
  return 'wrong';
}

/** Names that may be given anywhere in the text, thus also after a break in it. */
const NAMED_ELSEWHERE = /^unknown-(?:area|container|model|object|open-file|pin|sample|task)$/;

/** Whether a section of names is there, but not as a map, or under a key that is misspelt. */
function isUnreadable(top: Record<string, unknown>, section: string): boolean {
  if (Object.hasOwn(top, section)) return !isMapValue(top[section]);
  return Object.keys(top).some((key) => key.split(/\s+/).includes(section) || nearest(key, [section]) !== undefined);
}

/** Names that stand under a key at the top that means nothing, as `B` does below a stray word amid `containers`: that key is told, and not each use of them. */
function strayNames(top: Record<string, unknown>): readonly string[] {
  return Object.entries(top).flatMap(([key, value]) => (!Object.hasOwn(scenarioSchema.shape, key) && isMapValue(value) ? Object.keys(value) : []));
}

/** What an error is about, by the name that begins it: of `B/x` and `b:heap` also `B` and `b`. */
const isAbout = ({ message }: LabError, name: string): boolean => {
  const [, found = ''] = /^unknown [\w ]+ `(.*?)`/.exec(message) ?? [];
  return found === name || found.startsWith(`${name}/`) || found.startsWith(`${name}:`);
};

/**
 * Reads a scenario. Fails with every error of the text at once, in order of their places: of the YAML, of keys and values, and of names.
 * `file` is named in the places. What a trace file holds is not looked at; compileScenario does that.
 */
export function parseScenario(text: string, { file }: { readonly file?: string } = {}): Result<ParsedScenario> {
  const source = readSource(text, file);
  const findings = new Findings(source);
  if (!isMapValue(source.value)) {
    const message = text.trim() === '' ? 'the scenario is empty' : 'this is not a scenario: a scenario is a map of keys';
    if (source.errors.length === 0) findings.report('not-a-scenario', [], message, BEGIN);
    findings.add(source.errors);
    return fail(...findings.inOrder());
  }
  if (checkVersion(source.value.memledger, findings) === 'newer') return fail(...findings.inOrder());
  const scenario = new SchemaReader(source.value, findings).read();
  resolveScenario({ scenario, source, findings });
  // Where a whole section cannot be read nothing is known of the names in it.
  for (const [section, code] of [
    ['containers', 'unknown-container'],
    ['objects', 'unknown-object'],
    ['tasks', 'unknown-task'],
  ] as const)
    if (isUnreadable(source.value, section)) findings.keep((error) => error.code !== code);
  const stray = strayNames(source.value);
  findings.keep((error) => !NAMED_ELSEWHERE.test(error.code) || !stray.some((name) => isAbout(error, name)));
  if (source.broken_line < Number.POSITIVE_INFINITY) {
    // What stands after a break in the YAML's structure may mean anything, and what is missing may have been lost with it.
    const stands = ({ code, place }: LabError): boolean =>
      code !== 'missing-key' && !NAMED_ELSEWHERE.test(code) && place?.text !== '' && (place?.line ?? 0) < source.broken_line;
    findings.keep(stands);
  }
  // Nor can anything be said of what the YAML itself does not allow, such as an alias to itself.
  const unreadable = new Set(source.errors.map(({ place }) => `${place?.line}:${place?.column}`));
  findings.keep(({ place }) => !unreadable.has(`${place?.line}:${place?.column}`));
  findings.add(source.errors);
  const errors = findings.inOrder();
  return errors.length === 0 ? ok({ scenario, source }) : fail(...errors);
}
