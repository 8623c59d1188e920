import { channel, expectThat, type Play } from './story.ts';
import { approvedPlan } from './upgrade.ts';
import { expectUpgradedOnce } from './witness.ts';

/** Effects at which the bot is killed: in the middle of a drain, of a kubeadm run, of a package installation. */
const deaths = [
  { kind: 'kubeadm-start', node: 'cp-2' },
  { kind: 'cordon', node: 'cp-3' },
  { kind: 'apt-install', node: 'w-02' },
] as const;

export const crash: Play = {
  moral: `the bot was killed ${deaths.length} times and finished; nothing was done or told twice`,
  async story({ workspace, cluster, app }) {
    await approvedPlan(workspace);
    for (const death of deaths) {
      await reached(cluster.journal, death);
      await app.kill();
      await app.start();
    }
    const dana = workspace.client.as('dana');
    await dana.waitForMessage(channel, 'is on v1.34.9', 120_000);
    await expectUpgradedOnce(cluster, workspace);
  },
};

async function reached(
  journal: { of(kind: never, node: string): unknown[]; onEffect(listener: () => void): () => void },
  { kind, node }: (typeof deaths)[number],
): Promise<void> {
  const happened = (): boolean => journal.of(kind as never, node).length > 0;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = (): void => {
    if (happened()) resolve(true);
  };
  const stop = journal.onEffect(look);
  const timer = setTimeout(() => resolve(false), 60_000);
  look();
  const seen = await promise;
  clearTimeout(timer);
  stop();
  expectThat(seen, `${kind} never happened on ${node}`);
}
