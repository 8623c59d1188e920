import { assertNever } from '../../domain/assert-never.ts';
import type { Finding } from '../../domain/finding.ts';
import type { UserId } from '../../domain/names.ts';
import type { Refusal } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { packageVersion } from '../../domain/version.ts';
import { isHalfWay } from '../../usecases/drill/drill.ts';
import type { ProposeOutcome } from '../../usecases/use-cases.ts';
import { linkTo } from '../permalinks.ts';
import { planHopsButton, planInsteadButton } from '../plan-buttons.ts';
import { buttons, type Card, type Part, partsOf, text } from '../projection/card.ts';
import { mention } from '../projection/people.ts';
import { count, fold } from '../text/fold.ts';
import type { RunbookBase } from '../text/runbook.ts';
import { code, short } from '../text/untrusted.ts';
import { sentence } from './answer.ts';
import { findingsText } from './findings-text.ts';
import { stateWord } from './run-line.ts';

/**
 * The answer to a person who asked for a plan; undefined when the plan itself appears in the channel.
 * @param about `link` of the run that holds the cluster, where there is one; `isDrill`: then the lines to copy ask for a
 * drill, and no button for something else; `asker`: who reads it
 */
export function proposeAnswer(
  outcome: ProposeOutcome,
  about: {
    runbooks: RunbookBase;
    link?: string | undefined;
    isDrill?: boolean;
    asker?: UserId;
  },
): Card | undefined {
  const { runbooks, link, isDrill = false, asker } = about;
  switch (outcome.status) {
    case 'proposed':
      return undefined;
    case 'denied':
      return sentence(outcome.reason);
    case 'refused':
      return refusedCard(outcome.refusal, isDrill, runbooks);
    case 'up-to-date':
      return sentence(
        `✅ ${outcome.cluster} and all its nodes are on ${outcome.version} already: there is nothing to do.`,
      );
    case 'not-offered':
      return notOfferedCard(outcome, isDrill);
    case 'busy':
      return sentence(
        `${outcome.run.cluster} is held by ${holderText(outcome.run)}; plan again when it is over.` +
          (link === undefined ? '' : ` ${linkTo(link, 'Open it')}`),
      );
    case 'being-looked-at':
      return sentence(alreadyLooking(outcome.by, asker, outcome.cluster));
    case 'unobservable':
      return {
        sentence: `I could not look at the cluster: ${short(outcome.findings[0]?.summary ?? 'it did not answer')}`,
        parts: [
          text(
            `⛔ *I could not look at the cluster*, so there is no plan.\n${findingsText(outcome.findings, runbooks)}`,
          ),
        ],
      };
    default:
      return assertNever(outcome);
  }
}

/** Two looks at a cluster at a time would only be in each other's way. */
export function alreadyLooking(by: UserId, asker: UserId | undefined, cluster: string): string {
  const who = by === asker ? 'You have' : `${mention(by)} has`;
  return `${who} just asked for a plan of ${cluster}, and I am still looking; it appears here in a moment. For another plan ask again then.`;
}

/** The planner's no: what stands in the way, what would make it go, and what could be planned instead. */
function refusedCard(
  { cluster, from, to, findings, instead, ...refusal }: Refusal,
  isDrill: boolean,
  runbooks: RunbookBase,
): Card {
  // Farther than one hop nothing goes back without losing data.
  const inHops = isDrill ? undefined : refusal.inHops;
  const blockers = findings.filter((finding) => finding.severity === 'blocker');
  const others = findings.length - blockers.length;
  const standing = `${count(blockers.length, 'thing')} ${blockers.length === 1 ? 'stands' : 'stand'} in the way`;
  return {
    sentence: `${cluster} cannot go to ${to} yet: ${standing}.`,
    parts: partsOf(
      text(`⛔ *${cluster} cannot go to ${to} yet* — ${standing}\n${findingsText(blockers, runbooks)}`),
      others > 0
        ? {
            kind: 'fine',
            text:
              `${count(others, 'warning or note', 'warnings and notes')} beside these: ` +
              `${code(`/k8s-upgrade doctor ${cluster} ${packageVersion(to)}`)} lists all`,
          }
        : undefined,
      inHops === undefined ? undefined : text(hopsText(cluster, from, inHops)),
      instead === undefined ? undefined : text(`${wouldGo(blockers)}: ${tryLine(cluster, instead, isDrill)}`),
      isDrill ? undefined : insteadButtons(cluster, instead, inHops),
    ),
  };
}

/** Another version helps against what is about the version; everything else has to be put right for that one, too. */
function wouldGo(blockers: readonly Finding[]): string {
  const rest = blockers.filter(({ code: of }) => !aboutVersion.has(of)).length;
  if (rest === 0) return 'What would go';
  return `Once the ${rest === 1 ? 'other one is' : `other ${rest} are`} put right, this would go`;
}

const aboutVersion: ReadonlySet<string> = new Set(['skew.minor-skipped', 'packages.version-missing']);

/** `I can plan v1.33.13 → v1.34.9 → v1.35.2 as two hops`, with the line to copy. */
function hopsText(cluster: string, from: KubernetesVersion, hops: readonly KubernetesVersion[]): string {
  const to = hops.at(-1);
  const line =
    to === undefined ? '' : `: ${code(`/k8s-upgrade plan ${cluster} ${packageVersion(to)} in hops`)}`;
  return `I can plan ${[from, ...hops].join(' → ')} as ${count(hops.length, 'hop')}${line}`;
}

function insteadButtons(
  cluster: Refusal['cluster'],
  instead: KubernetesVersion | undefined,
  inHops: readonly KubernetesVersion[] | undefined,
): Part | undefined {
  const offered = [
    ...(inHops === undefined ? [] : [planHopsButton(cluster, inHops)]),
    ...(instead === undefined ? [] : [planInsteadButton(cluster, instead)]),
  ];
  return offered.length === 0 ? undefined : buttons(offered);
}

function notOfferedCard(
  { cluster, wanted, offered, problem }: Extract<ProposeOutcome, { status: 'not-offered' }>,
  isDrill: boolean,
): Card {
  const newest = offered.at(-1);
  const versions = fold(offered.map(packageVersion), { separator: ', ', maxEntries: 20, maxChars: 800 });
  const offer =
    offered.length === 0 ? 'no version is on offer to all of them' : `on offer to all of them: ${versions}`;
  return {
    sentence: `There is no ${wanted} in the package repositories of ${cluster}.`,
    parts: partsOf(
      text(
        `${code(wanted)} is not on offer to every node of ${cluster}; ${offer}.` +
          (newest === undefined ? '' : ` Try: ${tryLine(cluster, newest, isDrill)}`),
      ),
      problem === undefined ? undefined : text(`A repository could not be asked: ${short(problem, 600)}`),
      newest === undefined || isDrill ? undefined : buttons([planInsteadButton(cluster, newest)]),
    ),
  };
}

/** A line to copy. */
function tryLine(cluster: string, version: KubernetesVersion, isDrill: boolean): string {
  const command = isDrill ? '/k8s-rollback drill' : '/k8s-upgrade plan';
  return code(`${command} ${cluster} ${packageVersion(version)}`);
}

function holderText(run: Run): string {
  return isHalfWay(run)
    ? `drill ${code(run.id)}, which is half way: its way back comes by itself`
    : `run ${code(run.id)} (${stateWord(run)})`;
}
