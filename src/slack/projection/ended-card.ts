import type { Run, RunStatus } from '../../domain/run.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { count, fold, listed } from '../text/fold.ts';
import { moment } from '../text/moment.ts';
import { code, escaped, short } from '../text/untrusted.ts';
import { buttons, type Card, fine, type Part, partsOf, text } from './card.ts';
import type { Chronicle } from './chronicle.ts';
import type { ProjectionContext } from './context.ts';
import { drillState } from './drill-text.ts';
import { nodeStates } from './node-states.ts';
import { anythingChanged, awaitingText, betweenText } from './nodes-line.ts';
import { approvedBy, mention } from './people.ts';
import { quarantineText } from './quarantine-text.ts';
import { isTakenBack, whatIs } from './rollback/back-words.ts';
import { rollBackOffer } from './rollback/offer.ts';
import { lossText, relatedText, wayNames } from './rollback/verdict-text.ts';
import { runButtons } from './run-buttons.ts';
import { storyParts } from './story.ts';
import { changesNode, type SurveyedTurn, survey } from './survey.ts';
import { etcdAlone, etcdMove, nodeCount, route, scope, titleLine } from './title.ts';
import { wayBackNow } from './way-back.ts';

/** The whole run is through: what changed, how long it took, who decided. */
export function succeededCard(run: Run, chronicle: Chronicle, context: ProjectionContext): Card {
  const turns = survey(run);
  const states = nodeStates(run, turns);
  const arrived = states.filter((state) => state.kind === 'arrived').length;
  const left = states.filter((state) => state.kind !== 'arrived');
  const quarantined = quarantineText(run);
  const took = duration(secondsBetween(run.startedAt ?? run.createdAt, run.endedAt ?? context.now));
  const sign = left.length === 0 ? '✅' : '⚠️';
  const goneBack = isTakenBack(run, chronicle);
  const notDone = left.length === 0 ? '' : `, ${count(left.length, 'node')} left out`;
  return {
    sentence: `${arrivedText(run, chronicle)}: ${arrived} of ${count(nodeCount(run), 'node')} in ${took}${notDone}.`,
    parts: partsOf(
      text(
        [
          `${goneBack ? '↩️' : sign} *${arrivedText(run, chronicle)}* · ${took} · approved by ${approvedBy(run)}`,
          `${arrived} of ${count(nodeCount(run), 'node')} · from ${run.plan.from}${etcdText(run)} · asked for by ${mention(run.requestedBy)}`,
        ].join('\n'),
      ),
      left.length > 0 ? text(`*Left out* ${leftOut(run, left)}`) : undefined,
      quarantined === undefined ? undefined : text(quarantined),
      cordonedPart(states),
      nodeTimes(turns),
      ...storyParts(run, chronicle, context),
      drillPart(run, context),
      ...afterwardsParts(run, chronicle, context),
      fine(`run ${code(run.id)} · ended ${moment(run.endedAt ?? context.now, context.now)}`),
      buttons([...(goneBack ? [] : rollBackOffer(run)), ...runButtons(run, ['details'])]),
    ),
  };
}

function arrivedText(run: Run, chronicle: Chronicle): string {
  const { from, to } = run.plan;
  if (isTakenBack(run, chronicle)) return `${run.cluster} went to ${to} and is back on ${from}`;
  const etcd = etcdAlone(run) === undefined ? '' : ` with etcd ${escaped(run.plan.etcd.to ?? '')}`;
  return `${whatIs(run)} ${run.kind === 'rollback' ? 'back ' : ''}on ${to}${etcd}`;
}

/** What going back would take; after a rollback, what it has proven. */
function afterwardsParts(run: Run, chronicle: Chronicle, context: ProjectionContext): Part[] {
  const { purpose } = run.plan;
  if (isTakenBack(run, chronicle)) return partsOf(relatedPart(run, chronicle, context));
  if (purpose.kind === 'upgrade') {
    return partsOf(text(`*Way back* ${wayBackNow(run)}`), relatedPart(run, chronicle, context));
  }
  const { kind, loss } = purpose.verdict;
  const proven = purpose.scope.kind === 'all' ? `*Proven* going back works here: ${wayNames[kind]}. ` : '';
  return partsOf(
    loss === undefined ? undefined : text(lossText(loss, context.now)),
    text(`${proven}Forward again: \`/k8s-upgrade plan ${run.cluster}\``),
    relatedPart(run, chronicle, context),
  );
}

function drillPart(run: Run, context: ProjectionContext): Part | undefined {
  const line = drillState(run, context);
  return line === undefined ? undefined : text(line);
}

function relatedPart(run: Run, chronicle: Chronicle, context: ProjectionContext): Part | undefined {
  const line = relatedText(run, chronicle, context);
  return line === undefined ? undefined : text(line);
}

function cordonedPart(states: ReturnType<typeof nodeStates>): Part | undefined {
  const line = cordonedText(states.flatMap(({ node, cordoned }) => (cordoned ? [node] : [])));
  return line === undefined ? undefined : text(line);
}

/** Nothing is left cordoned in silence. */
function cordonedText(cordoned: readonly string[]): string | undefined {
  if (cordoned.length === 0) return undefined;
  const them = cordoned.length === 1 ? 'it' : 'them';
  return `⚠️ *Still cordoned*: ${listed(cordoned, 30)}. \`kubectl uncordon\` when you have looked at ${them}.`;
}

/** What it left half done is undone: the nodes as the abort left them would only mislead. */
function abortedAndBackCard(run: Run, chronicle: Chronicle, context: ProjectionContext): Card {
  const by = run.endedBy === undefined ? '' : ` by ${mention(run.endedBy)}`;
  return {
    sentence: `${route(run)} was aborted, and ${run.cluster} is back on ${run.plan.from}.`,
    parts: partsOf(
      text(titleLine('↩️', run, `aborted${by}`, moment(run.endedAt ?? context.now, context.now))),
      relatedPart(run, chronicle, context),
      ...storyParts(run, chronicle, context),
      drillPart(run, context),
      fine(`run ${code(run.id)}`),
      buttons(runButtons(run, ['plan-again', 'details'])),
    ),
  };
}

/** Ended early by a person: what stays as it is, node by node; or that all of it was taken back since. */
export function abortedCard(run: Run, chronicle: Chronicle, context: ProjectionContext): Card {
  if (isTakenBack(run, chronicle)) return abortedAndBackCard(run, chronicle, context);
  const turns = survey(run);
  const states = nodeStates(run, turns);
  const of = (kind: 'arrived' | 'between' | 'untouched') => states.filter((state) => state.kind === kind);
  const halves = states.filter((state) => state.awaitsKubelet).map((state) => state.node);
  const cordoned = states.filter((state) => state.cordoned).map((state) => state.node);
  const by = run.endedBy === undefined ? '' : ` by ${mention(run.endedBy)}`;
  const counts = `${of('arrived').length} of ${count(states.length, 'node')} on ${run.plan.to}`;
  return {
    sentence: `${route(run)} was aborted: ${counts}${cordoned.length > 0 ? `, ${count(cordoned.length, 'node')} still cordoned` : ''}.`,
    parts: partsOf(
      text(titleLine('🛑', run, `aborted${by}`, moment(run.endedAt ?? context.now, context.now))),
      text(
        [
          '*What stays as it is*',
          ...(of('arrived').length > 0
            ? [
                `• on ${run.plan.to}: ${listed(
                  of('arrived').map(({ node }) => node),
                  30,
                )}`,
              ]
            : []),
          ...(halves.length > 0 ? [`• ${awaitingText(halves, run)}`] : []),
          ...foldedLines(
            of('between')
              .filter((state) => !state.awaitsKubelet)
              .map((state) => `• ${betweenText(state, run)}`),
          ),
          ...(of('untouched').length > 0
            ? [
                `• untouched on ${run.plan.from}: ${listed(
                  of('untouched').map(({ node }) => node),
                  30,
                )}`,
              ]
            : []),
          cordonedText(cordoned) ?? 'No node is cordoned by this run.',
        ].join('\n'),
      ),
      ...storyParts(run, chronicle, context),
      text(
        anythingChanged(turns)
          ? `*Next* Plan again finishes what is left (a half-done node first)${run.kind === 'upgrade' ? ` · *Way back* ${wayBackNow(run)}` : ''}`
          : '*Next* nothing was changed; plan again any time.',
      ),
      drillPart(run, context),
      relatedPart(run, chronicle, context),
      fine(`run ${code(run.id)}`),
      buttons([...runButtons(run, ['plan-again']), ...rollBackOffer(run), ...runButtons(run, ['details'])]),
    ),
  };
}

const ends: Partial<Record<RunStatus, string>> = {
  rejected: 'was rejected',
  expired: 'has expired',
  voided: 'is void',
};

/** A proposal that came to nothing. Nothing was done, and a new plan is one click away. */
export function closedCard(run: Run, context: ProjectionContext): Card {
  const at = moment(run.endedAt ?? context.now, context.now);
  const by = run.endedBy === undefined ? '' : ` by ${mention(run.endedBy)}`;
  const begun = run.startedAt !== undefined;
  const nothing = begun ? 'No node was changed.' : 'Nothing was done.';
  const [sign, state, why] =
    run.status === 'rejected'
      ? ['❌', `rejected${by}`, nothing]
      : run.status === 'expired'
        ? [
            '⌛',
            `expired with ${run.approvals.length} of ${run.plan.policy.approvals.needed} approvals`,
            nothing,
          ]
        : [
            '⚠️',
            'void',
            `${short(run.endReason ?? 'The cluster has changed since the plan was made.', 500)} ${nothing}`,
          ];
  return {
    sentence: `The plan for ${route(run)} ${ends[run.status] ?? 'is over'}. ${nothing}`,
    parts: partsOf(
      text([titleLine(sign ?? '', run, state ?? '', at), `${scope(run)} · ${why}`].join('\n')),
      run.approvals.length > 0 ? fine(`Had been approved by ${approvedBy(run)}`) : undefined,
      fine(`plan ${code(run.id)} · asked for by ${mention(run.requestedBy)}`),
      buttons(runButtons(run, ['plan-again', 'details'])),
    ),
  };
}

function etcdText(run: Run): string {
  const move = etcdMove(run.plan.etcd);
  return move === undefined ? '' : `, ${move}`;
}

function leftOut(run: Run, states: ReturnType<typeof nodeStates>): string {
  return fold(
    states.map((state) => betweenText(state, run)),
    { separator: '; ', maxEntries: 10, maxChars: 1_200, rest: (hidden) => `and ${hidden} more (Details)` },
  );
}

function foldedLines(lines: readonly string[]): string[] {
  const folded = fold(lines, {
    separator: '\n',
    maxEntries: 12,
    maxChars: 1_500,
    rest: (hidden) => `• and ${count(hidden, 'more node')} in between (Details)`,
  });
  return folded === '' || lines.length === 0 ? [] : [folded];
}

/** `cp-2 9 min · cp-3 8 min`, the slowest first where there are many. */
function nodeTimes(turns: readonly SurveyedTurn[]): Part | undefined {
  const byNode = new Map<string, number>();
  for (const { node, status, startedAt, endedAt, ...turn } of turns) {
    if (node === undefined || !changesNode({ node, ...turn }) || status !== 'done') continue;
    if (startedAt === undefined || endedAt === undefined) continue;
    byNode.set(node, (byNode.get(node) ?? 0) + secondsBetween(startedAt, endedAt));
  }
  const times = [...byNode].map(([node, seconds]) => ({ node, seconds }));
  if (times.length === 0) return undefined;
  const many = times.length > 24;
  const shown = many ? times.toSorted((a, b) => b.seconds - a.seconds) : times;
  const line = fold(
    shown.map(({ node, seconds }) => `${node} ${duration(seconds)}`),
    {
      separator: ' · ',
      maxEntries: 24,
      maxChars: 1_200,
      rest: (hidden) => `and ${hidden} quicker ones (Details)`,
    },
  );
  return text(`*Nodes* ${many ? 'slowest first: ' : ''}${line}`);
}
