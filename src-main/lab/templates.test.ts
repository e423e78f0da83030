import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { formatScenario } from '../../src-engine/scenario/edit.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { EXAMPLES_DIR, TEMPLATES_DIR } from './paths.ts';
import { readTraceFile } from './scenario-text.ts';

const FILES = readdirSync(TEMPLATES_DIR);

it('there are a dozen templates', () => expect(FILES.length).toBeGreaterThanOrEqual(12));

it.each(FILES)('%s can be run as it is and says what to look at', (file) => {
  const text = readFileSync(join(TEMPLATES_DIR, file), 'utf8');
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(parsed.errors.map(({ message }) => message).join('\n'));
  expect(compileScenario(parsed.value, { readTrace: (name) => readTraceFile(name, TEMPLATES_DIR) }).ok).toBe(true);
  expect(parsed.value.scenario.about).not.toBe('');
  expect(parsed.value.scenario.models.length).toBeGreaterThan(1);
});

it('the layout of every template and example is the one that formatting gives', () => {
  for (const directory of [TEMPLATES_DIR, EXAMPLES_DIR])
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.yaml'))) {
      const text = readFileSync(join(directory, file), 'utf8');
      expect([file, formatScenario(text)]).toEqual([file, { ok: true, value: text }]);
    }
});
