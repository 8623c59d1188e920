import { assertNever } from '../../domain/assert-never.ts';
import type { ClusterName, RunId, StepKey } from '../../domain/names.ts';
import type { OutputStore } from '../../ports/output-store.ts';
import type { NodeUpkeep } from '../../ports/remote-host.ts';
import { type ActLogDeps, createActLog } from './act-log.ts';

export interface CatchUpDeps extends ActLogDeps {
  readonly store: ActLogDeps['store'] & Pick<OutputStore, 'acts'>;
  readonly upkeep: Pick<NodeUpkeep, 'readOutput'>;
}

/**
 * Reads from the nodes what acts of a run have printed that nobody has read to the end: of a process that died, of a
 * command that was left to itself or stopped. Changes nothing on the nodes, and never fails: an output that cannot be had
 * now is tried again when the run is tidied.
 * @param step only acts of this one
 * @returns false where something could not be read
 */
export async function catchUp(
  deps: CatchUpDeps,
  run: { readonly id: RunId; readonly cluster: ClusterName },
  step?: StepKey,
): Promise<boolean> {
  const about = { run: run.id, cluster: run.cluster };
  let isRead = true;
  try {
    const open = (await deps.store.acts(run.id)).filter(
      (act) => act.ending === undefined && (step === undefined || act.step === step),
    );
    for (const { ending: _, ...act } of open) {
      const log = createActLog(deps, act);
      try {
        const from = await deps.store.keptTo(act);
        const state = await deps.upkeep.readOutput(run.cluster, act.node, act, from, log.output);
        switch (state.status) {
          case 'running':
            break;
          case 'none':
            await log.ended({ status: 'unknown', reason: 'nothing of it is on the node' });
            break;
          case 'exited':
          case 'unknown':
            await log.ended(state);
            break;
          default:
            assertNever(state);
        }
      } catch (error) {
        isRead = false;
        deps.log.warn(
          { ...about, node: act.node, err: error },
          'what a command printed was not read to its end',
        );
      }
      await log.ended();
    }
  } catch (error) {
    isRead = false;
    deps.log.warn({ ...about, err: error }, 'outputs of a run could not be looked up');
  }
  return isRead;
}
