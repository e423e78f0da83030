import { counterpartsOf } from '../src-engine/models/counterparts.ts';
import { COUNTERS } from '../src-engine/record/counters.ts';
import { EVENT_KINDS, type EventKindSpec } from '../src-engine/record/events.ts';
import { EVENT_COLUMNS, RANGE_PARAMETERS, SQL_VIEWS, type SqlView } from '../src-engine/record/sql-views.ts';
import { AXIS_NAMES, PARAMETERS } from '../src-engine/scenario/axes.ts';
import { PRESETS, type Preset, SIMPLIFICATIONS } from '../src-engine/scenario/presets.ts';
import { scenarioReferenceMarkdown } from '../src-engine/scenario/reference.ts';
import { fidelityPage } from './fidelity-page.ts';
import { committedFidelity } from './fidelity-rows.ts';
import type { ModelPicture, ModelPictures } from './model-pictures.ts';

const NOTE = '<!-- Made from the tables in code by `npm run docs`. Change those. -->';
const COLUMNS = ['task', 'container', 'page', 'a', 'b', 'flags'] as const;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
const list = (items: readonly string[]): string => items.map((item) => `* ${item}`).join('\n');
const page = (...parts: readonly string[]): string => `${[NOTE, ...parts].join('\n\n')}\n`;

const columnsOf = (kind: EventKindSpec): string =>
  COLUMNS.flatMap((name) => (kind.columns[name] === undefined ? [] : [`\`${name}\`: ${kind.columns[name]}`])).join('; ');

const realCounterparts = ({ axes, parameters }: Preset): string =>
  `\n\nOn a real kernel (\`memledger kernel run\`):\n\n${list(counterpartsOf(axes, parameters))}`;

const SQL_GROUPS: Readonly<Record<SqlView['group'], string>> = {
  runs: 'Runs and words',
  state: 'State',
  accounting: 'What happened, by theme',
  'event kinds': 'What happened, by kind of event',
};

/** A view with its columns; those that every view of events has are told once. */
function sqlView({ name, about, columns, range, group }: SqlView): string {
  const functions = range === undefined ? '' : ` \`${name}_in(${RANGE_PARAMETERS[range].join(', ')})\` reads a part of one run.`;
  const own = group === 'event kinds' ? columns.slice(EVENT_COLUMNS.length) : columns;
  const rows = own.map((column) => [`\`${column.name}\``, column.type, column.meaning]);
  return [`### \`${name}\``, `${about}${functions}`, ...(rows.length === 0 ? [] : [table(['column', 'type', 'meaning'], rows)])].join('\n\n');
}

const picture = (of: ModelPicture | undefined): string => (of === undefined ? '' : `\n\n![${of.alt}](${of.path})`);

/** The policies of each axis in one scene. */
const sideBySide = ({ scenes, axes }: ModelPictures): readonly string[] =>
  AXIS_NAMES.map((axis) => `### The policies for ${axis}\n\n${scenes.get(axis) ?? ''}${picture(axes.get(axis))}`);

/** The pages of docs/ that tables in code know better, and their pictures: path below docs/ → text. */
export function generatedDocs(pictures: ModelPictures): ReadonlyMap<string, string> {
  return new Map([
    ...[...pictures.axes.values(), ...pictures.presets.values()].map(({ path, svg }): [string, string] => [path, svg]),
    ['scenario-language.md', page(scenarioReferenceMarkdown().trimEnd())],
    [
      'recording-tables.md',
      page(
        '# Tables of the recording',
        '## Event kinds',
        table(
          ['code', 'kind', 'what happened', 'columns'],
          EVENT_KINDS.map((kind) => [String(kind.code), `\`${kind.name}\``, kind.meaning, columnsOf(kind)]),
        ),
        '## Counters of a container',
        'The names are the kernel’s own. Bytes at every boundary, pages inside.',
        table(
          ['counter', 'file', 'unit', 'scope', 'meaning'],
          COUNTERS.map(({ name, file, unit, scope, meaning }) => [`\`${name}\``, `\`${file}\``, unit === 'percent' ? '0.01 %' : unit, scope, meaning]),
        ),
      ),
    ],
    [
      'sql.md',
      page(
        '# SQL over recorded runs',
        'One `select` (or `with`, `values`, `explain`) over the views below, in the window’s SQL console or by `memledger sql [RUN…] "select …"` (`--json`, `--csv`, `--markdown`, `--vertical`). Without a run it is asked over all of them. The dialect is SQLite’s. Recorded runs are only read: everything that would write, attach a file or set a pragma is refused, and a query runs in a process of its own that can be ended at any time.',
        'The views of events read the recording’s blocks while the query runs. `run = …` reads that run alone; a view of one kind of event reads only the blocks that hold it. Events are numbered from 1; `events_in(run, from_event, to_event)` reads those from the first number to the second. `event_counts` has the counts of every kind without reading any event. `describe(run, event)` says an event in words.',
        'Amounts of memory are in bytes where the name ends in `_bytes` or is `bytes`, and in pages where it says `pages`. Times are simulated nanoseconds. Limits are null for `max`.',
        ...Object.entries(SQL_GROUPS).flatMap(([group, heading]) => [
          `## ${heading}`,
          ...(group === 'event kinds'
            ? [
                'Each has these columns, and its own:',
                table(
                  ['column', 'type', 'meaning'],
                  EVENT_COLUMNS.map((column) => [`\`${column.name}\``, column.type, column.meaning]),
                ),
              ]
            : []),
          ...SQL_VIEWS.filter((view) => view.group === group).map(sqlView),
        ]),
      ),
    ],
    ['fidelity.md', page(...fidelityPage(committedFidelity()))],
    [
      'models.md',
      page(
        '# Models',
        'A model is a choice on each of five axes. These have a name. Any other is composed: in a scenario `{ pages: partial, sockets: unified }` or `{ preset: memcg-v2, sockets: separate }`, on the command line `--model pages=partial,sockets=unified` or `--model memcg-v2,sockets=separate`. Where sources disagree, a parameter chooses: `--model partial,shares=equal`.',
        table(
          ['model', 'date', ...AXIS_NAMES, 'parameters'],
          PRESETS.map(({ id, date, axes, parameters = {} }) => [
            `\`${id}\``,
            date,
            ...AXIS_NAMES.map((axis) => axes[axis]),
            Object.entries(parameters)
              .map(([name, value]) => `${name}: ${value}`)
              .join(', '),
          ]),
        ),
        '## The policies side by side',
        'Each picture is a small scenario that is run under every policy of one axis, with `static` pages where it is not about them: what the containers are charged at its end, and whom each MiB is charged to. The scenarios are in [scripts/pictures](../scripts/pictures).',
        ...sideBySide(pictures),
        ...PRESETS.map((preset) => {
          const { id, title, date, summary, source, rules } = preset;
          return `## \`${id}\`: ${title}\n\n${summary}${picture(pictures.presets.get(id))}\n\nSource: ${source} (${date})\n\n${list(rules)}${realCounterparts(preset)}`;
        }),
        '## Parameters',
        table(
          ['parameter', 'of', 'values, the default first', 'meaning'],
          Object.entries(PARAMETERS).map(([name, { axis, policies, values, meaning }]) => [
            `\`${name}\``,
            policies.map((policy) => `${axis}: ${policy}`).join(', '),
            values.map((value) => `\`${value}\``).join(', '),
            meaning,
          ]),
        ),
        '## What the machine leaves out',
        list(SIMPLIFICATIONS),
      ),
    ],
  ]);
}
