import { defineConfig } from 'vitest/config';

/** End-to-end tests: a real lab behind the web host, driven in Chromium. One file at a time, since they share the machine's cores. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    fileParallelism: false,
    passWithNoTests: true,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
