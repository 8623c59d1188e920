import type { SandboxCluster } from '../cluster/index.ts';
import type { PersonClient } from '../slack/client/person.ts';
import { expectAllBack, incidentChannel } from './rollback.ts';
import { channel, expectThat, type Play, StoryFailed } from './story.ts';
import { approvedPlan } from './upgrade.ts';

export const restore: Play = {
  moral:
    'two people typed the cluster’s name; the snapshot came back on all members, what was written since is gone',
  channel: incidentChannel,
  async story({ workspace, cluster }) {
    const { client } = workspace;
    const dana = client.as('dana');
    createNamespace(cluster, 'older');
    await approvedPlan(workspace);
    await dana.waitForMessage(channel, 'is on v1.34.9', 120_000);
    createNamespace(cluster, 'newer');

    await dana.command(incidentChannel, '/k8s-rollback prod-eu restore');
    const plan = await dana.waitForMessage(incidentChannel, 'DATA IS LOST', 30_000);
    expectThat(plan.plain.includes('Lost for good'), `It does not say what is lost: ${plan.plain}`);
    expectThat(plan.plain.includes('1 Namespace'), `The new namespace is not counted: ${plan.plain}`);

    const amir = client.as('amir');
    await amir.click(plan, 'run.approve');
    await opened(amir);
    const wrong = await amir.submit({ 'approve-typed.cluster': 'prod-us' });
    expectThat(JSON.stringify(wrong).includes('That is not the name'), 'A wrong name was taken');
    await amir.submit({ 'approve-typed.cluster': 'prod-eu' });
    await dana.waitForMessage(incidentChannel, 'Approvals 1 of 2', 30_000);
    expectThat(exists(cluster, 'newer'), 'Something was done after one approval of two');
    const li = client.as('li');
    await li.click(plan, 'run.approve');
    await opened(li);
    await li.submit({ 'approve-typed.cluster': 'prod-eu' });

    await dana.waitForMessage(incidentChannel, 'is back on v1.33.13', 150_000);
    expectAllBack(cluster, '3.5');
    expectThat(exists(cluster, 'older'), 'What was in the snapshot is gone');
    expectThat(!exists(cluster, 'newer'), 'What was written after the snapshot is still there');
  },
};

/** Waits until the form that asks for the cluster's name is there. */
async function opened(person: PersonClient): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (JSON.stringify(await person.views()).includes('approve-typed')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new StoryFailed('the form that asks for the cluster’s name did not open');
}

function createNamespace({ model }: SandboxCluster, name: string): void {
  model.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} });
}

function exists({ model }: SandboxCluster, name: string): boolean {
  return model.store.get('Namespace', '', name) !== undefined;
}
