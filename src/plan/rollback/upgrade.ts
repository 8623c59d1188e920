import type { NodeName, RunId } from '../../domain/names.ts';
import type { Origin } from '../../domain/origin.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { StepKind } from '../../domain/step.ts';
import { changedNodes } from '../../domain/way-back.ts';

/** Steps in which kubeadm rewrites the kubelet's configuration, its flags and the annotation of its socket. */
const rewritesKubelet: ReadonlySet<StepKind> = new Set(['upgrade-control-plane', 'upgrade-kubelet-config']);

const replacesStaticPods: ReadonlySet<StepKind> = new Set(['upgrade-control-plane']);

/** An upgrade as its record tells of it: what it began where, and what rollbacks before have put back already. */
export interface RecordedUpgrade {
  readonly run: Run;
  readonly origin: Origin;
  /** Nodes on which it began something that can be taken back. */
  readonly changed: ReadonlySet<NodeName>;
  /** Nodes whose kubelet files it may have rewritten, and no rollback since has put back. */
  readonly rewritten: ReadonlySet<NodeName>;
  /** Control planes whose static pods it may have replaced. */
  readonly replaced: ReadonlySet<NodeName>;
  /** Runs whose cordons are the rollback's to take away. */
  readonly cordoners: readonly RunId[];
  /** How many rollbacks of it were begun before. */
  readonly earlier: number;
}

/**
 * Reads an upgrade's record.
 * @param earlier rollbacks of it that were begun before, whatever became of them
 */
export function recordedUpgrade(run: Run, earlier: readonly Run[]): RecordedUpgrade {
  const { origin } = run.plan;
  // Plans of older bots do not say where nodes began: the look that comes before refuses them.
  if (origin === undefined) throw new Error(`run ${run.id} has no origin to go back to`);
  const begunBefore = earlier.filter(({ startedAt }) => startedAt !== undefined);
  const restored = new Set(begunBefore.flatMap(restoredFiles));
  return {
    run,
    origin,
    changed: new Set(changedNodes(run)),
    rewritten: new Set(changedNodes(run, rewritesKubelet).filter((node) => !restored.has(node))),
    replaced: new Set(changedNodes(run, replacesStaticPods)),
    cordoners: [run.id, ...begunBefore.map(({ id }) => id)],
    earlier: begunBefore.length,
  };
}

function restoredFiles(rollback: Run): NodeName[] {
  return stepsOf(rollback.plan).flatMap((step) =>
    step.kind === 'restore-node-files' && rollback.steps.get(step.key)?.status === 'succeeded'
      ? [step.input.node]
      : [],
  );
}
