import { assertNever } from '../../domain/assert-never.ts';
import type { ClusterName } from '../../domain/names.ts';
import { isUnderWay, type Run } from '../../domain/run.ts';
import type { Trouble } from '../../domain/trouble.ts';
import { short } from '../text/untrusted.ts';
import { type Card, partsOf, text } from './card.ts';
import type { Chronicle } from './chronicle.ts';
import type { ProjectionContext } from './context.ts';
import { abortedCard, closedCard, succeededCard } from './ended-card.ts';
import { haltedCard } from './halted-card.ts';
import { proposedCard } from './proposed-card.ts';
import { approvedCard, pausedCard, runningCard } from './running-card.ts';

/** A run's parent message. Pure: the same run, chronicle and context give the same card. */
export function runCard(run: Run, chronicle: Chronicle, context: ProjectionContext): Card {
  const card = cardOf(run, chronicle, context);
  return context.trouble !== undefined && isUnderWay(run) ? inTrouble(card, run, context.trouble) : card;
}

/** What the message says is as old as what was written down last, and would look as if it went on. */
function inTrouble({ parts: [first, ...rest] }: Card, { cluster, id }: Run, trouble: Trouble): Card {
  const [why, outlook] = troubleWords(cluster, trouble);
  return {
    sentence: `${cluster}: run ${id} cannot go on: ${why}.`,
    parts: partsOf(first, text(`⚠️ *I cannot go on:* ${why}. ${outlook}`), ...rest),
  };
}

function troubleWords(cluster: ClusterName, trouble: Trouble): [why: string, outlook: string] {
  switch (trouble.kind) {
    case 'interrupted':
      return [
        short(trouble.why, 300),
        'Nothing new is begun and no answer counts until that is put right; what runs on nodes goes on there. ' +
          'I try again every few seconds.',
      ];
    case 'not-configured':
      return [
        `my configuration does not name ${cluster} any more`,
        'The run goes on, or can be aborted, when it does again and I am restarted.',
      ];
    default:
      return assertNever(trouble);
  }
}

function cardOf(run: Run, chronicle: Chronicle, context: ProjectionContext): Card {
  switch (run.status) {
    case 'proposed':
      return proposedCard(run, context);
    case 'approved':
      return approvedCard(run, context);
    case 'running':
    case 'pausing':
    case 'aborting':
      return runningCard(run, chronicle, context);
    case 'paused':
      return pausedCard(run, chronicle, context);
    case 'halted':
      return haltedCard(run, chronicle, context);
    case 'succeeded':
      return succeededCard(run, chronicle, context);
    case 'aborted':
      return abortedCard(run, chronicle, context);
    case 'rejected':
    case 'expired':
    case 'voided':
      return closedCard(run, context);
    default:
      return assertNever(run.status);
  }
}
