import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { hoverAt } from './hover.ts';
import { scenarioReferenceMarkdown } from './reference.ts';
import { OBJECT_SCHEMAS, VERB_SCHEMAS, VERBS, WORKLOAD_SCHEMAS } from './schema.ts';

const TEXT = `memledger: 1
name: Hover
seed: 3
machine: { memory: 512MiB } # a comment
containers:
  A: { max: 24MiB }
objects:
  shared: { file: 8MiB }
  conn: { socket: tcp }
tasks:
  a: { in: A }
steps:
  - { read: shared, by: a, range: 0..4MiB }
  - { workload: zipf, over: shared, by: a, accesses: 10 }
  - { expect: { A: { current: 8MiB } } }
models: [static]
`;
/** Help on the word that begins at the first place of `words`, `skip` letters on. */
const helpOn = (words: string, skip = 0) => hoverAt(TEXT, TEXT.indexOf(words) + skip);

describe('help on a word', () => {
  it('tells keys, verbs, values and names, each for what it is', () => {
    expect(helpOn('seed:')).toMatchObject({ word: 'seed', text: 'Seed of every random choice.', default: '1' });
    expect(helpOn('memory:')).toMatchObject({ kind: 'size', default: '512MiB' });
    expect(helpOn('512MiB')).toMatchObject({ text: expect.stringContaining('536870912 bytes, 131072 pages') });
    expect(helpOn('max:')).toMatchObject({ kind: 'limit', text: expect.stringContaining('memory.max') });
    expect(helpOn('file:')).toMatchObject({ kind: 'object', text: expect.stringContaining('page cache') });
    expect(helpOn('read:')).toMatchObject({ kind: 'verb', text: 'Reads a file page by page with read().', example: expect.stringContaining('read: shared') });
    expect(helpOn('read: shared', 6)).toMatchObject({ word: 'shared', kind: 'object (file)' });
    expect(helpOn('by: a,', 4)).toMatchObject({ kind: 'task (in A)' });
    expect(helpOn('tcp }')).toMatchObject({ kind: 'value', text: expect.stringContaining('tcp, udp') });
    expect(helpOn('zipf')).toMatchObject({ kind: 'pattern', text: expect.stringContaining('Zipf') });
    expect(helpOn('current:')).toMatchObject({ text: 'Memory charged to the container and its descendants.' });
    expect(helpOn('static]')).toMatchObject({ kind: 'model' });
    expect(helpOn('A: { max')).toMatchObject({ text: 'Limits and protection of a container.' });
  });

  it('tells nothing where there is no word, nor of a text that is no scenario', () => {
    expect(helpOn('a comment', 3)).toBeNull();
    expect(hoverAt('', 0)).toBeNull();
    expect(hoverAt('- a\n- b', 3)).toBeNull();
    expect(hoverAt('steps:\n  - { read: x, by: ', 14)).toMatchObject({ kind: 'verb' });
  });

  it('knows every key of every verb, workload and object, in the words of the reference page', () => {
    const reference = scenarioReferenceMarkdown();
    const examples = (schema: z.ZodType): readonly unknown[] => (z.globalRegistry.get(schema)?.examples as readonly unknown[] | undefined) ?? [];
    const steps = [...VERBS.map((verb) => VERB_SCHEMAS[verb]), ...Object.values(WORKLOAD_SCHEMAS)].flatMap(examples);
    const objects = Object.fromEntries(Object.entries(OBJECT_SCHEMAS).map(([kind, schema]) => [`x-${kind}`, examples(schema)[0]]));
    const text = stringify({ memledger: 1, name: 'All', objects, steps }, { collectionStyle: 'flow', lineWidth: 0 });
    const keys = [...text.matchAll(/[{ ]([a-z][\w-]*):/g)];
    expect(keys.length).toBeGreaterThan(80);
    for (const found of keys) {
      const help = hoverAt(text, found.index + 1);
      expect(help, found[1]).not.toBeNull();
      expect(reference, found[1]).toContain(help?.text);
    }
  });
});
