import type { Batch, Phase, Turn } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { workersOf } from '../running.ts';
import { batchSize, inBatches, inOrder, type ZoneMode, zoneMode } from './batches.ts';
import { gatePhases } from './gate-phases.ts';
import { nextMarks } from './next-marks.ts';
import { stepKey } from './step-key.ts';
import { type WorkerGroup, workerGroups } from './worker-groups.ts';
import { workerTurn } from './worker-turn.ts';

/** What all batches of one part of the plan have in common. */
interface Given {
  readonly version: KubernetesVersion;
  readonly policy: Policy;
  readonly zones: ZoneMode;
  /** Of the whole cluster; absent where policy does not count. */
  readonly maxUnavailable?: number;
}

/**
 * The workers, group by group: canaries alone, then the others in batches. Around every batch it is looked at how ready
 * the workloads are that have to move; gates stand before the first worker and between canaries and batches.
 */
export function workerPhases(
  version: KubernetesVersion,
  pending: readonly NodeSnapshot[],
  snapshot: Snapshot,
  policy: Policy,
): Phase[] {
  const workers = pending.filter((node) => node.role === 'worker');
  if (workers.length === 0) return [];
  const all = workersOf(snapshot);
  const { maxUnavailable } = policy.workers;
  const given: Given = {
    version,
    policy,
    zones: zoneMode(policy.workers.zones, all),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable: batchSize(maxUnavailable, all.length) }),
  };
  const marks = nextMarks(version, workers, policy);
  const groups = between(
    marks,
    workerGroups(workers, snapshot, policy).flatMap((group) => groupPhases(group, given)),
  );
  const firstBatches = groups.findIndex(({ kind }) => kind === 'workers');
  return [
    ...gatePhases('workers', version, snapshot, policy),
    ...groups.flatMap((phase, index) =>
      index === firstBatches ? [...gatePhases('batches', version, snapshot, policy), phase] : [phase],
    ),
  ];
}

/** The phases with what is done before the first batch of all and after the last. */
function between({ before, after }: ReturnType<typeof nextMarks>, phases: readonly Phase[]): Phase[] {
  return phases.map((each, index) => ({
    ...each,
    batches: [...(index === 0 ? before : []), ...each.batches, ...(index === phases.length - 1 ? after : [])],
  }));
}

function groupPhases({ pool, nodes, canaries, batch }: WorkerGroup, given: Given): Phase[] {
  const { policy, zones } = given;
  const ordered = inOrder(nodes, policy.nodes, zones);
  const alone = ordered.slice(0, canaries).map((node) => [node]);
  const batches = inBatches(ordered.slice(canaries), batch, zones);
  const of = pool === undefined ? '' : `, pool ${pool.name}`;
  const prefix = pool === undefined ? '' : `${pool.name}-`;
  const poolName = pool?.name;
  return [
    ...phase(
      'canary',
      alone.flatMap((group, index) =>
        around(
          group,
          `${prefix}canary-${index + 1}`,
          { batch: `canary ${group[0]?.name}`, reason: `canary, alone before the others${of}` },
          given,
          poolName,
        ),
      ),
    ),
    ...phase(
      'workers',
      batches.flatMap((group, index) => {
        const zone = zones === 'one-at-a-time' ? zoneText(group) : '';
        const batch = `batch ${index + 1} of ${batches.length}${of}`;
        const names = { batch, reason: `${batch}${zone}` };
        return around(group, `${prefix}batch-${index + 1}`, names, given, poolName);
      }),
    ),
  ];
}

function phase(kind: 'canary' | 'workers', batches: readonly Batch[]): Phase[] {
  return batches.length === 0 ? [] : [{ kind, batches: [...batches] }];
}

function zoneText([first]: readonly NodeSnapshot[]): string {
  return first?.zone === undefined ? '' : `, zone ${first.zone}`;
}

/** A batch, with what is looked at before and after it. */
function around(
  nodes: readonly NodeSnapshot[],
  name: string,
  { batch, reason }: { readonly batch: string; readonly reason: string },
  given: Given,
  pool: string | undefined,
): Batch[] {
  const { version, policy, maxUnavailable } = given;
  const turns = nodes.map(
    (node): Turn => ({
      ...workerTurn(node, reason, version, policy, maxUnavailable),
      ...(pool === undefined ? {} : { pool }),
    }),
  );
  const { enabled, minimumSeconds, timeoutSeconds } = policy.workers.soak;
  if (!enabled) return [{ turns }];
  const names = nodes.map((node) => node.name);
  return [
    cluster('how ready the workloads are that have to move', {
      kind: 'record-workloads',
      key: stepKey(version, 'record-workloads', undefined, name),
      input: { nodes: names, batch },
    }),
    { turns },
    cluster('until what had to move is as ready as before', {
      kind: 'soak',
      key: stepKey(version, 'soak', undefined, name),
      input: { batch, minimumSeconds, timeoutSeconds },
    }),
  ];
}

function cluster(reason: string, step: Turn['steps'][number]): Batch {
  return { turns: [{ subject: { kind: 'cluster' }, reason, steps: [step] }] };
}
