import { assertNever } from '../../domain/assert-never.ts';
import type { Answer } from '../../domain/blockage.ts';
import type { RunEvent } from '../../domain/event.ts';
import type { Instant, StepKey } from '../../domain/names.ts';
import { openWait, type Run } from '../../domain/run.ts';
import { awaitsSecond, type GivenAnswer, isDangerous, nextNumber } from '../../domain/waiting.ts';
import type { Denied } from '../asker.ts';
import type { UseCaseDeps } from '../deps.ts';
import { refuseApprover, refuseOperator } from '../permissions.ts';
import type { UseCases, Wish } from '../use-cases.ts';
import { control, type Decided, operatorOnly } from './control-run.ts';
import { skipStep } from './decide.ts';
import { mentionOfOwner } from './owners.ts';
import { blockageOf } from './steps-in-question.ts';

const past = 'That wait is over: the message shows where the run stands now.';

/**
 * A person's answer to a step that stands still. One that can hurt counts when a second person has agreed; the same wish
 * of another approver is that agreement.
 */
export function answer(deps: UseCaseDeps): UseCases['answer'] {
  return async (request) => {
    const { user, step, wish } = request;
    const present = await deps.store.load(request.run);
    const same = present && pendingLike(present, step, wish);
    if (same && same.answer.by !== user) return agree(deps)({ ...request, number: same.number });
    return control(deps, request, operatorOnly(deps, request), (run, at) => {
      const record = run.steps.get(step);
      const wait = openWait(run, step);
      if (!record || wait?.since !== request.since) return past;
      if (wait.standstill === undefined) return `It waits for something else: ${wait.failure.message}`;
      if (wish.kind === 'skip-node' && record.status === 'failed') {
        return skipStep(run, { step, by: user, reason: wish.reason, at });
      }
      if (wish.kind === 'skip-node' && !canSkip(run, step)) return unskippable;
      if (record.status === 'failed' && !isDangerous(wish)) {
        return 'It has stopped already: Retry begins it anew.';
      }
      if (pendingLike(run, step, wish)) return 'You have asked for that; a second person has to agree.';
      const given = answerOf(run, step, wish, { by: user, at });
      if (typeof given === 'string') return given;
      const reason = wish.kind === 'skip-node' ? { reason: wish.reason } : {};
      return [
        {
          kind: 'answer-given',
          at,
          step,
          number: nextNumber(record.answers ?? []),
          answer: given,
          ...reason,
        },
      ];
    });
  };
}

/** The second person's word: an approver's, and not of whoever asked for it. Then it counts at once. */
export function agree(deps: UseCaseDeps): UseCases['agree'] {
  return (request) =>
    control(
      deps,
      request,
      (run) => refuseSecond(deps, run, request),
      (run, at) => {
        const { user, step, number } = request;
        const wait = openWait(run, step);
        const pending = pendingOf(run, step, number);
        if (wait?.since !== request.since || pending === undefined) return past;
        if (pending.answer.by === user) return 'You asked for it: a second person has to agree.';
        const gone = stillThere(run, step, pending.answer);
        if (gone !== undefined) return gone;
        const agreed: RunEvent = { kind: 'answer-seconded', at, by: user, step, number };
        // A drain that has given up is begun anew with it.
        return run.steps.get(step)?.status === 'failed'
          ? [agreed, { kind: 'decision-made', at, by: user, choice: 'retry', step }]
          : [agreed];
      },
    );
}

/** Whoever may operate the cluster may also take such a wish back. */
export function withdraw(deps: UseCaseDeps): UseCases['withdraw'] {
  return (request) =>
    control(deps, request, operatorOnly(deps, request), (run, at) => {
      const { user, step, number } = request;
      const pending = pendingOf(run, step, number);
      if (openWait(run, step)?.since !== request.since || pending === undefined) return past;
      return [{ kind: 'answer-withdrawn', at, by: user, step, number }];
    });
}

/** Calls whoever owns a pod that is in the way; once a wait and pod. */
export function tellOwner(deps: UseCaseDeps): UseCases['tellOwner'] {
  return (request) =>
    control(deps, request, operatorOnly(deps, request), (run, at) => {
      const { user, step, pod: uid } = request;
      const wait = openWait(run, step);
      const blockage = blockageOf(wait, uid);
      if (wait?.since !== request.since) return past;
      if (blockage === undefined) return 'That pod is not in the way any more.';
      const told = wait.told[uid];
      if (told !== undefined) return 'Its owner was told already.';
      const { namespace, name, owner } = blockage;
      const called = mentionOfOwner(run.plan.policy, namespace, owner?.text);
      if (called === undefined) return 'Nobody is named who could be called for that pod.';
      return [{ kind: 'owner-told', at, by: user, step, pod: { namespace, name, uid }, owner: called }];
    });
}

const unskippable = 'This node cannot be skipped: the nodes after it rest on it. Retry it, or abort the run.';

function canSkip(run: Run, step: StepKey): boolean {
  return typeof skipStep(run, { step, by: run.requestedBy, reason: '', at: run.createdAt }) !== 'string';
}

/** Only what is known to be in the way can be deleted or scaled. */
function answerOf(
  run: Run,
  step: StepKey,
  wish: Wish,
  said: { by: Answer['by']; at: Instant },
): Answer | string {
  switch (wish.kind) {
    case 'keep-waiting': {
      const seconds = wish.seconds ?? run.plan.policy.drain.timeoutSeconds;
      return { kind: 'keep-waiting', seconds, ...said };
    }
    case 'skip-node':
    case 'stop':
      return { kind: wish.kind, ...said };
    case 'delete-pod': {
      const blockage = blockageOf(openWait(run, step), wish.pod);
      if (blockage === undefined) return 'That pod is not in the way any more.';
      const { namespace, name, uid } = blockage;
      return { kind: 'delete-pod', namespace, name, uid, ...said };
    }
    case 'scale-up': {
      const workload = blockageOf(openWait(run, step), wish.pod)?.workload;
      if (workload === undefined)
        return 'That pod is not in the way any more, or nothing of it can be scaled.';
      const { kind, namespace, name } = workload;
      return { kind: 'scale-up', workload: { kind, namespace, name }, ...said };
    }
    default:
      return assertNever(wish);
  }
}

function pendingOf(run: Run, step: StepKey, number: number): GivenAnswer | undefined {
  return run.steps.get(step)?.answers?.find((given) => given.number === number && awaitsSecond(given));
}

/** The wish that waits for a second person already, if it is the same. */
function pendingLike(run: Run, step: StepKey, wish: Wish): GivenAnswer | undefined {
  if (!isDangerous(wish) || !('pod' in wish)) return undefined;
  const workload = blockageOf(openWait(run, step), wish.pod)?.workload;
  return (run.steps.get(step)?.answers ?? []).find(({ answer: given, ...rest }) => {
    if (!awaitsSecond({ answer: given, ...rest }) || given.kind !== wish.kind) return false;
    return given.kind === 'delete-pod'
      ? given.uid === wish.pod
      : given.kind === 'scale-up' && given.workload.name === workload?.name;
  });
}

/** Nobody agrees to something about a pod that has gone meanwhile. */
function stillThere(run: Run, step: StepKey, given: Answer): Decided | undefined {
  if (given.kind !== 'delete-pod') return undefined;
  const there = blockageOf(openWait(run, step), given.uid) !== undefined;
  return there ? undefined : 'That pod is not in the way any more.';
}

async function refuseSecond(
  deps: UseCaseDeps,
  run: Run,
  request: Parameters<UseCases['agree']>[0],
): Promise<Denied | undefined> {
  const config = deps.clusters.get(run.cluster);
  const first = pendingOf(run, request.step, request.number)?.answer.by;
  if (!config || first === undefined) return undefined;
  const refused = await refuseApprover(deps, config, run.cluster, request, first, false);
  if (refused) return refused;
  // Whoever asked first must still be allowed to: what counts is said by two who may.
  const outdated = await refuseOperator(deps, config, run.cluster, { ...request, user: first });
  return outdated && { status: 'denied', reason: `<@${first}> asked for this and may not any more.` };
}
