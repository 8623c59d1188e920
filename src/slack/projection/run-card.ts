import { assertNever } from '../../domain/assert-never.ts';
import type { Run } from '../../domain/run.ts';
import type { Card } from './card.ts';
import type { Chronicle } from './chronicle.ts';
import type { ProjectionContext } from './context.ts';
import { abortedCard, closedCard, succeededCard } from './ended-card.ts';
import { haltedCard } from './halted-card.ts';
import { proposedCard } from './proposed-card.ts';
import { approvedCard, pausedCard, runningCard } from './running-card.ts';

/** A run's parent message. Pure: the same run, chronicle and context give the same card. */
export function runCard(run: Run, chronicle: Chronicle, context: ProjectionContext): Card {
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
