import type { TestProject } from 'vitest/node';
import { baseFileSystem } from './base.ts';
import { makeBridge } from './network.ts';
import { whyNoNodes } from './requirements.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The root file system of the nodes; empty where nodes cannot be had. */
    base: string;
  }
}

export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = whyNoNodes();
  project.provide('base', '');
  if (missing !== undefined) {
    console.warn(`No test nodes here, their tests are skipped: ${missing}.`);
    return undefined;
  }
  project.provide('base', await baseFileSystem((line) => console.warn(line)));
  return makeBridge();
}
