import type { SandboxCluster } from '../cluster/index.ts';
import { StoryFailed } from './story.ts';

/** Waits until something has been done to a node. @throws StoryFailed after so long */
export async function effectOn(
  { journal }: Pick<SandboxCluster, 'journal'>,
  kind: Parameters<SandboxCluster['journal']['of']>[0],
  node: string,
  withinMs: number,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = (): void => {
    if (journal.of(kind, node).length > 0) resolve(true);
  };
  const stop = journal.onEffect(look);
  const timer = setTimeout(() => resolve(false), withinMs);
  look();
  const seen = await promise;
  clearTimeout(timer);
  stop();
  if (!seen) throw new StoryFailed(`${kind} never happened on ${node}`);
}
