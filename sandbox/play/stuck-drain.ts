import type { ShownMessage, Workspace } from '../slack/index.ts';
import { channel, expectThat, type Play } from './story.ts';
import { approvedPlan } from './upgrade.ts';
import { expectUpgradedOnce } from './witness.ts';

export const stuckDrain: Play = {
  moral:
    'a budget held a drain up: its owner was called, the second of two people agreed, the pod went, the run ended',
  policy: { drain: { patienceSeconds: 5, timeoutSeconds: 150 } },
  async story({ workspace, cluster }) {
    const { client } = workspace;
    const dana = client.as('dana');
    await cluster.faults.enable('pdb-blocked', { pdb: 'shop/db' });
    const run = await approvedPlan(workspace);
    const inThread = { threadTs: run.ts } as const;

    const card = await dana.waitForMessage(channel, { ...inThread, text: 'is waiting for you' }, 60_000);
    expectThat(card.broadcast, 'The card is not shown in the channel');
    expectThat(/PDB `db` needs \d+ healthy and has \d+/.test(card.plain), `No arithmetic: ${card.plain}`);
    await dana.click(card, 'wait.tell-owner');
    await client.as('sam').waitForMessage(channel, { ...inThread, text: '@pay-oncall' }, 20_000);

    await dana.click(card, 'wait.delete-pod', { confirm: true });
    await dana.waitForMessage(channel, { ...inThread, text: 'A second person has to agree' }, 20_000);
    const asked = await presentCard(workspace, run, card);
    // Neither whoever asked nor somebody who may not approve can be the second.
    for (const handle of ['dana', 'sam']) {
      const denied = { ephemeral: true, text: 'You can’t approve this' } as const;
      const nobody = client.as(handle);
      await nobody.click(asked, 'wait.agree', { confirm: true });
      if (handle === 'dana') await nobody.waitForMessage(channel, denied, 20_000);
      else await nobody.waitForMessage(channel, { ephemeral: true, text: 'You can’t' }, 20_000);
    }
    expectThat(podDeletions(cluster) === 0, 'The pod was deleted before a second person had agreed');
    await client.as('li').click(asked, 'wait.agree', { confirm: true });
    await dana.waitForMessage(channel, { ts: card.ts, ...inThread, text: 'goes on: resolved by' }, 30_000);
    expectThat(podDeletions(cluster) === 1, `${podDeletions(cluster)} pods were deleted past their budget`);

    await cluster.faults.disable('pdb-blocked');
    await dana.waitForMessage(channel, 'is on v1.34.9', 120_000);
    await expectUpgradedOnce(cluster, workspace);
  },
};

/** The card as it is after the answer: with the buttons of the second person. */
async function presentCard(
  workspace: Workspace,
  run: ShownMessage,
  { ts }: ShownMessage,
): Promise<ShownMessage> {
  return workspace.client
    .as('li')
    .waitForMessage(channel, { threadTs: run.ts, ts, text: 'Awaited: a second person' }, 20_000);
}

/** Pods that were deleted, rather than evicted, as the simulated cluster saw it. */
function podDeletions({ journal }: Parameters<Play['story']>[0]['cluster']): number {
  return journal.effects.filter(({ kind }) => kind === 'delete-pod').length;
}
