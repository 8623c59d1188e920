import type { TestProject } from 'vitest/node';
import { baseFileSystem } from './base.ts';
import { guardScratch } from './guard.ts';
import { takeNetwork } from './networks.ts';
import { whyNoNodes } from './requirements.ts';
import { clearScratch, makeScratch } from './scratch.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The root file system of the nodes; empty where nodes cannot be had. */
    base: string;
    /**
     * The same with dnf 5 in place of dnf 4, empty where there is none: no Debian has it. TEST_NODES_DNF5_BASE names one that
     * was made by hand, as the lower layers of an overlay.
     */
    dnf5Base: string;
    /** A directory for everything of this run, removed with it. */
    scratch: string;
    /** The number of this run's network. */
    network: number;
  }
}

export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = whyNoNodes();
  project.provide('base', '');
  project.provide('dnf5Base', '');
  project.provide('scratch', '');
  project.provide('network', 0);
  if (missing !== undefined) {
    console.warn(`No test nodes here, their tests are skipped: ${missing}.`);
    return undefined;
  }
  project.provide('base', await baseFileSystem((line) => console.warn(line)));
  project.provide('dnf5Base', process.env['TEST_NODES_DNF5_BASE'] ?? '');
  const scratch = await makeScratch();
  project.provide('scratch', scratch);
  guardScratch(scratch);
  project.provide('network', await takeNetwork(scratch));
  return () => clearScratch(scratch);
}
