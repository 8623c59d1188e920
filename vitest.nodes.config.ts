import { defineConfig } from 'vitest/config';

/** Real machines: `npm run test:nodes`, as root. Elsewhere every test counts as skipped, and the reason is printed. */
export default defineConfig({
  test: {
    include: ['test/nodes/**/*.test.ts'],
    globalSetup: ['test/nodes/support/global-setup.ts'],
    fileParallelism: false,
    // Bounds for what hangs, not for what two busy cores take long for.
    testTimeout: 400_000,
    hookTimeout: 600_000,
  },
});
