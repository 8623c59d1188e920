import type { RollbackCommand } from '../../domain/intent.ts';
import { parseRollbackCommand } from '../../intent/parse-rollback-command.ts';
import type { RollbackAsk } from '../../usecases/rollback/outcomes.ts';
import { permalinkOf } from '../permalinks.ts';
import { escaped } from '../text/untrusted.ts';
import { admitCommand } from './admit.ts';
import { answer, type Place } from './answer.ts';
import { askForPlan } from './ask-for-plan.ts';
import { refuseUnseen } from './can-post.ts';
import type { Inbound } from './deps.ts';
import { failedText } from './failed-text.ts';
import { rollbackHelpCard } from './lists.ts';
import { whileNoted } from './open-looks.ts';
import type { CommandPayload } from './payloads.ts';
import { rollbackAnswer } from './rollback-answer.ts';
import { candidatesCard } from './rollback-candidates-card.ts';
import { usageCard } from './usage-card.ts';

/** Does what the rollback command asks for. Called after the acknowledgement. */
export async function onRollbackCommand(inbound: Inbound, payload: CommandPayload): Promise<void> {
  const place = await admitCommand(inbound, payload);
  if (place === undefined) return;
  const { clusters, problem } = await inbound.useCases.rollbackClusters(place.channel);
  const wish = parseRollbackCommand(payload.text, { clusters });
  // What is not known here may be known in an incident's channel, if only Slack had said that this is one.
  const isUnknown = wish.kind === 'usage-error' || (wish.kind === 'candidates' && clusters.length === 0);
  if (isUnknown && problem !== undefined) return answer(inbound, place, escaped(problem));
  if (wish.kind === 'usage-error') return answer(inbound, place, usageCard(wish));
  return fulfil(inbound, place, wish);
}

async function fulfil(inbound: Inbound, place: Place, wish: RollbackCommand): Promise<void> {
  if (wish.kind === 'help') return answer(inbound, place, rollbackHelpCard);
  if (wish.kind === 'candidates') return showCandidates(inbound, place);
  if (wish.kind === 'drill') {
    const { cluster, target, etcd: drill } = wish;
    return askForPlan(inbound, place, { cluster, target, drill });
  }
  const { of, scope, etcd } = wish;
  return askForRollback(inbound, place, { of, scope, ...(etcd === undefined ? {} : { etcd }) });
}

/** What changed near now, to the one who asked: the channel of an incident is busy enough. */
async function showCandidates(inbound: Inbound, place: Place): Promise<void> {
  const found = await inbound.useCases.rollbackCandidates({ user: place.user, channel: place.channel });
  const links = await Promise.all(found.candidates.map(({ run }) => permalinkOf(inbound, run.id)));
  return answer(inbound, place, candidatesCard(found, links, inbound.clock.now()));
}

/**
 * Plans a rollback for somebody: says at once that it is looking. The plan with its verdict is told by the publisher, to
 * the whole channel; a no is told to the one who asked.
 */
export async function askForRollback(
  inbound: Inbound,
  place: Place,
  wanted: Pick<RollbackAsk, 'of' | 'scope' | 'etcd'>,
): Promise<void> {
  const unseen = await refuseUnseen(inbound, place.channel);
  if (unseen !== undefined) return answer(inbound, place, unseen);
  const byName = 'cluster' in wanted.of ? wanted.of.cluster : wanted.of.run;
  const what = 'cluster' in wanted.of ? wanted.of.cluster : `what run ${wanted.of.run} changed`;
  await whileNoted(inbound, place, { what, again: `/k8s-rollback ${byName}` }, () =>
    planBack(inbound, place, wanted, what),
  );
}

async function planBack(
  inbound: Inbound,
  place: Place,
  wanted: Parameters<typeof askForRollback>[2],
  what: string,
): Promise<void> {
  const said = answer(inbound, place, `Looking at ${what} and at the backups …`);
  try {
    const outcome = await inbound.useCases.proposeRollback({
      user: place.user,
      channel: place.channel,
      ...wanted,
    });
    const link = outcome.status === 'busy' ? await permalinkOf(inbound, outcome.run.id) : undefined;
    const card = rollbackAnswer(outcome, inbound.runbooks, place.user, link);
    await said;
    if (card !== undefined) await answer(inbound, place, card);
  } catch (error) {
    inbound.log.error({ error, what }, 'planning a rollback failed');
    await said;
    await answer(inbound, place, failedText('I met an error while planning; nothing was changed.', error));
  }
}
