import { approvedByTwo, expectAllBack } from './rollback.ts';
import { channel, expectThat, type Play } from './story.ts';

export const drill: Play = {
  moral: 'approved once, the cluster went up and, by itself, back again; the way back is proven as of today',
  rehearsal: true,
  async story({ workspace, cluster, app }) {
    const dana = workspace.client.as('dana');
    await dana.command(channel, '/k8s-rollback drill prod-eu 1.34.9');
    const plan = await dana.waitForMessage(channel, 'Approvals 0 of 2', 30_000);
    expectThat(plan.plain.includes('one approval covers both directions'), `No outline: ${plan.plain}`);
    expectThat(plan.plain.includes('expected verdict keep etcd'), `No verdict: ${plan.plain}`);
    await approvedByTwo(workspace, plan, channel);

    // The bot dies when the upgrade is through, before the way back is even planned, and once more on the way.
    await dana.waitForMessage(channel, 'is on v1.34.9', 120_000);
    await app.kill();
    await app.start();
    await dana.waitForMessage(channel, 'drill, back: v1.34.9 → v1.33.13', 60_000);
    await app.kill();
    await app.start();

    const report = await dana.waitForMessage(channel, 'Drill v1.33.13 → v1.34.9 in', 120_000);
    expectThat(report.plain.includes('verdict keep etcd'), `Another verdict: ${report.plain}`);
    expectAllBack(cluster, '3.6');
    await dana.command(channel, '/k8s-upgrade clusters');
    await dana.waitForMessage(channel, { ephemeral: true, text: 'rollback last proven' }, 30_000);
  },
};
