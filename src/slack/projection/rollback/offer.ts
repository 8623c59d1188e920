import type { EtcdWay, VerdictKind } from '../../../domain/rollback.ts';
import type { Run } from '../../../domain/run.ts';
import { oneNodeButton, otherScopeButton, otherWayButton, rollBackButton } from '../../rollback-buttons.ts';
import type { ButtonSpec } from '../card.ts';
import { nodeStates } from '../node-states.ts';
import { nodesByRole, survey } from '../survey.ts';

/** Taking an upgrade back, where it stands still and has changed something; nothing for a rollback itself. */
export function rollBackOffer(run: Run): ButtonSpec[] {
  return run.kind === 'upgrade' && hasChanged(run) ? [rollBackButton(run.id)] : [];
}

/** Saving a node's files touches it, too, and changes nothing that could be taken back. */
function hasChanged(run: Run): boolean {
  return nodeStates(run, survey(run)).some(({ kind }) => kind !== 'untouched');
}

const wayOf: Readonly<Record<VerdictKind, EtcdWay>> = {
  free: 'keep',
  'keep-etcd': 'keep',
  'etcd-downgrade': 'downgrade',
  'restore-with-data-loss': 'restore',
  impossible: 'keep',
};

/** Other ways than the one that a rollback's plan proposes: less of it, one node, etcd otherwise. */
export function otherWays({ plan }: Run): ButtonSpec[] {
  if (plan.purpose.kind !== 'rollback') return [];
  const { of, scope, verdict } = plan.purpose;
  const way = wayOf[verdict.kind];
  return [
    ...(scope.kind === 'workers' ? [otherScopeButton(of, 'all')] : []),
    // A rollback without workers has none that could go back alone.
    ...(scope.kind !== 'workers' && nodesByRole(plan).workers.length > 0
      ? [otherScopeButton(of, 'workers')]
      : []),
    oneNodeButton(of),
    ...(way === 'keep' ? [] : [otherWayButton(of, 'keep')]),
    ...(way === 'keep' && verdict.kind === 'keep-etcd' ? [otherWayButton(of, 'downgrade')] : []),
    ...(way === 'restore' || scope.kind !== 'all' ? [] : [otherWayButton(of, 'restore')]),
  ];
}
