import { stringify } from 'yaml';
import { counterLabel } from '../record/counter-names.ts';
import { COUNTERS, shownUnit } from '../record/counters.ts';
import { AXES, PARAMETERS } from './axes.ts';
import { scenarioJsonSchema } from './json-schema.ts';
import { LIMITS } from './limits.ts';
import { VERBS } from './schema.ts';
import { formatSize } from './units.ts';

const UNIT_WORDS = { bytes: 'bytes', count: 'count', percent: '0.01 %' } as const;

/** The parts of a JSON Schema that the page shows. */
interface Shown {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly items?: Shown;
  readonly anyOf?: readonly Shown[];
  readonly oneOf?: readonly Shown[];
  readonly $ref?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Shown>>;
  readonly additionalProperties?: Shown | boolean;
  readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, Shown>>;
}

const code = (text: string): string => `\`${text}\``;

function kindOf(schema: Shown): string {
  if (schema.title !== undefined) return schema.title.replace(/^an? /, '');
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(', ');
  if (schema.type === 'integer') return `${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'number') return `number from ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'array') return schema.items?.$ref === undefined ? 'list' : 'list of steps';
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(kindOf))].join(' or ');
  return 'map';
}

function defaultOf(schema: Shown, key: string, required: readonly string[]): string {
  if (required.includes(key)) return 'required';
  if (schema.default === undefined) return '';
  const plain = typeof schema.default === 'object' ? JSON.stringify(schema.default) : String(schema.default);
  return ['', '{}', '[]'].includes(plain) ? '' : code(plain);
}

function keyTable({ properties = {}, required = [] }: Shown): readonly string[] {
  const rows = Object.entries(properties).map(
    ([key, schema]) => `| ${code(key)} | ${kindOf(schema)} | ${defaultOf(schema, key, required)} | ${schema.description ?? ''} |`,
  );
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...rows];
}

const example = (value: unknown): string => code(stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim());

function examplesOf({ examples = [] }: Shown): readonly string[] {
  return examples.map((value) => `Example: ${example(value)}`);
}

const section = (heading: string, schema: Shown): readonly string[] => [
  heading,
  '',
  schema.description ?? '',
  '',
  ...examplesOf(schema),
  '',
  ...keyTable(schema),
  '',
];

/** Entry of a top-level map by its schema. */
function entryOf(schema: Shown | undefined): Shown {
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : {};
}

/** The reference page of the scenario language as Markdown, from the same schema that reads the files. */
export function scenarioReferenceMarkdown(): string {
  const root = scenarioJsonSchema() as Shown;
  const top = root.properties ?? {};
  const machine = top.machine ?? {};
  const objects = entryOf(top.objects).anyOf ?? [];
  const verbs = VERBS.flatMap((verb): readonly string[] => {
    const schema = root.$defs?.[`step-${verb}`] ?? {};
    const variants = schema.oneOf;
    if (variants === undefined) return section(`### ${code(verb)}`, schema);
    return [
      `### ${code(verb)}`,
      '',
      schema.description ?? '',
      '',
      ...variants.flatMap((variant) => section(`#### ${code(`${verb}: ${String(variant.properties?.[verb]?.const)}`)}`, variant)),
    ];
  });
  const lines = [
    '# The scenario language',
    '',
    'A scenario is a YAML file. This page is made from the schema that reads it; `memledger schema` prints the same as JSON Schema, `memledger check` tells what is wrong with a file, and `memledger format` puts it into the layout in which the lab’s editor saves it.',
    '',
    'Sizes are whole numbers of bytes, or have KiB, MiB, GiB (or the kernel’s K, M, G). Limits may also be `max`. Times have ns, us, ms or s. Ranges are `from..to` in sizes; either end may be left out.',
    'Names begin with a letter or digit and go on with letters, digits and `_ . : @ -`. Container paths are names with `/` between them; the root is `.`.',
    '',
    '## The file',
    '',
    ...keyTable(root),
    '',
    ...section('## machine', machine),
    ...section('### costs', machine.properties?.costs ?? {}),
    ...section('## containers', entryOf(top.containers)),
    '## objects',
    '',
    top.objects?.description ?? '',
    '',
    ...objects.flatMap((schema) => section(`### ${code(Object.keys(schema.properties ?? {})[0] ?? '')}`, schema)),
    ...section('## tasks', entryOf(top.tasks)),
    ...section('## attack', top.attack ?? {}),
    '## steps',
    '',
    'Steps happen one after another. A step of a task that a model has killed, or on a container that it could not create, is skipped under that model and recorded as skipped.',
    'A name is known from the step on that first declares it. Allocating or mapping an area under a name that the task has already unmaps the old one.',
    '',
    ...verbs,
    '## models',
    '',
    'A model is a policy on each of five axes. A page policy’s name alone is also a model.',
    '',
    '| axis | policies |',
    '|---|---|',
    ...Object.entries(AXES).map(([axis, names]) => `| ${code(axis)} | ${names.map(code).join(', ')} |`),
    '',
    'Where sources disagree, a parameter chooses; the first value is the default.',
    '',
    '| parameter | of | values | meaning |',
    '|---|---|---|---|',
    ...Object.entries(PARAMETERS).map(
      ([name, { axis, policies, values, meaning }]) =>
        `| ${code(name)} | ${policies.map((policy) => code(`${axis}: ${policy}`)).join(', ')} | ${values.map(code).join(', ')} | ${meaning} |`,
    ),
    '',
    '## Counters in `expect`',
    '',
    'These are the names that reports print. Those of `memory.events` may also be written without `events.`: `max` is `events.max`, and not the limit, which is `memory.max`.',
    'Limits may also be written as the recording’s table has them (`limit_max`), and by the files of version 1 (`memory.limit_in_bytes`).',
    '',
    '| counter | of | unit | meaning |',
    '|---|---|---|---|',
    ...COUNTERS.map((counter) => `| ${code(counterLabel(counter))} | ${counter.file} | ${UNIT_WORDS[shownUnit(counter)]} | ${counter.meaning} |`),
    '',
    '## Limits',
    '',
    '| what | at most |',
    '|---|---|',
    `| text | ${formatSize(LIMITS.text_length)} |`,
    `| memory | ${formatSize(LIMITS.memory_bytes)} |`,
    `| objects and areas together | ${LIMITS.object_page_count} pages |`,
    `| containers | ${LIMITS.container_count} |`,
    `| tasks | ${LIMITS.task_count} |`,
    `| steps, repeats counted out | ${LIMITS.step_count} |`,
    `| page accesses | ${LIMITS.access_count} |`,
    `| repeats in each other | ${LIMITS.repeat_depth} |`,
    '',
  ];
  return lines.filter((line, index) => line !== '' || lines[index - 1] !== '').join('\n');
}
