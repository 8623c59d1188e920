import { StepFailure } from '../domain/failure.ts';
import type { UpgradeControlPlane } from '../domain/step.ts';
import { perform } from '../node/act.ts';
import { readKubeadmRecord, recordLine, tidyKubeadmCopies, upgradeCommand } from '../node/kubeadm.ts';
import { kubeadmFailure } from '../node/kubeadm-failure.ts';
import { expectedComponents, readManifests } from '../node/manifests.ts';
import type { RemoteHost } from '../ports/remote-host.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import { actCall } from './act-call.ts';
import { lookAtControlPlane } from './control-plane-look.ts';
import { restoreCriSocket } from './cri-socket-annotation.ts';
import type { StepDependencies } from './dependencies.ts';
import { etcdFact, etcdWhole, lookAtEtcd } from './etcd-health.ts';
import { met, notYet, waitUntil } from './wait-until.ts';

type Deps = Pick<StepDependencies, 'kubernetesOf' | 'remoteHostOf' | 'clock'>;

/** A manifest that is being moved is away for a moment; one that is away for longer is missing. */
const manifestMoveMs = 20_000;
/** etcd members restart within a minute or so; an unhealthy one is not worth waiting for any longer. */
const etcdBeforeMs = 150_000;

/**
 * `kubeadm upgrade apply` or `node` on a control plane, with the checks that kubeadm does not make. Done means: kubeadm
 * itself finished for this run, and static pods, the node's own API server and etcd show it. kubeadm can be run again
 * after any crash; without its record it is.
 */
export function upgradeControlPlane(deps: Deps): StepHandler<UpgradeControlPlane> {
  return {
    async observe(step, context) {
      const host = deps.remoteHostOf(context.cluster, step.input.node);
      const record = await readKubeadmRecord(host);
      if (record !== recordLine(context.run, step.input.version)) return { status: 'to-do' };
      const looked = await look(deps, step, context);
      return looked.status === 'met' ? { status: 'done', facts: looked.value } : { status: 'to-do' };
    },

    async act(step, context) {
      const host = deps.remoteHostOf(context.cluster, step.input.node);
      const { mode, version, kubeadm } = step.input;
      // These also hold while an earlier call's kubeadm still runs: each waits out what kubeadm does in passing.
      await manifestsThere(deps, host, step, context);
      if (step.input.etcd === 'stacked') {
        await etcdWhole(host, { clock: deps.clock, signal: context.signal, timeoutMs: etcdBeforeMs });
      }
      await restoreCriSocket(deps.kubernetesOf(context.cluster), host, version, context);
      const purpose = mode === 'apply' ? `kubeadm upgrade apply ${version}` : 'kubeadm upgrade node';
      await perform(host, actCall(context, step, context.policy.timeouts.kubeadmSeconds), {
        argv: upgradeCommand(mode, version, kubeadm, recordLine(context.run, version)),
        purpose,
        classify: (output, code) => kubeadmFailure(host.node, purpose, output, code),
      });
      await tidy(host, context.policy.kubeadm.keepCopies);
    },

    async verify(step, context) {
      const { node, version } = step.input;
      const waited = await waitUntil(() => look(deps, step, context), {
        clock: deps.clock,
        signal: context.signal,
        timeoutMs: context.policy.timeouts.controlPlaneReadySeconds * 1_000,
      });
      if (waited.status === 'met') return waited.value;
      throw new StepFailure(
        waited.code ?? 'control-plane.not-ready',
        `The control plane on ${node} is not up at ${version}: ${waited.why}.`,
        { facts: { node, version } },
      );
    },
  };
}

async function look(deps: Deps, step: UpgradeControlPlane, context: AttemptContext) {
  const { node, version, mode, etcd } = step.input;
  const host = deps.remoteHostOf(context.cluster, node);
  const kubernetes = deps.kubernetesOf(context.cluster);
  const pods = await lookAtControlPlane(kubernetes, host, version, etcd);
  if (pods.status === 'not-yet') return pods;
  if (mode === 'apply') {
    const config = await kubernetes.getConfigMap('kube-system', 'kubeadm-config');
    const recorded = /^kubernetesVersion:\s*["']?(\S+?)["']?\s*$/m.exec(
      config?.data['ClusterConfiguration'] ?? '',
    )?.[1];
    if (recorded !== version) {
      return notYet(`kubeadm-config says ${recorded ?? 'no version'}`, 'control-plane.version-mismatch');
    }
  }
  if (etcd === 'external') return met<StepFacts>({ version });
  const whole = await lookAtEtcd(host);
  return whole.status === 'met' ? met<StepFacts>({ version, etcd: etcdFact(whole.value, node) }) : whole;
}

/**
 * kubeadm takes a node without kube-apiserver.yaml for a worker and reports success, and fails over any other manifest
 * that is missing. Which copy to put back is for a person to say.
 */
async function manifestsThere(
  deps: Deps,
  host: RemoteHost,
  step: UpgradeControlPlane,
  context: AttemptContext,
): Promise<void> {
  const waited = await waitUntil(
    async () => {
      const images = await readManifests(host);
      const missing = expectedComponents(step.input.etcd).filter((component) => !images.has(component));
      return missing.length === 0 ? met(undefined) : notYet(missing.map((name) => `${name}.yaml`).join(', '));
    },
    { clock: deps.clock, signal: context.signal, timeoutMs: manifestMoveMs },
  );
  if (waited.status === 'met') return;
  throw new StepFailure(
    'kubeadm.manifest-missing',
    `${host.node} lacks ${waited.why} in /etc/kubernetes/manifests. Copies from before are in this run's backup of the node and in /etc/kubernetes/tmp.`,
    { facts: { node: host.node, missing: waited.why } },
  );
}

/** Copies that stay cost disk space; no reason to fail an upgrade that went well. */
async function tidy(host: RemoteHost, keep: number): Promise<void> {
  try {
    await tidyKubeadmCopies(host, keep);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
  }
}
