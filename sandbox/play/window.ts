import { channel, expectThat, type Play } from './story.ts';
import { approvedPlan } from './upgrade.ts';
import { expectUpgradedOnce } from './witness.ts';

/** From when the program began: the plan is approved before the first window, which closes in the middle of the run. */
const seconds = { opens: 20, closes: 23, opensAgain: 45, closesForGood: 3_600 };

/** To the second: windows know no smaller time. */
const began = Math.floor(Date.now() / 1_000) * 1_000;

/** `21:07:05`, by the clock of UTC, so many seconds from the beginning. */
function clockAt(after: number): string {
  return new Date(began + after * 1_000).toISOString().slice(11, 19);
}

export const maintenanceWindow: Play = {
  moral:
    'the run waited for its window, parked when it closed, finished the node in hand, and went on in the next',
  policy: {
    timeZone: 'UTC',
    windows: [
      { from: clockAt(seconds.opens), to: clockAt(seconds.closes) },
      { from: clockAt(seconds.opensAgain), to: clockAt(seconds.closesForGood) },
    ],
  },
  async story({ workspace, cluster }) {
    const dana = workspace.client.as('dana');
    const plan = await approvedPlan(workspace);
    const inThread = { threadTs: plan.ts } as const;
    await dana.waitForMessage(channel, 'approved, starts at', 20_000);
    await dana.waitForMessage(channel, { ...inThread, text: 'parked: outside the window' }, 20_000);
    expectThat(cluster.journal.effects.length === 0, 'Something was done before the window opened');

    await dana.waitForMessage(channel, { ...inThread, text: 'started' }, 60_000);
    expectThat(Date.now() >= began + seconds.opens * 1_000, 'It started before the window opened');

    // The message is edited a moment later: what it said before the start is not what is waited for.
    await dana.waitForMessage(channel, { ts: plan.ts, text: 'Pause after' }, 30_000);
    await dana.waitForMessage(channel, { ts: plan.ts, text: 'parked: outside the window' }, 60_000);
    const done = cluster.journal.effects.length;
    expectThat(done > 0, 'Nothing was done in the first window');
    const cordoned = cluster.journal.of('cordon').length - cluster.journal.of('uncordon').length;
    expectThat(cordoned === 0, 'It parked with a node cordoned');
    await until(began + (seconds.opensAgain - 1) * 1_000);
    expectThat(cluster.journal.effects.length === done, 'Something was begun outside the window');

    await dana.waitForMessage(channel, 'is on v1.34.9', 120_000);
    await expectUpgradedOnce(cluster, workspace);
  },
};

function until(moment: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, moment - Date.now()));
  });
}
