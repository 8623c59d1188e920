import { hasEnded, ownerOf } from '../../domain/run.ts';
import type { UseCaseDeps } from '../deps.ts';
import { refuseOperator } from '../permissions.ts';
import type { UseCases } from '../use-cases.ts';
import { control, operatorOnly, phraseOf } from './control-run.ts';

/** Somebody else answers for the run from now on: one who may operate its cluster, and whom Slack knows as a member. */
export function handOver(deps: UseCaseDeps): UseCases['handOver'] {
  return (request) =>
    control(
      deps,
      request,
      async (run) => {
        const refused = await operatorOnly(deps, request)(run);
        if (refused) return refused;
        const config = deps.clusters.get(run.cluster);
        const heir = await deps.directory.user(request.to).catch(() => undefined);
        if (heir === undefined || heir.deleted || heir.isBot || heir.isGuest || heir.isStranger) {
          return {
            status: 'denied',
            reason: `<@${request.to}> cannot take a run: only full members of this workspace can.`,
          };
        }
        const mayNot =
          config && (await refuseOperator(deps, config, run.cluster, { ...request, user: heir.id }));
        return (
          mayNot && { status: 'denied', reason: `<@${request.to}> may not run upgrades of ${run.cluster}.` }
        );
      },
      (run, at) => {
        if (hasEnded(run)) return `It is ${phraseOf(run)}: there is nothing left to hand over.`;
        if (ownerOf(run) === request.to) return `<@${request.to}> has it already.`;
        return [{ kind: 'run-handed-over', at, by: request.user, to: request.to }];
      },
    );
}
