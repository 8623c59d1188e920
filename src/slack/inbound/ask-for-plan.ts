import type { Target } from '../../domain/intent.ts';
import type { ClusterName } from '../../domain/names.ts';
import { answer, type Place } from './answer.ts';
import type { Inbound } from './deps.ts';
import { permalinkOf } from './permalinks.ts';
import { proposeAnswer } from './propose-answer.ts';

/**
 * Plans for somebody: says at once that it is looking, because a look takes seconds. The plan itself is told by the
 * publisher, to the whole channel; a no is told to the one who asked.
 */
export async function askForPlan(
  inbound: Inbound,
  place: Place,
  wanted: { cluster: ClusterName; target: Target },
): Promise<void> {
  // Not awaited: the look begins while Slack takes the answer.
  const said = answer(inbound, place, `Looking at ${wanted.cluster} …`);
  try {
    const outcome = await inbound.useCases.propose({ user: place.user, channel: place.channel, ...wanted });
    const link = outcome.status === 'busy' ? await permalinkOf(inbound, outcome.run) : undefined;
    const card = proposeAnswer(outcome, link);
    await said;
    if (card !== undefined) await answer(inbound, place, card);
  } catch (error) {
    inbound.log.error({ error, cluster: wanted.cluster }, 'planning failed');
    await said;
    await answer(
      inbound,
      place,
      'I met an error while planning; nothing was changed. My log has the details.',
    );
  }
}
