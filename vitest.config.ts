import { defineConfig } from 'vitest/config';

const EXCLUDED = ['node_modules/**', '.data/**'];

export default defineConfig({
  test: {
    // Two cores, and the tests start daemons of their own: more workers only make each other slow.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['**/*.test.ts'],
          exclude: [...EXCLUDED, 'tests/end-to-end/**'],
          globalSetup: ['tests/testing/global-setup.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'end-to-end',
          include: ['tests/end-to-end/**/*.test.ts'],
          // Whole clouds, one after the other and after everything else: they measure, and kill by name and network.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
