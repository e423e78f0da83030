import { defineConfig } from 'vitest/config';

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
    expect: { poll: { timeout: 20_000 } },
  },
});
