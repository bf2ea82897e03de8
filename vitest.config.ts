import { configDefaults, defineConfig } from 'vitest/config';

// What starts processes of the built program.
const endToEnd = ['test/e2e/**/*.test.ts', 'test/chaos/**/*.test.ts', 'test/diff/**/*.test.ts'];
// Tests that start processes wait for them; a hang must still end.
const limits = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    pool: 'forks',
    globalSetup: ['scripts/vitest-setup.mjs'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...endToEnd],
          setupFiles: ['test/support/property-seed.ts'],
          sequence: { groupOrder: 0 },
          ...limits,
        },
      },
      {
        // Whole clusters, each of which uses every core: after the others and one file at a time.
        test: {
          name: 'e2e',
          include: endToEnd,
          setupFiles: ['test/support/property-seed.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          ...limits,
        },
      },
    ],
  },
});
