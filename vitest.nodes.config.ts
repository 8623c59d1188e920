import { defineConfig } from 'vitest/config';

/** Real machines: `npm run test:nodes`, as root. Elsewhere every test counts as skipped, and the reason is printed. */
export default defineConfig({
  test: {
    include: ['test/nodes/**/*.test.ts'],
    globalSetup: ['test/nodes/support/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
