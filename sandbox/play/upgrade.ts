import type { ShownMessage, Workspace } from '../slack/index.ts';
import { channel, type Play } from './story.ts';
import { expectUpgradedOnce } from './witness.ts';

/** Asks for the plan as @dana and lets @amir and @li approve it. Gives the plan's message. */
export async function approvedPlan(workspace: Workspace): Promise<ShownMessage> {
  const dana = workspace.client.as('dana');
  await dana.command(channel, '/k8s-upgrade plan prod-eu 1.34.9');
  const plan = await dana.waitForMessage(channel, 'Approvals 0 of 2', 30_000);
  await workspace.client.as('amir').click(plan, 'run.approve', { confirm: true });
  await dana.waitForMessage(channel, 'Approvals 1 of 2', 30_000);
  await workspace.client.as('li').click(plan, 'run.approve', { confirm: true });
  return plan;
}

export const upgrade: Play = {
  moral: 'all seven nodes reached v1.34.9 through the app, each thing was done once',
  async story({ workspace, cluster }) {
    await approvedPlan(workspace);
    await workspace.client.as('dana').waitForMessage(channel, 'is on v1.34.9', 120_000);
    await expectUpgradedOnce(cluster, workspace);
  },
};
