import type { NodeName, RunId } from '../../domain/names.ts';
import { nextTaint } from '../../ports/kubernetes.ts';
import type { Caller } from './caller.ts';
import { changeNode } from './change-node.ts';
import type { NodeResource } from './objects/node.ts';

type Taints = NodeResource['spec']['taints'];

/** Adds the run's PreferNoSchedule taint; false when a taint of the bot is there already, of whichever run. */
export async function markNext(caller: Caller, name: NodeName, run: RunId): Promise<boolean> {
  const own = { key: nextTaint, value: run, effect: 'PreferNoSchedule' };
  const { status } = await changeNode(caller, `taint node ${name}`, name, ({ spec }) =>
    spec.taints.some(({ key }) => key === nextTaint)
      ? undefined
      : { spec: { taints: [...spec.taints, own] } },
  );
  return status === 'changed';
}

/** Takes the run's own taint away; false when it is not there. */
export async function unmarkNext(caller: Caller, name: NodeName, run: RunId): Promise<boolean> {
  const { status } = await changeNode(caller, `remove the taint of node ${name}`, name, ({ spec }) => {
    const others = withoutOwn(spec.taints, run);
    return others.length === spec.taints.length ? undefined : { spec: { taints: others } };
  });
  return status === 'changed';
}

export function withoutOwn(taints: Taints, run: RunId): Taints {
  return taints.filter(({ key, value }) => key !== nextTaint || value !== run);
}
