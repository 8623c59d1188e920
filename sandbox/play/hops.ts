import { seenNodes } from '../demo/nodes.ts';
import { channel, expectThat, type Play } from './story.ts';

/** How often a node of each role is restarted with a new kubelet on the way: workers skip the first hop. */
const kubeletInstalls = { 'control-plane': 2, worker: 1 } as const;

export const hops: Play = {
  moral:
    'two minors in one plan: control planes took both hops, workers one, everything was saved before each',
  offered: ['1.33.13', '1.34.8', '1.34.9', '1.35.1', '1.35.2'],
  async story({ workspace, cluster }) {
    const dana = workspace.client.as('dana');
    await dana.command(channel, '/k8s-upgrade plan prod-eu 1.35');
    const refusal = await dana.waitForMessage(
      channel,
      { text: 'one minor at a time', ephemeral: true },
      30_000,
    );
    await dana.click(refusal, 'plan.hops');
    const plan = await dana.waitForMessage(channel, 'Approvals 0 of 2', 30_000);
    expectThat(plan.plain.includes('v1.33.13 → v1.34.9 → v1.35.2'), `Another way: ${plan.plain}`);
    await workspace.client.as('amir').click(plan, 'run.approve', { confirm: true });
    await dana.waitForMessage(channel, 'Approvals 1 of 2', 30_000);
    await workspace.client.as('li').click(plan, 'run.approve', { confirm: true });
    await dana.waitForMessage(channel, 'is on v1.35.2', 150_000);

    const behind = seenNodes(cluster).filter((node) => node.kubelet !== 'v1.35.2' || node.cordoned);
    expectThat(behind.length === 0, `Not at v1.35.2 or left cordoned: ${JSON.stringify(behind)}`);
    for (const { name, role } of cluster.nodes) {
      const installs = cluster.journal.of('apt-install', name).filter(({ what }) => what.includes('kubelet'));
      expectThat(
        installs.length === kubeletInstalls[role],
        `${name} got a kubelet ${installs.length} times: ${JSON.stringify(installs)}`,
      );
    }
  },
};
