import { defineConfig } from 'vitest/config';
import { LongFirst } from './tests/testing/long-first.ts';

const EXCLUDED = ['node_modules/**', '.data/**'];

export default defineConfig({
  test: {
    // A hang is told apart from a slow and busy machine only by time, and time costs nothing while tests pass.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['**/*.test.ts'],
          exclude: [...EXCLUDED, 'tests/end-to-end/**'],
          globalSetup: ['tests/testing/global-setup.ts'],
          // Twice the two cores of CI: more than half of the time goes by in waiting.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'end-to-end',
          include: ['tests/end-to-end/**/*.test.ts'],
          // Whole clouds, each with names, ports and networks of its own; three of them do not fit on two cores.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
