import type { RunId, StepKey } from '../../domain/names.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { readLocalApiServer } from '../../node/api-server.ts';
import type { Reader } from '../../node/command.ts';
import { beforeFile, readStaticPods, type StaticPodState } from '../../node/static-pods.ts';
import { localMember, readEtcdTolerantly } from '../etcd-health.ts';
import { type Look, met, notYet } from '../wait-until.ts';
import type { SavedManifest } from './static-pod-manifest.ts';

/** Whose step looks. */
export interface Looking {
  readonly run: RunId;
  readonly key: StepKey;
  readonly version: KubernetesVersion;
}

/** What is seen of a static pod on its node. */
export async function stateOf(
  host: Reader,
  { run, key }: Looking,
  { pod, image, probe }: SavedManifest,
): Promise<StaticPodState> {
  const question = { pod, image, probe, before: beforeFile(run, key, pod) };
  return (await readStaticPods(host, [question])).get(pod) ?? { containers: [] };
}

/**
 * Whether a static pod runs as its saved manifest says, by its node alone: the API may be down. That the kubelet has taken
 * the manifest up shows by the pod's uid, which is another one than before it was replaced.
 */
export async function lookAtStaticPod(
  host: Reader,
  looking: Looking,
  wanted: SavedManifest,
): Promise<Look<string>> {
  const { pod, tag, image } = wanted;
  const state = await stateOf(host, looking, wanted);
  if (state.manifest === undefined) return notYet(`${pod}.yaml is missing`, 'kubeadm.manifest-missing');
  if (state.manifest !== wanted.sha256) return notYet(`${pod}.yaml is not the saved one`, codeOf(pod));
  const fresh = state.containers.filter(({ uid }) => uid === '' || uid !== state.before);
  if (fresh.length === 0) {
    const why = state.containers.length === 0 ? 'does not run' : 'is still the one from before';
    return notYet(`${pod} ${why}`, codeOf(pod));
  }
  if (!fresh.some(({ ofImage }) => ofImage)) return notYet(`${pod} does not run ${image}`, codeOf(pod));
  if (pod === 'kube-apiserver') return lookAtApiServer(host, looking.version);
  if (pod === 'etcd') return lookAtMember(host, tag);
  return state.answers === false ? notYet(`${pod} is not well`, codeOf(pod)) : met(tag);
}

const codeOf = (pod: SavedManifest['pod']) => (pod === 'etcd' ? 'etcd.unhealthy' : 'control-plane.not-ready');

async function lookAtApiServer(host: Reader, version: KubernetesVersion): Promise<Look<string>> {
  const api = await readLocalApiServer(host);
  if (api.readiness === 'not-ready')
    return notYet('its kube-apiserver is not ready', 'control-plane.not-ready');
  return api.version !== undefined && api.version !== version
    ? notYet(`its kube-apiserver is ${api.version}`, 'control-plane.version-mismatch')
    : met(version);
}

/**
 * The node's own member answers, which takes a quorum, and is of the manifest's minor. Not that all others are well: one
 * that is not may be the next to be put back. Tags and what a server says of itself may differ in the patch.
 */
async function lookAtMember(host: Reader, tag: string): Promise<Look<string>> {
  const state = await readEtcdTolerantly(host);
  const member = state && localMember(state);
  if (!member?.healthy) return notYet('its etcd does not answer', 'etcd.unhealthy');
  const minor = /^v?(\d+\.\d+)\./.exec(tag)?.[1];
  return minor !== undefined && !member.version.startsWith(`${minor}.`)
    ? notYet(`its etcd is ${member.version}`, 'etcd.unhealthy')
    : met(member.version);
}
