import { seenNodes } from '../demo/nodes.ts';
import { effectOn } from './effects.ts';
import { channel, expectThat, type Play } from './story.ts';
import { approvedPlan } from './upgrade.ts';
import { expectUpgradedOnce } from './witness.ts';

export const canaryFails: Play = {
  moral: 'the canary failed, no other worker was touched; it was mended, tried again, and the run ended',
  policy: { timeouts: { nodeReadySeconds: 10 } },
  async story({ workspace, cluster }) {
    const dana = workspace.client.as('dana');
    const plan = await approvedPlan(workspace);
    await effectOn(cluster, 'cordon', 'w-01', 90_000);
    await cluster.faults.enable('kubelet-not-ready', { node: 'w-01' });

    await dana.waitForMessage(channel, 'stopped at w-01', 60_000);
    const others = seenNodes(cluster).filter(({ name }) => /^w-0[2-9]$/.test(name));
    expectThat(others.length > 0, 'There are no other workers');
    const touched = others.filter(({ kubelet, cordoned }) => kubelet !== 'v1.33.13' || cordoned);
    expectThat(touched.length === 0, `Touched although the canary failed: ${JSON.stringify(touched)}`);
    expectThat(cluster.journal.of('apt-install', 'w-02').length === 0, 'w-02 got packages');

    await cluster.faults.disable('kubelet-not-ready');
    await dana.click(plan, 'run.retry');
    await dana.waitForMessage(channel, 'is on v1.34.9', 120_000);
    await expectUpgradedOnce(cluster, workspace);
  },
};
