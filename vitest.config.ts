import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/nodes/**', 'test/e2e/**'],
    // Many tests wait for processes, sockets and deadlines: more of them at once keep two cores busy.
    maxWorkers: 3,
    testTimeout: 60_000,
  },
});
