import { formatCount, plainFigures } from '../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { LIMITS } from '../scenario/limits.ts';
import { formatSize } from '../scenario/units.ts';
import type { SlackItem } from './foreign-format.ts';

/** A value in a scenario's text. */
export type DraftValue = string | number | boolean | readonly DraftValue[] | { readonly [key: string]: DraftValue };
/** A map of a scenario's text, keys in their order. */
export type DraftMap = Readonly<Record<string, DraftValue>>;

/** A scenario while an importer writes it. Names of foreign systems become names of the language, each once. */
export interface ScenarioDraft {
  /** Path in the language of a foreign container path; it is declared, with its limits. Given again, limits are added. */
  container(path: string, limits?: DraftMap): string;
  /** Declares a task under a name made of `wanted`, with further keys of the language. */
  task(wanted: string, container: string, keys?: DraftMap): string;
  /** Declares an object under a name made of `wanted`. */
  object(wanted: string, spec: DraftMap): string;
  /** A name for an area or a sample. */
  name(wanted: string): string;
  step(step: DraftMap, comment?: string): void;
  /** A comment on a line of its own before the next step. */
  comment(text: string): void;
  /** Names that had to be changed to be names of the language. */
  readonly renamed: ReadonlyMap<string, string>;
  /** What of the language's limits the draft goes over: more containers or tasks than one scenario may have, or more text; null if nothing. */
  exceeds(file: string): LabError | null;
  render(head: { readonly name: string; readonly about: readonly string[]; readonly models: readonly string[]; readonly machine?: DraftMap }): string;
}

const NAME_LENGTH_MAX = 120;

function cleanName(wanted: string): string {
  const cleaned = wanted.replaceAll(/[^A-Za-z0-9_.:@-]/g, '_').slice(0, NAME_LENGTH_MAX);
  return /^[A-Za-z0-9_]/.test(cleaned) ? cleaned : `_${cleaned}`;
}

/** Texts that YAML reads as themselves in a flow map. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_./@-]*$/;
const AMOUNT = /^\d+(?:[KMGT]iB)?(?: ±\d+(?:[KMGT]iB)?)?$|^\d*[KMGTi]*B?\.\.\d*(?:[KMGT]iB)?$/;
const WORDS = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);
const isPlain = (text: string): boolean => text === '.' || AMOUNT.test(text) || (PLAIN.test(text) && !WORDS.has(text.toLowerCase()));

function render(value: DraftValue): string {
  if (typeof value === 'string') return isPlain(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(render).join(', ')}]`;
  const entries = Object.entries(value);
  return entries.length === 0 ? '{}' : `{ ${entries.map(([key, item]) => `${render(key)}: ${render(item)}`).join(', ')} }`;
}

/** Without what YAML does not take, or takes for the end of a line. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, ' ').trim();

/** A size of the language from pages. */
export const pagesSize = (pages: number): string => formatSize(pages * PAGE_SIZE_BYTES);

/** What a scenario says of itself: how it was made, which sums do not add up, and what else a reader should know. */
export const aboutOf = (made: readonly string[], slack: readonly SlackItem[], notes: readonly string[]): readonly string[] => [
  ...made.map(plainFigures),
  ...slack.map(({ what, stated, found, unit }) => plainFigures(`Slack: ${what}: ${formatCount(stated)} and ${formatCount(found)} ${unit}.`)),
  ...notes.map((note) => plainFigures(`Note: ${note}.`)),
];

/** An amount to expect: what was stated, and by how much the sums beside it are off. */
export function expected(bytes: number, slack_bytes: number): string {
  const off = Math.abs(Math.round(slack_bytes));
  return off === 0 ? formatSize(bytes) : `${formatSize(bytes)} ±${formatSize(off)}`;
}

/** Memory of a machine that has room for so many bytes: the next power of two, 512 MiB at least and the lab's most at most. */
export function machineMemory(bytes: number): string {
  let size = 512 * 2 ** 20;
  while (size < bytes && size < LIMITS.memory_bytes) size *= 2;
  return formatSize(size);
}

/** A draft without anything in it. */
export function createDraft(): ScenarioDraft {
  const containers = new Map<string, Record<string, DraftValue>>();
  const path_by_foreign = new Map<string, string>();
  const tasks = new Map<string, DraftMap>();
  const objects = new Map<string, DraftMap>();
  const names = new Set<string>();
  const renamed = new Map<string, string>();
  const forked = new Set<string>();
  const steps: string[] = [];

  const unique = (wanted: string, taken: { has(name: string): boolean }): string => {
    const clean = cleanName(wanted);
    let name = clean;
    for (let number = 2; taken.has(name); number += 1) name = `${clean}-${number}`;
    return name;
  };

  const pathOf = (foreign: string): string => {
    const parts = foreign.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.length === 0) return '.';
    const key = parts.join('/');
    const known = path_by_foreign.get(key);
    if (known !== undefined) return known;
    const parent = pathOf(parts.slice(0, -1).join('/'));
    const prefix = parent === '.' ? '' : `${parent}/`;
    const last = unique(parts.at(-1) ?? '', { has: (name) => containers.has(`${prefix}${name}`) });
    const path = `${prefix}${last}`;
    if (path !== key) renamed.set(`/${key}`, path);
    path_by_foreign.set(key, path);
    containers.set(path, {});
    return path;
  };

  return {
    renamed,
    exceeds(file) {
      const error = (what: string): LabError => ({
        code: 'import-too-large',
        message: `${what}, more than one scenario may have.`,
        place: { file },
        remedy: 'import a part of it',
      });
      if (containers.size >= LIMITS.container_count) return error(`There are ${containers.size} containers`);
      if (tasks.size + forked.size > LIMITS.task_count) return error(`There are ${tasks.size + forked.size} tasks`);
      if (objects.size > LIMITS.object_count) return error(`There are ${objects.size} objects`);
      const text_length = steps.reduce((sum, step) => sum + step.length + 1, 0);
      return text_length > LIMITS.text_length / 2 ? error(`The steps have ${text_length} characters`) : null;
    },
    container(foreign, limits = {}) {
      const path = pathOf(foreign);
      const own = containers.get(path);
      if (own !== undefined) Object.assign(own, limits);
      return path;
    },
    task(wanted, container, keys = {}) {
      const name = unique(wanted, names);
      names.add(name);
      tasks.set(name, { in: container, ...keys });
      return name;
    },
    object(wanted, spec) {
      const name = unique(wanted, names);
      names.add(name);
      objects.set(name, spec);
      return name;
    },
    name(wanted) {
      const name = unique(wanted, names);
      names.add(name);
      return name;
    },
    step(step, comment) {
      if (typeof step.fork === 'string' && typeof step.as === 'string') forked.add(step.as);
      steps.push(`  - ${render(step)}${comment === undefined ? '' : `   # ${oneLine(comment)}`}`);
    },
    comment(text) {
      steps.push(`  # ${oneLine(text)}`);
    },
    render({ name, about, models, machine }) {
      const lines = ['memledger: 1', `name: ${JSON.stringify(oneLine(name).slice(0, 200))}`, 'about: |'];
      for (const line of about) lines.push(`  ${oneLine(line)}`);
      if (machine !== undefined) lines.push(`machine: ${render(machine)}`);
      const table = (title: string, rows: ReadonlyMap<string, DraftMap>): void => {
        if (rows.size === 0) return;
        lines.push(`${title}:`);
        for (const [key, row] of rows) lines.push(`  ${render(key)}: ${render(row)}`);
      };
      table('containers', containers);
      table('objects', objects);
      table('tasks', tasks);
      lines.push(...(steps.some((step) => step.startsWith('  - ')) ? ['steps:', ...steps] : ['steps: []', ...steps]));
      lines.push(`models: [${models.join(', ')}]`);
      return `${lines.join('\n')}\n`;
    },
  };
}
