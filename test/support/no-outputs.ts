import type { OutputStore } from '../../src/ports/output-store.ts';

/** Keeps nothing of what acts print: for runs whose steps have no acts. */
export const noOutputs: OutputStore = {
  beginAct: async () => undefined,
  keptTo: async () => 0,
  keepOutput: async () => undefined,
  acts: async () => [],
  output: async () => [],
  pruneOutputs: async () => undefined,
};
