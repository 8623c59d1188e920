import { StepFailure } from '../../domain/failure.ts';
import type { StopStaticPods } from '../../domain/step.ts';
import { perform } from '../../node/act.ts';
import {
  staticPodsLeft,
  stopContainersCommand,
  stoppedDirectory,
  takeAwayCommand,
} from '../../node/static-pods.ts';
import type { AttemptContext, StepHandler } from '../../ports/step-handler.ts';
import { actCall } from '../act-call.ts';
import type { StepDependencies } from '../dependencies.ts';
import { met, notYet, waitUntil } from '../wait-until.ts';

/** Kubelets were seen to need 31 s. One that needs longer than this hangs or does not run. */
const kubeletMs = 90_000;
const stopSeconds = 180;

/**
 * Stops static pods by taking their manifests away, which the kubelet then does. Where it does not, the container runtime
 * is told to: a member of etcd that still runs on old data must not meet one on restored data.
 */
export function stopStaticPods(
  deps: Pick<StepDependencies, 'remoteHostOf' | 'clock'>,
): StepHandler<StopStaticPods> {
  const left = (step: StopStaticPods, context: AttemptContext) =>
    staticPodsLeft(deps.remoteHostOf(context.cluster, step.input.node), step.input.pods);
  const factsOf = (context: AttemptContext) => ({ manifests: stoppedDirectory(context.run) });

  const gone = (step: StopStaticPods, context: AttemptContext, timeoutMs: number) =>
    waitUntil(
      async () => {
        const what = await left(step, context);
        return what.length === 0 ? met(undefined) : notYet(what.join(', '));
      },
      { clock: deps.clock, signal: context.signal, timeoutMs },
    );

  return {
    async observe(step, context) {
      const what = await left(step, context);
      return what.length === 0 ? { status: 'done', facts: factsOf(context) } : { status: 'to-do' };
    },

    async act(step, context) {
      const { node, pods } = step.input;
      const host = deps.remoteHostOf(context.cluster, node);
      await perform(host, actCall(context, step, stopSeconds, 'take-away'), {
        argv: takeAwayCommand(stoppedDirectory(context.run), pods),
        purpose: 'taking the manifests away',
      });
      if ((await gone(step, context, kubeletMs)).status === 'met') return;
      context.note(`${node}: the kubelet does not stop its static pods; telling the container runtime to`);
      await perform(host, actCall(context, step, stopSeconds, 'stop'), {
        argv: stopContainersCommand(pods),
        purpose: 'stopping the static pods',
      });
    },

    async verify(step, context) {
      const waited = await gone(step, context, kubeletMs);
      if (waited.status === 'met') return factsOf(context);
      const { node } = step.input;
      throw new StepFailure('static-pods.not-stopped', `${node}: still there: ${waited.why}.`, {
        facts: { node, left: waited.why },
      });
    },
  };
}
