import { assertNever } from '../../domain/assert-never.ts';
import type { Intent } from '../../domain/intent.ts';
import type { RunId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { parseUpgradeCommand } from '../../intent/parse-upgrade-command.ts';
import { linkTo, permalinkOf } from '../permalinks.ts';
import { text } from '../projection/card.ts';
import { emptyChronicle, told } from '../projection/chronicle.ts';
import { isTakenBack } from '../projection/rollback/back-words.ts';
import { runCard } from '../projection/run-card.ts';
import { code } from '../text/untrusted.ts';
import { admitCommand } from './admit.ts';
import { answer, type Place } from './answer.ts';
import { askForPlan } from './ask-for-plan.ts';
import { controlAnswer } from './control-answer.ts';
import type { Inbound } from './deps.ts';
import { askForDoctor } from './doctor.ts';
import { incidentAnswer } from './incident-answer.ts';
import { clustersCard, helpCard, noClusters, runsCard } from './lists.ts';
import { openOutput } from './output-modal.ts';
import type { CommandPayload } from './payloads.ts';
import { openPlanModal } from './plan-modal.ts';
import { runLine } from './run-line.ts';
import { savedText } from './saved-text.ts';
import { usageCard } from './usage-card.ts';

const listedRuns = 10;

/** Does what a slash command asks for. Called after the acknowledgement. */
export async function onCommand(inbound: Inbound, payload: CommandPayload): Promise<void> {
  const place = await admitCommand(inbound, payload);
  if (place === undefined) return;

  const clusters = inbound.useCases.clusterNames(place.channel);
  const intent = parseUpgradeCommand(payload.text, { clusters: [...clusters] });
  if (intent.kind === 'usage-error') return answer(inbound, place, usageCard(intent));
  // An incident is declared in a channel of its own.
  const anywhere = intent.kind === 'help' || intent.kind === 'incident';
  if (clusters.length === 0 && !anywhere) return answer(inbound, place, noClusters);
  return fulfil(inbound, place, intent, payload.trigger_id);
}

async function fulfil(inbound: Inbound, place: Place, intent: Intent, triggerId: string): Promise<void> {
  const { useCases } = inbound;
  switch (intent.kind) {
    case 'plan': {
      const { cluster, target } = intent;
      return cluster === undefined || target === undefined
        ? openPlanModal(inbound, place, triggerId, { cluster, target })
        : askForPlan(inbound, place, {
            cluster,
            target,
            ...(intent.inHops === true ? { inHops: true } : {}),
            ...(intent.start === undefined ? {} : { start: intent.start }),
          });
    }
    case 'doctor':
      return askForDoctor(inbound, place, intent);
    case 'status':
      return status(inbound, place, intent.run);
    case 'output':
      return output(inbound, place, intent, triggerId);
    case 'runs':
      return answer(inbound, place, await runsCard(inbound, await useCases.runs(place.channel, listedRuns)));
    case 'pause':
    case 'resume':
    case 'abort': {
      const outcome = await useCases[intent.kind]({ ...place, run: intent.run });
      return answer(inbound, place, controlAnswer(intent.kind, outcome));
    }
    case 'retry':
    case 'extend': {
      const { kind, ...wish } = intent;
      const outcome = await useCases[kind]({ ...place, ...wish });
      return answer(inbound, place, controlAnswer(kind, outcome));
    }
    case 'skip':
      return answer(
        inbound,
        place,
        controlAnswer('skip', await useCases.skip({ ...place, run: intent.run, words: intent.words })),
      );
    case 'handover': {
      const outcome = await useCases.handOver({ ...place, run: intent.run, to: intent.to });
      return answer(inbound, place, controlAnswer('hand-over', outcome));
    }
    case 'incident':
      return answer(
        inbound,
        place,
        incidentAnswer(await useCases.incident({ ...place, action: intent.action })),
      );
    case 'clusters': {
      const names = useCases.clusterNames(place.channel);
      await answer(inbound, place, `Looking at ${names.join(', ')} …`);
      return answer(inbound, place, await clustersCard(inbound, await useCases.clusters(place.channel)));
    }
    case 'help':
      return answer(inbound, place, helpCard);
    default:
      return assertNever(intent);
  }
}

/** What commands printed, of the run that is named or is under way. Whoever may see where a run is may see that. */
async function output(
  inbound: Inbound,
  place: Place,
  { run: id, about }: Extract<Intent, { kind: 'output' }>,
  triggerId: string,
): Promise<void> {
  const run = await runHere(inbound, place, id);
  return run && openOutput(inbound, place, triggerId, run, about);
}

/** The run that is named, or the channel's present one; one of other channels does not exist here, and that is said. */
async function runHere(inbound: Inbound, place: Place, id: RunId | undefined): Promise<Run | undefined> {
  const { useCases } = inbound;
  const run = id === undefined ? await useCases.presentRun(place.channel) : await useCases.run(id);
  const here = run !== undefined && useCases.clusterNames(place.channel).includes(run.cluster);
  if (here) return run;
  const removed = id && (await useCases.removedRun(id, place.channel));
  if (removed) {
    const line = runLine(removed, inbound.clock.now(), await permalinkOf(inbound, removed.id));
    const why =
      'Its plan, steps and outputs were removed since: I keep those of old runs for `store.keepDays`.';
    await answer(inbound, place, `${line}\n${why} Its thread in Slack stays.`);
    return undefined;
  }
  const what = id === undefined ? 'There is no run yet' : `I know no run ${code(id)}`;
  await answer(inbound, place, `${what} in this channel. \`/k8s-upgrade runs\` lists the latest ones.`);
  return undefined;
}

/** A run as its message shows it, without buttons: those are on the message itself. */
async function status(inbound: Inbound, place: Place, id: RunId | undefined): Promise<void> {
  const run = await runHere(inbound, place, id);
  if (run === undefined) return;
  const [events, saved] = await Promise.all([inbound.useCases.events(run.id, 0), savedText(inbound, run)]);
  const chronicle = told(emptyChronicle, events);
  const card = runCard(run, chronicle, {
    now: inbound.clock.now(),
    approvers: inbound.approversOf(run.cluster),
    backups: inbound.backupsOf(run.cluster),
    nameOf: () => undefined,
  });
  const link = linkTo(await permalinkOf(inbound, run.id), 'Open its message');
  const parts = card.parts.filter((part) => part.kind !== 'buttons');
  await answer(inbound, place, {
    sentence: card.sentence,
    parts: [
      ...parts,
      ...(saved === undefined || isTakenBack(run, chronicle) ? [] : [text(saved)]),
      ...(link === '' ? [] : [text(link)]),
    ],
  });
}
