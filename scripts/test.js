// `npm test`: everything that must hold, in one command after a clone. The last line is `N passed, N failed[, N skipped]`.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findChromium, isInstalled, ROOT, run } from './toolchain.js';

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

function check(title, command, args) {
  console.log(`\n— ${title}`);
  if (run(command, args) === 0) {
    total.passed += 1;
  } else {
    total.failed += 1;
    failures.push(title);
  }
}

/** Runs a vitest configuration and adds the tests it counted; a run that leaves no count is itself one failure. */
function suite(title, config, extra = {}) {
  console.log(`\n— ${title}`);
  const report = join(ROOT, 'test-results', `${config}.json`);
  rmSync(report, { force: true });
  const exit = run('vitest', ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], extra);
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
  total.passed += counts.numPassedTests;
  total.skipped += counts.numPendingTests + (counts.numTodoTests || 0);
  // A file that fails to load has no failed test of its own, yet vitest exits with an error.
  const failed = exit !== 0 && counts.numFailedTests === 0 ? 1 : counts.numFailedTests;
  total.failed += failed;
  if (failed > 0) failures.push(title);
}

if (!isInstalled('vitest', 'typescript', 'node') && run('npm', ['ci']) !== 0) {
  console.error('`npm ci` failed, so nothing could be tested. Its messages above say why.');
  process.exit(1);
}
mkdirSync(join(ROOT, 'test-results'), { recursive: true });

check('format and lint', 'biome', ['check', '--error-on-warnings']);
check('types', 'tsc', ['--noEmit', '-p', '.']);
check('types of the preload', 'tsc', ['--noEmit', '-p', 'src-main/hosts/electron/tsconfig.preload.json']);
check('types of the window', 'vue-tsc', ['--noEmit', '-p', 'src-renderer']);
check('build', 'npm', ['run', '--silent', 'build']);
suite('unit and conformance tests', 'vitest.config.ts');
const chromium = findChromium();
if (chromium !== undefined || process.env.CI === 'true') {
  suite('end-to-end tests in Chromium', 'vitest.e2e.config.ts', chromium === undefined ? {} : { MEMLEDGER_CHROMIUM: chromium });
} else {
  total.skipped += 1;
  console.log('\nskipped: end-to-end tests, since no Chromium was found (install `chromium`, or set MEMLEDGER_CHROMIUM to one)');
}

if (failures.length > 0) console.log(`\nfailed: ${failures.join('; ')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed > 0 ? 1 : 0);
