import { seenNodes } from '../demo/nodes.ts';
import { effectOn } from './effects.ts';
import { channel, expectThat, type Play } from './story.ts';
import { approvedPlan } from './upgrade.ts';
import { expectUpgradedOnce } from './witness.ts';

export const quarantine: Play = {
  moral:
    'a worker failed and was set aside, the others went on; it was mended, tried again, and the run ended',
  policy: {
    // The pause gives people the time that a small cluster would not.
    workers: { canary: 1, batch: 2, onFailure: 'quarantine', failureBudget: 1, pauseSeconds: 20 },
    timeouts: { nodeReadySeconds: 10 },
  },
  async story({ workspace, cluster }) {
    const dana = workspace.client.as('dana');
    const plan = await approvedPlan(workspace);
    await effectOn(cluster, 'cordon', 'w-03', 120_000);
    await cluster.faults.enable('kubelet-not-ready', { node: 'w-03' });

    await dana.waitForMessage(channel, { threadTs: plan.ts, text: 'w-03 is in quarantine' }, 60_000);
    await dana.waitForMessage(channel, 'In quarantine', 30_000);
    const aside = seenNodes(cluster).find(({ name }) => name === 'w-03');
    expectThat(aside?.cordoned === true, 'w-03 is not cordoned');

    await cluster.faults.disable('kubelet-not-ready');
    await dana.click(plan, 'run.retry-quarantined');
    await dana.waitForMessage(channel, 'is on v1.34.9', 120_000);
    await expectUpgradedOnce(cluster, workspace);
    const labels = cluster.model.store.byKey('Node', '/w-03')?.metadata.labels ?? {};
    expectThat(!('k8s-upgrade-bot/quarantine' in labels), 'w-03 still has the label of a quarantine');
  },
};
