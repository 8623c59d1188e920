import { StepFailure } from '../../domain/failure.ts';
import type { RestartNodeAgents } from '../../domain/step.ts';
import { perform } from '../../node/act.ts';
import { readKubelet } from '../../node/kubelet.ts';
import { lastWords } from '../../node/last-words.ts';
import { agentsMark, readAgents, restartAgentsCommand } from '../../node/node-agents.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../../ports/step-handler.ts';
import { actCall } from '../act-call.ts';
import type { StepDependencies } from '../dependencies.ts';
import { type Look, met, notYet, waitUntil } from '../wait-until.ts';

const restartSeconds = 300;

/**
 * Restarts what watches the API on a node: after a restore of etcd their caches are of a future that is gone. By the node
 * alone; whether the cluster sees it well again is for the steps that verify.
 */
export function restartNodeAgents(
  deps: Pick<StepDependencies, 'remoteHostOf' | 'clock'>,
): StepHandler<RestartNodeAgents> {
  const look = async (step: RestartNodeAgents, context: AttemptContext): Promise<Look<StepFacts>> => {
    const host = deps.remoteHostOf(context.cluster, step.input.node);
    const { restarted, up, down } = await readAgents(host, agentsMark(context.run, step.key));
    if (!restarted) return notYet('they have not been restarted');
    const kubelet = await readKubelet(host);
    if (!kubelet.active) return notYet("the kubelet's unit is not active");
    if (kubelet.healthz === 'failing') return notYet("the kubelet's own health check fails");
    if (down.length > 0) return notYet(`${down.join(', ')} does not run`);
    return met({ restarted: ['kubelet', ...up].join(', ') });
  };

  return {
    async observe(step, context) {
      const looked = await look(step, context);
      return looked.status === 'met' ? { status: 'done', facts: looked.value } : { status: 'to-do' };
    },

    async act(step, context) {
      const host = deps.remoteHostOf(context.cluster, step.input.node);
      await perform(host, actCall(context, step, restartSeconds), {
        argv: restartAgentsCommand(agentsMark(context.run, step.key)),
        purpose: 'restarting the kubelet and the network pods',
        classify: (output, code) =>
          new StepFailure('node.kubelet-not-ready', `${host.node}: the kubelet could not be restarted.`, {
            facts: { node: host.node, exit: String(code) },
            lastWords: lastWords(output),
          }),
      });
    },

    async verify(step, context) {
      const seconds = context.policy.timeouts.nodeReadySeconds;
      const waited = await waitUntil(() => look(step, context), {
        clock: deps.clock,
        signal: context.signal,
        timeoutMs: seconds * 1_000,
      });
      if (waited.status === 'met') return waited.value;
      const { node } = step.input;
      throw new StepFailure(
        'node.kubelet-not-ready',
        `${node}: not everything came up again in ${seconds} s: ${waited.why}.`,
        { facts: { node } },
      );
    },
  };
}
