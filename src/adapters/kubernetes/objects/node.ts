import { z } from 'zod';
import { NodeName } from '../../../domain/names.ts';
import type { Amounts } from '../../../domain/workload-facts.ts';
import type { NodeObject } from '../../../ports/kubernetes.ts';
import { Condition, listOf, Metadata } from './metadata.ts';
import { quantity } from './quantity.ts';

/** Whole: a write sends all of them back. */
const Taint = z.object({
  key: z.string(),
  value: z.string().optional(),
  effect: z.string(),
  timeAdded: z.string().optional(),
});

/** v1 Node. */
export const NodeResource = z.object({
  metadata: Metadata.extend({ name: NodeName }),
  spec: z.object({ unschedulable: z.boolean().default(false), taints: listOf(Taint) }).prefault({}),
  status: z.object({
    conditions: listOf(Condition.extend({ message: z.string().optional() })),
    addresses: listOf(z.object({ type: z.string(), address: z.string() })),
    allocatable: z.record(z.string(), z.string()).nullish(),
    nodeInfo: z.object({ kubeletVersion: z.string(), containerRuntimeVersion: z.string() }),
  }),
});
export type NodeResource = z.infer<typeof NodeResource>;

export function nodeObject({ metadata, spec, status }: NodeResource): NodeObject {
  const isTrue = status.conditions.filter((condition) => condition.status === 'True').map(({ type }) => type);
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  const internal = status.addresses.find(({ type }) => type === 'InternalIP');
  return {
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels,
    annotations: metadata.annotations,
    unschedulable: spec.unschedulable,
    ready: ready?.status === 'True',
    ...(ready?.message && ready.status !== 'True' ? { notReadyBecause: sentence(ready.message) } : {}),
    pressures: isTrue.filter((type) => type !== 'Ready'),
    kubeletVersion: status.nodeInfo.kubeletVersion,
    containerRuntime: status.nodeInfo.containerRuntimeVersion,
    taints: spec.taints.map(({ key, value, effect }) => ({
      key,
      effect,
      ...(value === undefined ? {} : { value }),
    })),
    ...(internal ? { internalAddress: internal.address } : {}),
    ...(status.allocatable ? { allocatable: amountsOf(status.allocatable) } : {}),
  };
}

/** The kubelet joins all that is wrong into one line, which can be long; a full stop comes from whoever quotes it. */
function sentence(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return (line.length > 200 ? `${line.slice(0, 199)}…` : line).replace(/\.$/, '');
}

function amountsOf(allocatable: Readonly<Record<string, string>>): Amounts {
  const amount = (name: string) => quantity(allocatable[name] ?? '0') ?? 0;
  return {
    cpuMillis: Math.floor(amount('cpu') * 1000),
    memoryBytes: Math.floor(amount('memory')),
    pods: Math.floor(amount('pods')),
  };
}
