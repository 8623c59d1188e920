import type { Demo } from '../demo/start-demo.ts';

/** A story that plays itself: people act in the workspace, and at its end the world is looked at. */
export interface Play {
  /** What has been shown when it went well. */
  readonly moral: string;
  /** Policy of the demo's cluster beyond the usual. */
  readonly policy?: Record<string, unknown>;
  /** Package versions that the cluster's repositories offer beyond the usual. */
  readonly offered?: readonly string[];
  /** Whether drills may be run on the demo's cluster. */
  readonly rehearsal?: boolean;
  /** The channel whose conversation is printed; #prod-eu-ops unless given. */
  readonly channel?: string;
  /** @throws StoryFailed, or what the workspace's client throws */
  story(demo: Demo): Promise<void>;
}

export class StoryFailed extends Error {
  override name = 'StoryFailed';
}

/** @throws StoryFailed */
export function expectThat(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new StoryFailed(otherwise);
}

export const channel = 'prod-eu-ops';
