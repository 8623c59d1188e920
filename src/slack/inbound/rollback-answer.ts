import { assertNever } from '../../domain/assert-never.ts';
import type { RunId, UserId } from '../../domain/names.ts';
import type { WaysBack } from '../../domain/rollback.ts';
import type { ProposeRollbackOutcome } from '../../usecases/rollback/outcomes.ts';
import { linkTo } from '../permalinks.ts';
import { buttons, type Card, type Part, partsOf, text } from '../projection/card.ts';
import { verdictNames, verdictText } from '../projection/rollback/verdict-text.ts';
import { route } from '../projection/title.ts';
import { otherWayButton, rollBackButton } from '../rollback-buttons.ts';
import { count } from '../text/fold.ts';
import type { RunbookBase } from '../text/runbook.ts';
import { code, short } from '../text/untrusted.ts';
import { sentence } from './answer.ts';
import { findingsText } from './findings-text.ts';
import { alreadyLooking } from './propose-answer.ts';
import { stateWord } from './run-line.ts';

/**
 * The answer to a person who asked for a rollback; undefined when the plan itself appears in the channel.
 * @param runbooks where the pages of findings can be read
 * @param asker who reads it
 * @param link to the message of the run that is in the way, where there is one
 */
export function rollbackAnswer(
  outcome: ProposeRollbackOutcome,
  runbooks: RunbookBase,
  asker: UserId,
  link?: string,
): Card | undefined {
  switch (outcome.status) {
    case 'proposed':
      return undefined;
    case 'denied':
      return sentence(outcome.reason);
    case 'busy': {
      const { run } = outcome;
      const what =
        run.kind === 'upgrade' && (run.status === 'running' || run.status === 'pausing')
          ? `Pause it or wait until it stands still, then ask again: \`/k8s-upgrade pause ${run.id}\``
          : 'Ask again when it is over';
      return sentence(
        `${run.cluster} is held by run ${code(run.id)} (${stateWord(run)}). ${what}.` +
          (link === undefined ? '' : ` ${linkTo(link, 'Open it')}`),
      );
    }
    case 'being-looked-at':
      return sentence(alreadyLooking(outcome.by, asker, outcome.cluster));
    case 'nothing-to-take-back':
      return sentence(
        `✅ Nothing of ${route(outcome.of)} (run ${code(outcome.of.id)}) is newer than before it: there is nothing to take back.`,
      );
    case 'unobservable':
      return {
        sentence: `I could not look at ${outcome.of.cluster}: ${short(outcome.findings[0]?.summary ?? 'nothing answered')}`,
        parts: [
          text(
            `⛔ *I could not look at ${outcome.of.cluster}*, neither by its API nor over SSH, so there is no plan.\n` +
              findingsText(outcome.findings, runbooks),
          ),
        ],
      };
    case 'refused':
      return refusedCard(outcome, runbooks);
    default:
      return assertNever(outcome);
  }
}

function refusedCard(
  { refusal, of, ways }: Extract<ProposeRollbackOutcome, { status: 'refused' }>,
  runbooks: RunbookBase,
): Card {
  const blockers = refusal.findings.filter(({ severity }) => severity === 'blocker');
  const standing = `${count(blockers.length, 'thing')} ${blockers.length === 1 ? 'stands' : 'stand'} in the way`;
  // Ways differ in what becomes of etcd; a part that cannot go back alone cannot in any of them.
  const isPart = blockers.some((finding) => finding.code === 'rollback.kubelets-first');
  return {
    sentence: `${refusal.cluster} cannot go back to ${refusal.to} in this way: ${standing}.`,
    parts: partsOf(
      text(
        `⛔ *${refusal.cluster} cannot go back to ${refusal.to} in this way* — ${standing}\n${findingsText(blockers, runbooks)}`,
      ),
      ...(isPart ? [buttons([rollBackButton(of.id, 'Plan everything')])] : otherWays(of.id, ways)),
    ),
  };
}

/** The ways that are open, each with its button; where none is, why. */
function otherWays(of: RunId, { ways, preferred }: WaysBack): Part[] {
  const open = ways.filter(({ verdict }) => verdict.kind !== 'impossible');
  if (open.length === 0) return [text(verdictText(preferred.verdict))];
  return [
    text(`*What would go* ${open.map(({ verdict }) => verdictNames[verdict.kind]).join(' · ')}`),
    buttons(open.map(({ etcd }) => otherWayButton(of, etcd))),
  ];
}
