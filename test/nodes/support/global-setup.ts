import type { TestProject } from 'vitest/node';
import { baseFileSystem } from './base.ts';
import { guardScratch } from './guard.ts';
import { takeNetwork } from './networks.ts';
import { isOffline, whyNoNodes } from './requirements.ts';
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
  const { base, missing } = await nodesHere();
  project.provide('base', '');
  project.provide('dnf5Base', '');
  project.provide('scratch', '');
  project.provide('network', 0);
  if (missing !== undefined) {
    console.warn(`No test nodes here, their tests are skipped: ${missing}.`);
    return undefined;
  }
  project.provide('base', base);
  project.provide('dnf5Base', process.env['TEST_NODES_DNF5_BASE'] ?? '');
  const scratch = await makeScratch();
  project.provide('scratch', scratch);
  guardScratch(scratch);
  project.provide('network', await takeNetwork(scratch));
  return () => clearScratch(scratch);
}

/** The root file system of nodes, or why there are none here. */
async function nodesHere(): Promise<{ base: string; missing?: string }> {
  const missing = whyNoNodes();
  if (missing !== undefined) return { base: '', missing };
  try {
    return { base: await baseFileSystem((line) => console.warn(line)) };
  } catch (error) {
    if (!isOffline(error)) throw error;
    return { base: '', missing: `no mirror of Debian can be reached: ${String(error)}` };
  }
}
