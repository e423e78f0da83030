import { writeFileSync } from 'node:fs';
import { examples, goldenOf, goldenPath } from '../test/golden/run-example.ts';

/**
 * Writes the golden figures of every example; a change in them belongs in the commit that causes it. `--hashes` prints the hashes instead, for a test that
 * compares them with another process's.
 */
if (process.argv.includes('--hashes')) {
  const hashes = examples().map((example) => [example.name, Object.values(goldenOf(example)).map((golden) => golden.log_sha256)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(hashes)));
} else {
  for (const example of examples()) writeFileSync(goldenPath(example.name), `${JSON.stringify(goldenOf(example), null, 2)}\n`);
}
