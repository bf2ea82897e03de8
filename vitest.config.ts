import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Service tests start processes and wait for them; a hang must still end.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
