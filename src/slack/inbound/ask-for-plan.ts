import type { ProposeRequest } from '../../usecases/use-cases.ts';
import { permalinkOf } from '../permalinks.ts';
import { progressText } from '../projection/look-progress.ts';
import { answer, type Place } from './answer.ts';
import { refuseUnseen } from './can-post.ts';
import type { Inbound } from './deps.ts';
import { failedText } from './failed-text.ts';
import { createProgressTeller } from './look-progress.ts';
import { whileNoted } from './open-looks.ts';
import { proposeAnswer } from './propose-answer.ts';

/**
 * When the one who asked is told how far the look is. Each is a line more: what only one person sees cannot be edited
 * (Slack takes replace_original for messages with a button only), so there are few.
 */
const progressMomentsMs = [1_800, 12_000, 45_000];

/**
 * Plans for somebody: says at once that it is looking, because a look takes seconds, and how far it is when it takes
 * longer. The plan itself is told by the publisher, to the whole channel; a no is told to the one who asked.
 */
export async function askForPlan(
  inbound: Inbound,
  place: Place,
  wanted: Pick<ProposeRequest, 'cluster' | 'target' | 'inHops' | 'start' | 'drill'>,
): Promise<void> {
  const { cluster } = wanted;
  const unseen = await refuseUnseen(inbound, place.channel);
  if (unseen !== undefined) return answer(inbound, place, unseen);
  const again = wanted.drill === undefined ? '/k8s-upgrade plan' : '/k8s-rollback drill';
  await whileNoted(inbound, place, { what: cluster, again: `${again} ${cluster}` }, () =>
    planFor(inbound, place, wanted),
  );
}

async function planFor(
  inbound: Inbound,
  place: Place,
  wanted: Parameters<typeof askForPlan>[2],
): Promise<void> {
  const { cluster } = wanted;
  // Not awaited: the look begins while Slack takes the answer.
  const said = answer(inbound, place, `Looking at ${cluster} …`);
  const progress = createProgressTeller(inbound.clock, progressMomentsMs, async (at) => {
    if (at !== undefined) await answer(inbound, place, `${cluster}: ${progressText(at)} …`);
  });
  try {
    const outcome = await inbound.useCases.propose({
      user: place.user,
      channel: place.channel,
      ...wanted,
      onProgress: progress.onProgress,
    });
    const link = outcome.status === 'busy' ? await permalinkOf(inbound, outcome.run.id) : undefined;
    const card = proposeAnswer(outcome, {
      runbooks: inbound.runbooks,
      link,
      asker: place.user,
      isDrill: wanted.drill !== undefined,
    });
    await Promise.all([said, progress.stop()]);
    if (card !== undefined) await answer(inbound, place, card);
  } catch (error) {
    inbound.log.error({ error, cluster }, 'planning failed');
    await Promise.all([said, progress.stop()]);
    await answer(inbound, place, failedText('I met an error while planning; nothing was changed.', error));
  }
}
