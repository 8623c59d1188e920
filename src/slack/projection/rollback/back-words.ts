import { assertNever } from '../../../domain/assert-never.ts';
import type { RollbackScope } from '../../../domain/rollback.ts';
import type { Run } from '../../../domain/run.ts';
import { listed } from '../../text/fold.ts';
import { escaped } from '../../text/untrusted.ts';
import type { Chronicle } from '../chronicle.ts';

/** `prod-eu is`, `The workers of prod-eu are`: what a run has brought to its version, with its verb. */
export function whatIs({ cluster, plan }: Pick<Run, 'cluster' | 'plan'>): string {
  const { purpose } = plan;
  return partOf(cluster, purpose.kind === 'rollback' ? purpose.scope : { kind: 'all' });
}

/** The same of a part of a cluster. */
export function partOf(cluster: string, scope: RollbackScope): string {
  switch (scope.kind) {
    case 'workers':
      return `The workers of ${cluster} are`;
    case 'control-plane':
      return `The control plane of ${cluster} is`;
    case 'nodes':
      return `${listed(scope.nodes.map(escaped), 4)} of ${cluster} ${scope.nodes.length === 1 ? 'is' : 'are'}`;
    case 'all':
      return `${cluster} is`;
    default:
      return assertNever(scope);
  }
}

/** Whether all of an upgrade is undone: then nothing is left to take back. */
export function isTakenBack(
  { plan }: Pick<Run, 'plan'>,
  { takenBack }: Pick<Chronicle, 'takenBack'>,
): boolean {
  return takenBack?.scope.kind === 'all' && takenBack.version === plan.from;
}
