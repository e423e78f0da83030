import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes. Begun first, none of them is what all processors but one wait for in the end; in a fresh clone vitest knows nothing of how long files take. */
const LONG_FILES = ['exhaustive.test.ts', 'kernel/recordings.test.ts', 'conformance/random.test.ts', 'record-run.test.ts', 'bad-input.test.ts'];

class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const long = LONG_FILES.flatMap((name) => others.filter(({ moduleId }) => moduleId.endsWith(name)));
    return [...long, ...others.filter((file) => !long.includes(file))];
  }
}

export default defineConfig({
  test: {
    include: [
      'src-engine/**/*.test.ts',
      'src-main/**/*.test.ts',
      'src-renderer/**/*.test.ts',
      'migrations/**/*.test.ts',
      'scripts/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: ['test/e2e/**', 'node_modules/**'],
    setupFiles: ['test/fixed-seed.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // All processors: many tests wait for processes of their own.
    maxWorkers: '100%',
    sequence: { sequencer: LongFilesFirst },
    expect: { poll: { timeout: 20_000 } },
  },
});
