import { z } from 'zod';
import { type ClusterName, RunId } from '../domain/names.ts';
import { EtcdWay, type RollbackScope } from '../domain/rollback.ts';
import type { ButtonSpec } from './projection/card.ts';

/**
 * Buttons that ask for a rollback to be planned. They carry a question, not a right. Slack wants the ids within a message
 * told apart, so each button has a word of its own behind the dot.
 */
export const rollbackAction = 'rollback';

/** Opens the form that asks for one node. */
export const rollbackNodeAction = 'rollback.node';

/** The parts of a cluster that a button can name; single nodes are asked for in a form. */
const ButtonScope = z.enum(['all', 'workers', 'control-plane']);

/** `abc234 all any`, `abc234 workers keep`: the upgrade, how much of it, and what is to become of etcd. */
export const RollbackWish = z
  .string()
  .max(60)
  .regex(/^\S+ \S+ \S+$/)
  .transform((text) => {
    const [run, scope, way] = text.split(' ');
    return { run, scope, way };
  })
  .pipe(z.object({ run: RunId, scope: ButtonScope, way: z.enum(['any', ...EtcdWay.options]) }));

export function scopeOf(scope: z.infer<typeof ButtonScope>): RollbackScope {
  return { kind: scope };
}

type Wish = { readonly run: RunId; readonly scope?: z.infer<typeof ButtonScope>; readonly etcd?: EtcdWay };

function valueOf({ run, scope = 'all', etcd }: Wish): string {
  return `${run} ${scope} ${etcd ?? 'any'}`;
}

/** On the message of an upgrade: plans taking it back. Nothing happens before people have approved that plan. */
export function rollBackButton(run: RunId, label = 'Roll back…'): ButtonSpec {
  return { actionId: `${rollbackAction}.plan`, label, value: valueOf({ run }) };
}

/** One of several upgrades that are offered beside each other. */
export function rollBackChoice(run: RunId, cluster: ClusterName, place: number): ButtonSpec {
  return {
    actionId: `${rollbackAction}.choose-${place}`,
    label: `${place}. Plan taking ${cluster} back`,
    value: valueOf({ run }),
  };
}

export function otherScopeButton(run: RunId, scope: 'all' | 'workers'): ButtonSpec {
  return {
    actionId: `${rollbackAction}.${scope}`,
    label: scope === 'workers' ? 'Workers only' : 'Everything',
    value: valueOf({ run, scope }),
  };
}

const wayLabels: Readonly<Record<EtcdWay, string>> = {
  keep: 'Keep etcd instead',
  downgrade: 'With etcd’s downgrade',
  restore: 'Restore the snapshot…',
};

export function otherWayButton(run: RunId, etcd: EtcdWay): ButtonSpec {
  return {
    actionId: `${rollbackAction}.way-${etcd}`,
    label: wayLabels[etcd],
    value: valueOf({ run, etcd }),
    ...(etcd === 'restore' ? { style: 'danger' as const } : {}),
  };
}

export function oneNodeButton(run: RunId): ButtonSpec {
  return { actionId: rollbackNodeAction, label: 'One node…', value: valueOf({ run }) };
}
