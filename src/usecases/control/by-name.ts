import type { NodeName } from '../../domain/names.ts';
import { nodesOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { isQuarantined } from '../../run/record/course.ts';
import type { Asker } from '../asker.ts';
import type { UseCaseDeps } from '../deps.ts';
import { noSuchRun } from '../look/removed-run.ts';
import { clusterForRun } from '../rollback/target.ts';
import type { ControlOutcome, UseCases } from '../use-cases.ts';
import { answer } from './answer.ts';
import { decide } from './decide.ts';
import { retryQuarantined } from './quarantine.ts';
import { oneInQuestion } from './steps-in-question.ts';

/** A reason longer than that is read by nobody. */
const longestReason = 300;

/** Retries the step that has failed, of the run or of one of its nodes. */
export function retryByName(deps: UseCaseDeps): UseCases['retry'] {
  return async (request) => {
    const run = await deps.store.load(request.run);
    if (run && request.node !== undefined && isQuarantined(run, request.node)) {
      return retryQuarantined(deps)(request);
    }
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
    const { node, reason } = nodeAndReason(await deps.store.load(request.run), request.words);
    const found = await find(deps, request, node, nothing, true);
    if ('status' in found) return found;
    if (reason === '') {
      const run = await deps.store.load(request.run);
      const line = `/k8s-upgrade skip ${request.run} ${node ?? ''} its owner drains it tomorrow`;
      return run
        ? { status: 'not-now', run, reason: `Say why, for whoever reads it later: \`${line}\`` }
        : noSuchRun(deps, request.run, request.channel);
    }
    const { step, wait } = found;
    if (wait === undefined) return decide(deps)({ ...request, step: step.key, choice: 'skip', reason });
    return answer(deps)({
      ...request,
      step: step.key,
      since: wait.since,
      wish: { kind: 'skip-node', reason },
    });
  };
}

/** The first word is a node where the run has one of that name. */
function nodeAndReason(
  run: Run | undefined,
  words: readonly string[],
): { node: NodeName | undefined; reason: string } {
  const [first = '', ...rest] = words;
  const nodes = run === undefined ? [] : nodesOf(run.plan.phases);
  const node = nodes.find((name) => name === first.toLowerCase());
  return { node, reason: (node === undefined ? words : rest).join(' ').slice(0, longestReason) };
}

async function find(
  deps: UseCaseDeps,
  request: Asker & { run: Parameters<UseCases['retry']>[0]['run'] },
  node: NodeName | undefined,
  nothing: string,
  waitsToo = false,
): Promise<Exclude<ReturnType<typeof oneInQuestion>, string> | ControlOutcome> {
  const run = await deps.store.load(request.run);
  if (!run) return noSuchRun(deps, request.run, request.channel);
  const config = await clusterForRun(deps, run, request);
  if ('status' in config) return config;
  const found = oneInQuestion(
    run,
    node,
    ({ record, wait }) => record.status === 'failed' || (waitsToo && wait?.standstill !== undefined),
    nothing,
  );
  return typeof found === 'string' ? { status: 'not-now', run, reason: found } : found;
}
