import { defineConfig } from 'vitest/config';

/**
 * The program in a process of its own between the simulated workspace and the simulated cluster: `npm run test:e2e`.
 * Three files at a time: each has a whole cluster and a bot, and most of their time they wait.
 */
export default defineConfig({
  test: {
    include: ['test/e2e/app/**/*.test.ts', 'test/e2e/drain/**/*.test.ts', 'test/e2e/rollback/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 3,
  },
});
