import { assertNever } from '../../domain/assert-never.ts';
import type { IncidentOutcome } from '../../usecases/use-cases.ts';
import { listed } from '../text/fold.ts';
import { code } from '../text/untrusted.ts';

/** What somebody is told who declared an incident, or said that it is over (mrkdwn). */
export function incidentAnswer(outcome: IncidentOutcome): string {
  switch (outcome.status) {
    case 'denied':
      return outcome.reason;
    case 'told': {
      const clusters = listed(outcome.clusters, 8);
      const runs = outcome.runs.map((run) => `${run.cluster} (${code(run.id)})`);
      if (outcome.action === 'end') {
        return runs.length === 0
          ? `Noted: the incident about ${clusters} is over. It held no run.`
          : `Noted: the incident about ${clusters} is over. These go on by themselves: ${listed(runs, 8)}.`;
      }
      return runs.length === 0
        ? `Noted. ${clusters} ${outcome.clusters.length === 1 ? 'has' : 'have'} no run under way; one that is planned now begins nothing until \`/k8s-upgrade incident end\`.`
        : `Noted. These begin nothing new until \`/k8s-upgrade incident end\`; nodes in hand come to their end: ${listed(runs, 8)}.`;
    }
    default:
      return assertNever(outcome);
  }
}
