import { defineConfig } from 'vitest/config';

const FEEL = 'test/e2e/feel.test.ts';

/** End-to-end tests: a real lab behind the web host, driven in Chromium. Two files at a time, for a window and its lab wait for each other; what is measured comes last, alone. */
export default defineConfig({
  test: {
    passWithNoTests: true,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      { extends: true, test: { name: 'use', include: ['test/e2e/**/*.test.ts'], exclude: [FEEL], maxWorkers: 2, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'feel', include: [FEEL], maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
