import { defineConfig } from 'vitest/config';

/**
 * Tests of what keeps nothing beyond a call share their process and what it has imported: most of their time went into
 * importing the same again for every file. `test/layout.test.ts` holds that nothing which they import cleans up, or sets up,
 * around tests by itself: it would do so for the first file only.
 */
export const sharing = [
  'test/{docs,domain,intent,node,plan,steps}/**/*.test.ts',
  'test/slack/{projection,text}/**/*.test.ts',
];

const elsewhere = ['test/nodes/**', 'test/e2e/**'];

export default defineConfig({
  test: {
    // Many tests wait for processes, sockets and deadlines: more of them at once keep two cores busy.
    maxWorkers: 3,
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'sharing', include: sharing, isolate: false } },
      {
        extends: true,
        test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: [...elsewhere, ...sharing] },
      },
    ],
  },
});
