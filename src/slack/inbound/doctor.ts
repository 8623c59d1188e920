import { assertNever } from '../../domain/assert-never.ts';
import type { Target } from '../../domain/intent.ts';
import type { ClusterName } from '../../domain/names.ts';
import type { DoctorOutcome } from '../../usecases/use-cases.ts';
import { doctorMarkdown } from '../markdown/doctor.ts';
import { type Card, text } from '../projection/card.ts';
import { doctorCard } from '../projection/doctor-card.ts';
import { progressText, type ShownProgress } from '../projection/look-progress.ts';
import { mention } from '../projection/people.ts';
import { secondsBetween } from '../text/duration.ts';
import { type Place, sentence } from './answer.ts';
import type { Inbound } from './deps.ts';
import { failedText } from './failed-text.ts';
import { createProgressTeller } from './look-progress.ts';
import { whileNoted } from './open-looks.ts';
import { createOwnMessage, type OwnMessage } from './own-message.ts';
import { proposeAnswer } from './propose-answer.ts';

/** First within 2 s, then seldom enough for the edits of a whole workspace (50 a minute, all messages together). */
const progressMomentsMs = [1_000, 4_000, 8_000, 15_000, 30_000, 60_000, 120_000];

/**
 * Looks at a cluster for somebody. What comes of it concerns the channel and outlives the moment, so it is a message there
 * and not an answer to one person: it shows first how far the look is, and becomes the report. What does not fit is a file
 * in its thread. A no is for the one who asked; that nothing can be seen of the cluster is none.
 */
export async function askForDoctor(
  inbound: Inbound,
  place: Place,
  wanted: { cluster: ClusterName; target?: Target | undefined },
): Promise<void> {
  const { cluster } = wanted;
  const again = `/k8s-upgrade doctor ${cluster}`;
  await whileNoted(inbound, place, { what: cluster, again }, (shown) =>
    examine(inbound, place, wanted, createOwnMessage(inbound, place, shown)),
  );
}

async function examine(
  inbound: Inbound,
  place: Place,
  { cluster, target }: Parameters<typeof askForDoctor>[2],
  message: OwnMessage,
): Promise<void> {
  const began = inbound.clock.elapsed();
  const progress = createProgressTeller(inbound.clock, progressMomentsMs, (at) =>
    message.show(lookingCard(cluster, place, at)),
  );
  try {
    const outcome = await inbound.useCases.doctor({
      user: place.user,
      channel: place.channel,
      cluster,
      ...(target === undefined ? {} : { target }),
      onProgress: progress.onProgress,
    });
    await progress.stop();
    if (outcome.status !== 'examined') {
      const card = noReport(outcome, inbound);
      return await (outcome.status === 'unobservable' ? message.end(card) : message.endQuietly(card));
    }
    const { diagnosis, run } = outcome;
    const { card, whole } = doctorCard(diagnosis, {
      askedBy: place.user,
      seconds: secondsBetween(began, inbound.clock.elapsed()),
      run,
      runbooks: inbound.runbooks,
    });
    await message.end(card);
    if (whole) return;
    await message.attach({
      name: `${cluster}-doctor.md`,
      title: `All findings of ${cluster}`,
      content: doctorMarkdown(diagnosis, inbound.runbooks),
    });
  } catch (error) {
    inbound.log.error({ error, cluster }, 'looking at a cluster failed');
    await progress.stop();
    await message.end(
      sentence(failedText(`I met an error while looking at ${cluster}; nothing was changed.`, error)),
    );
  }
}

function lookingCard(cluster: ClusterName, place: Place, at: ShownProgress | undefined): Card {
  const far = at === undefined ? 'asking its API server' : progressText(at);
  return {
    sentence: `Looking at ${cluster}: ${far} …`,
    parts: [text(`🩺 Looking at *${cluster}* for ${mention(place.user)}: ${far} …`)],
  };
}

function noReport(
  outcome: Exclude<DoctorOutcome, { status: 'examined' }>,
  { runbooks }: Pick<Inbound, 'runbooks'>,
): Card {
  switch (outcome.status) {
    case 'denied':
      return sentence(outcome.reason);
    case 'being-looked-at':
      return sentence(
        `${mention(outcome.by)} has just asked for a look at ${outcome.cluster}; one at a time. The report appears here in a moment.`,
      );
    case 'not-offered':
    case 'unobservable':
      return proposeAnswer(outcome, { runbooks }) ?? sentence('There is nothing to report.');
    default:
      return assertNever(outcome);
  }
}
