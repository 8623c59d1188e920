import { StepFailure } from '../domain/failure.ts';
import type { RestartKubelet } from '../domain/step.ts';
import { perform } from '../node/act.ts';
import { type KubeletState, kubeletLastWords, readKubelet, restartCommand } from '../node/kubelet.ts';
import { lastWords } from '../node/last-words.ts';
import type { RemoteHost } from '../ports/remote-host.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import { actCall } from './act-call.ts';
import type { StepDependencies } from './dependencies.ts';
import { notReady } from './not-ready.ts';
import { type Look, met, notYet, waitUntil } from './wait-until.ts';

type Deps = Pick<StepDependencies, 'kubernetesOf' | 'remoteHostOf' | 'clock'>;

/** The unit's own start is quick; whether the kubelet works is found out by looking. */
const restartSeconds = 120;
/** Most kubelets are Ready long before. */
const usualMs = 45_000;

/**
 * Restarts the kubelet, so that the installed binary and the files that kubeadm wrote take effect. Done means: the
 * process is younger than both, healthy, and the API server has heard from it at that version.
 */
export function restartKubelet(deps: Deps): StepHandler<RestartKubelet> {
  return {
    async observe(step, context) {
      const kubelet = await readKubelet(deps.remoteHostOf(context.cluster, step.input.node));
      // Where the machine does not tell its times a restart too many is the lesser evil.
      const isYounger =
        kubelet.startedAt !== undefined &&
        kubelet.changedAt !== undefined &&
        kubelet.startedAt > kubelet.changedAt;
      if (!isYounger || kubelet.needsReload) return { status: 'to-do' };
      const looked = await look(deps, step, context, kubelet, undefined);
      return looked.status === 'met' ? { status: 'done', facts: looked.value } : { status: 'to-do' };
    },

    async act(step, context) {
      const host = deps.remoteHostOf(context.cluster, step.input.node);
      await perform(host, actCall(context, step, restartSeconds), {
        argv: restartCommand,
        purpose: 'restarting the kubelet',
        classify: (output, code) =>
          new StepFailure('node.kubelet-not-ready', `${host.node}: the kubelet could not be restarted.`, {
            facts: { node: host.node, exit: String(code) },
            lastWords: lastWords(output),
          }),
      });
    },

    async verify(step, context) {
      const { node, version } = step.input;
      const host = deps.remoteHostOf(context.cluster, node);
      const leaseBefore = await deps
        .kubernetesOf(context.cluster)
        .nodeLeaseRenewedAt(node)
        .catch(onlyUnavailable);
      const seconds = context.policy.timeouts.nodeReadySeconds;
      const lookAtMachine = async () => look(deps, step, context, await readKubelet(host), leaseBefore);
      const began = deps.clock.elapsed();
      let isTold = false;
      // The cluster is asked first: to look at a machine costs it a shell and a start of the kubelet's program.
      const waited = await waitUntil(
        async () => {
          const seen = await lookAtNode(deps, step, context);
          if (seen.status === 'met') return lookAtMachine();
          if (!isTold && deps.clock.elapsed() - began >= usualMs) {
            isTold = true;
            await tellIfDown(host, context);
          }
          return seen;
        },
        {
          clock: deps.clock,
          signal: context.signal,
          timeoutMs: seconds * 1_000,
        },
      );
      if (waited.status === 'met') return waited.value;
      // The machine knows better than the cluster why its kubelet does not answer.
      const last = await lookAtMachine();
      if (last.status === 'met') return last.value;
      throw new StepFailure(
        'node.kubelet-not-ready',
        `${node}: the kubelet did not become ready at ${version} in ${seconds} s: ${last.why}.`,
        { facts: { node, version }, lastWords: await wordsOf(host) },
      );
    },
  };
}

/**
 * @param leaseBefore when the node's lease had been renewed before waiting began; only needed where the machine does not
 *   tell when the kubelet started
 */
async function look(
  deps: Deps,
  step: RestartKubelet,
  context: AttemptContext,
  kubelet: KubeletState,
  leaseBefore: number | undefined,
): Promise<Look<StepFacts>> {
  const { version } = step.input;
  if (!kubelet.active) return notYet('its unit is not active');
  if (kubelet.installed !== version) return notYet(`the installed one is ${kubelet.installed ?? 'unknown'}`);
  if (kubelet.healthz === 'failing') return notYet('its own health check fails');
  const seen = await lookAtNode(deps, step, context);
  if (seen.status !== 'met') return seen;
  if (!isFresh(seen.value.lease, kubelet.startedAt, leaseBefore))
    return notYet('its lease has not been renewed');
  return met({ kubelet: version });
}

/** What the cluster sees: the node Ready at the version, and when its lease was renewed last. */
async function lookAtNode(
  deps: Deps,
  step: RestartKubelet,
  context: AttemptContext,
): Promise<Look<{ readonly lease: number | undefined }>> {
  const { node: name, version } = step.input;
  const kubernetes = deps.kubernetesOf(context.cluster);
  const [node, lease] = await Promise.all([kubernetes.getNode(name), kubernetes.nodeLeaseRenewedAt(name)]);
  if (!node) return notYet('the cluster has no such node');
  if (node.kubeletVersion !== version) return notYet(`the cluster still sees ${node.kubeletVersion}`);
  if (!node.ready) return notYet(`the node is ${notReady(node)}`);
  return met({ lease });
}

/** Both times are of the node's own clock, so that no difference between clocks matters. */
function isFresh(
  lease: number | undefined,
  startedAt: number | undefined,
  before: number | undefined,
): boolean {
  if (lease === undefined) return false;
  return startedAt === undefined ? lease !== before : lease >= startedAt * 1_000;
}

/**
 * client-go, util/certificate/bootstrap: no kubelet comes up over it, and what it says after it, that there is no
 * bootstrap-kubelet.conf, leads people astray.
 */
const hasExpired = /part of the existing bootstrap client certificate in \S+ is expired/;

/** `E1123 16:42:26.672218    8166 run.go:72] ` (klog). */
const klogHead = /^[IWEF]\d{4} \S+\s+\d+ \S+\] /;

/**
 * A kubelet that keeps ending may still come up, when what it lacks does; people need not wait to the end of the patience
 * to learn that something lacks.
 */
async function tellIfDown(host: RemoteHost, context: Pick<AttemptContext, 'note'>): Promise<void> {
  const kubelet = await readKubelet(host);
  if (kubelet.active && kubelet.healthz !== 'failing') return;
  const words = await wordsOf(host);
  if (!kubelet.active && words.some((line) => hasExpired.test(line))) {
    throw new StepFailure(
      'certificates.expired',
      `${host.node}: the kubelet does not start: its client certificate has expired.`,
      { facts: { node: host.node }, lastWords: words },
    );
  }
  const what = kubelet.active ? 'runs and is not healthy' : 'does not stay up';
  const said = words.at(-1)?.replace(klogHead, '');
  context.note(`${host.node}: the kubelet ${what}${said === undefined ? '' : `; it said: ${said}`}`);
}

/** What the kubelet said; no failure to read it may hide the failure itself. */
async function wordsOf(host: RemoteHost): Promise<string[]> {
  try {
    return await kubeletLastWords(host);
  } catch (error) {
    if (error instanceof StepFailure) return [];
    throw error;
  }
}

function onlyUnavailable(error: unknown): undefined {
  if (error instanceof StepFailure && error.code === 'kubernetes.unavailable') return undefined;
  throw error;
}
