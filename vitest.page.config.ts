import { defineConfig } from 'vitest/config';

/** Tests that need a browser (Debian's chromium, or the one that CHROMIUM names). */
export default defineConfig({
  test: {
    include: ['test/e2e/page/**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    fileParallelism: false,
  },
});
