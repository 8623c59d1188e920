import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/nodes/**', 'test/e2e/**'],
    testTimeout: 20_000,
  },
});
