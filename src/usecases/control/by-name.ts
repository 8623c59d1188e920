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
import { oneInQuestion, type StepInQuestion } from './steps-in-question.ts';

/** A reason longer than that is read by nobody. */
const longestReason = 300;

/** Retries the step that has failed, of the run or of one of its nodes. */
export function retryByName(deps: UseCaseDeps): UseCases['retry'] {
  return async (request) => {
    const run = await deps.store.load(request.run);
    if (!run) return noSuchRun(deps, request.run, request.channel);
    const { node } = request;
    if (node !== undefined && isQuarantined(run, node)) return retryQuarantined(deps)(request);
    const nothing = 'No step has failed, so there is nothing to retry.';
    const found = await find(deps, request, run, node, ({ record }) => record.status === 'failed', nothing);
    if ('status' in found) return found;
    return decide(deps)({ ...request, step: found.step.key, choice: 'retry' });
  };
}

/** Leaves out the node whose step has failed or stands still. */
export function skipByName(deps: UseCaseDeps): UseCases['skip'] {
  return async (request) => {
    const run = await deps.store.load(request.run);
    if (!run) return noSuchRun(deps, request.run, request.channel);
    const { node, reason } = nodeAndReason(run, request.words);
    const nothing = 'No step has failed or stands still, so there is nothing to skip.';
    const isAsked = ({ record, wait }: StepInQuestion) =>
      record.status === 'failed' || wait?.standstill !== undefined;
    const found = await find(deps, request, run, node, isAsked, nothing);
    if ('status' in found) return found;
    if (reason === '') {
      const line = `/k8s-upgrade skip ${run.id} ${node ?? ''} its owner drains it tomorrow`;
      return { status: 'not-now', run, reason: `Say why, for whoever reads it later: \`${line}\`` };
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
function nodeAndReason(run: Run, words: readonly string[]): { node: NodeName | undefined; reason: string } {
  const [first = '', ...rest] = words;
  const node = nodesOf(run.plan.phases).find((name) => name === first.toLowerCase());
  return { node, reason: (node === undefined ? words : rest).join(' ').slice(0, longestReason) };
}

async function find(
  deps: UseCaseDeps,
  asker: Asker,
  run: Run,
  node: NodeName | undefined,
  holds: (candidate: StepInQuestion) => boolean,
  nothing: string,
): Promise<StepInQuestion | ControlOutcome> {
  const config = await clusterForRun(deps, run, asker);
  if ('status' in config) return config;
  const found = oneInQuestion(run, node, holds, nothing);
  return typeof found === 'string' ? { status: 'not-now', run, reason: found } : found;
}
