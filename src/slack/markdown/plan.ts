import { allowedVerdicts } from '../../domain/drill.ts';
import { type Phase, type Plan, stepsOf, type Turn } from '../../domain/plan.ts';
import { drillOf } from '../../domain/rollback.ts';
import type { Run } from '../../domain/run.ts';
import type { Step } from '../../domain/step.ts';
import type { ProjectionContext } from '../projection/context.ts';
import { estimateBasis, estimateText } from '../projection/estimate-text.ts';
import { stepDetail, stepName } from '../projection/step-words.ts';
import { nodesByRole } from '../projection/survey.ts';
import { route, scope } from '../projection/title.ts';
import { waysBack } from '../projection/way-back-hops.ts';
import { count } from '../text/fold.ts';
import { type RunbookBase, runbookMarkdown } from '../text/runbook.ts';
import { findingMarkdown, severityTitles } from './findings.ts';
import { fenced, prose, span } from './words.ts';

/** A whole plan as a Markdown file: what a person signs, with nothing folded away. */
export function planMarkdown(run: Run, { backups }: ProjectionContext, runbooks: RunbookBase): string {
  const { plan } = run;
  return `${[
    `# ${route(run)}`,
    summary(run),
    ...findings(plan, runbooks),
    ...order(plan),
    ...moves(plan),
    ...saved(plan, `${backups.replace(/\/+$/, '')}/${run.cluster}`),
    ...wayBack(plan),
    ...manifests(plan),
    ...steps(plan),
    ...policy(plan),
  ].join('\n\n')}\n`;
}

function summary(run: Run): string {
  const { plan } = run;
  const basis = estimateBasis(plan);
  const drill = drillOf(run);
  return [
    `- Plan ${span(run.id)}, digest ${span(plan.digest)}`,
    `- Made ${run.createdAt}, expires ${run.expiresAt}`,
    `- ${prose(scope(run))}, ${count(stepsOf(plan).length, 'step')}, ${estimateText(plan)}`,
    ...(basis === undefined ? [] : [`- ${prose(basis)}`]),
    ...(drill === undefined
      ? []
      : [
          `- A drill: back to ${plan.from} by itself when it is through, if the verdict is then ${allowedVerdicts(drill).join(' or ')}`,
        ]),
    `- ${count(plan.policy.approvals.needed, 'approval')} needed`,
  ].join('\n');
}

function findings(plan: Plan, runbooks: RunbookBase): string[] {
  if (plan.findings.length === 0) return ['## Findings', 'Every check passed.'];
  return (['blocker', 'warning', 'info'] as const).flatMap((severity) => {
    const own = plan.findings.filter((finding) => finding.severity === severity);
    return own.length === 0
      ? []
      : [
          `## ${severityTitles[severity]} (${own.length})`,
          own
            .map((finding) => findingMarkdown(finding, undefined, runbookMarkdown(runbooks, finding.code)))
            .join('\n'),
        ];
  });
}

/** What is the cluster's own in these phases is a place in the order; elsewhere it goes with the nodes around it. */
const isOfCluster: ReadonlySet<Phase['kind']> = new Set(['gate', 'addons', 'etcd', 'after']);
const hasNodes = (batches: Phase['batches']): boolean =>
  batches.some(({ turns }) => turns.some((turn) => turn.subject.kind === 'node'));

/** The order of nodes with the reason of each place. */
function order(plan: Plan): string[] {
  const lines = plan.phases
    .filter(({ kind, batches }) => kind !== 'before' && (isOfCluster.has(kind) || hasNodes(batches)))
    .flatMap(({ kind, batches }) =>
      batches
        .map(({ turns }) => turns.filter((turn) => isOfCluster.has(kind) || turn.subject.kind === 'node'))
        .filter((turns) => turns.length > 0)
        .map((turns) =>
          turns.map((turn) => `${subject(turn)} (${prose(turn.reason)})`).join(', together with '),
        ),
    );
  return ['## Order', lines.map((line, index) => `${index + 1}. ${line}`).join('\n')];
}

function moves(plan: Plan): string[] {
  if (plan.moves === undefined || plan.moves.length === 0) return [];
  const rows = plan.moves.map(({ node, pods, gone, emptied }) => {
    const names = (of: readonly string[]) =>
      of.length === 0 ? '—' : of.map((name) => span(name)).join(', ');
    return `| ${span(node)} | ${pods} | ${names(gone)} | ${names(emptied)} |`;
  });
  return [
    '## Pods that move',
    'As they were when the plan was made.',
    ['| Node | Pods | Gone for good | Lose emptyDir data |', '|---|---:|---|---|', ...rows].join('\n'),
  ];
}

function saved(plan: Plan, directory: string): string[] {
  const groups = Map.groupBy(stepsOf(plan).flatMap(savedBy), ({ before, what }) => `${before}\n${what}`);
  if (groups.size === 0) return ['## Saved before', 'Nothing is saved.'];
  const lines = [...groups.values()].map((group) => {
    const nodes = group.flatMap(({ node }) => (node === undefined ? [] : [span(node)]));
    const [first] = group;
    return `- ${first?.what ?? ''}${nodes.length === 0 ? '' : ` ${nodes.join(', ')}`}${first?.before ?? ''}`;
  });
  return ['## Saved before', `To ${span(directory)}, in a directory of the run's own:`, lines.join('\n')];
}

/** What a step saves, in a few words; nothing for the others. */
function savedBy(step: Step): { what: string; node: string | undefined; before: string }[] {
  if (step.kind === 'back-up-etcd' || step.kind === 'back-up-external-etcd') {
    return [{ what: 'a snapshot of etcd, taken on', node: step.input.node, before: beforeText(step.input) }];
  }
  if (step.kind === 'back-up-config-maps') {
    const what = 'kubeadm’s, the kubelet’s, kube-proxy’s and CoreDNS’s ConfigMaps';
    return [{ what, node: undefined, before: beforeText(step.input) }];
  }
  return step.kind === 'back-up-node-files'
    ? [{ what: 'the files of', node: step.input.node, before: beforeText(step.input) }]
    : [];
}

const beforeText = ({ before }: { before?: string | undefined }): string =>
  before === undefined ? '' : `, again before ${before}`;

function wayBack(plan: Plan): string[] {
  const hops = waysBack(plan);
  const text =
    hops.length === 0 ? prose(plan.reversibility.summary) : hops.map((line) => `- ${prose(line)}`).join('\n');
  return ['## Way back', text];
}

function manifests(plan: Plan): string[] {
  if (plan.manifests === undefined || plan.manifests.length === 0) return [];
  return [
    '## What changes in static pod manifests',
    ...plan.manifests.map(
      ({ component, nodes, lines }) =>
        `${span(component)} on ${nodes.map((node) => span(node)).join(', ')}:\n\n${fenced(lines, 'diff')}`,
    ),
  ];
}

function steps(plan: Plan): string[] {
  let number = 0;
  const numbered = (step: Step): string => {
    number += 1;
    const detail = stepDetail(step);
    return `${number}. ${prose(stepName(step))}${detail === undefined ? '' : `: ${span(detail)}`} — ${span(step.key)}`;
  };
  return [
    '## All steps',
    ...plan.phases.flatMap((phase) =>
      phase.batches.flatMap(({ turns }, index) =>
        turns.map((turn) =>
          [`### ${phaseTitle(phase, index)}: ${subject(turn)}`, '', ...turn.steps.map(numbered)].join('\n'),
        ),
      ),
    ),
  ];
}

const titles: Readonly<Record<Phase['kind'], string>> = {
  before: 'Before',
  gate: 'Gate',
  'control-plane': 'Control plane',
  addons: 'Add-ons',
  canary: 'Canary',
  workers: 'Workers',
  etcd: 'etcd',
  after: 'After',
};

function phaseTitle({ kind, batches }: Phase, index: number): string {
  return kind === 'workers' && batches.length > 1
    ? `Workers, batch ${index + 1} of ${batches.length}`
    : titles[kind];
}

function subject({ subject: of }: Turn): string {
  return of.kind === 'node' ? span(of.node) : 'the cluster';
}

function policy(plan: Plan): string[] {
  const { controlPlanes, workers } = nodesByRole(plan);
  return [
    '## Policy',
    `It was approved with the plan, and the run keeps to it: ${count(controlPlanes.length, 'control plane')}, ${count(workers.length, 'worker')}.`,
    fenced(JSON.stringify(plan.policy, undefined, 2).split('\n'), 'json'),
  ];
}
