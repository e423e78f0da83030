import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examples, goldenOf, goldenPath, runExample } from './run-example.ts';

const EXAMPLES = examples();

describe.each(EXAMPLES)('$name', (example) => {
  test.each(example.models)('%s: every expectation holds', (model) => {
    const { expectations } = runExample(example.program, model);
    const failed = expectations.filter(({ held }) => !held).map(({ line, path, counter, expected, actual }) => `line ${line}: ${path} ${counter} is ${actual}, expected ${expected}`);
    expect(failed).toEqual([]);
  });

  test('the runs are the golden ones; if the change is meant: npm run golden', () => {
    expect(goldenOf(example)).toEqual(JSON.parse(readFileSync(goldenPath(example.name), 'utf8')));
  });
});

test('another process makes the same logs', { timeout: 300_000 }, () => {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, '../../scripts/golden.ts'), '--hashes'], { encoding: 'utf8' });
  const here = EXAMPLES.map((example) => [example.name, Object.values(goldenOf(example)).map((golden) => golden.log_sha256)]);
  expect(JSON.parse(printed)).toEqual(Object.fromEntries(here));
});
