import type { NodeName } from '../domain/names.ts';
import { answer } from './answer.ts';
import { decide } from './decide.ts';
import type { UseCaseDeps } from './deps.ts';
import { clusterInChannel } from './permissions.ts';
import { oneInQuestion } from './steps-in-question.ts';
import type { Asker, ControlOutcome, UseCases } from './use-cases.ts';

/** Retries the step that has failed, of the run or of one of its nodes. */
export function retryByName(deps: UseCaseDeps): UseCases['retry'] {
  return async (request) => {
    const found = await find(
      deps,
      request,
      request.node,
      'No step has failed, so there is nothing to retry.',
    );
    if ('status' in found) return found;
    return decide(deps)({ ...request, step: found.step.key, choice: 'retry' });
  };
}

/** Leaves out the node whose step has failed or stands still. */
export function skipByName(deps: UseCaseDeps): UseCases['skip'] {
  return async (request) => {
    const nothing = 'No step has failed or stands still, so there is nothing to skip.';
    const found = await find(deps, request, request.node, nothing, true);
    if ('status' in found) return found;
    const { step, wait } = found;
    const { reason } = request;
    if (wait === undefined) return decide(deps)({ ...request, step: step.key, choice: 'skip', reason });
    return answer(deps)({
      ...request,
      step: step.key,
      since: wait.since,
      wish: { kind: 'skip-node', reason },
    });
  };
}

async function find(
  deps: UseCaseDeps,
  request: Asker & { run: Parameters<UseCases['retry']>[0]['run'] },
  node: NodeName | undefined,
  nothing: string,
  waitsToo = false,
): Promise<Exclude<ReturnType<typeof oneInQuestion>, string> | ControlOutcome> {
  const run = await deps.store.load(request.run);
  if (!run) return { status: 'denied', reason: `There is no run \`${request.run}\`.` };
  const config = clusterInChannel(deps, run.cluster, request.channel);
  if ('status' in config) return config;
  const found = oneInQuestion(
    run,
    node,
    ({ record, wait }) => record.status === 'failed' || (waitsToo && wait !== undefined),
    nothing,
  );
  return typeof found === 'string' ? { status: 'not-now', run, reason: found } : found;
}
