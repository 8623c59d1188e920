import { StepFailure } from '../domain/failure.ts';
import { type KubernetesVersion, minorNumber } from '../domain/version.ts';
import type { Reader } from '../node/command.ts';
import { criSocketAnnotation, readCriSocket } from '../node/cri-socket.ts';
import type { Kubernetes } from '../ports/kubernetes.ts';
import type { AttemptContext } from '../ports/step-handler.ts';

/** The first minor whose kubeadm reads instance-config.yaml (feature gate NodeLocalCRISocket). */
const nodeLocalSince = 34;

/**
 * Puts back the Node annotation that tells kubeadm the CRI socket, where kubeadm would find it nowhere. `apply` of 1.34
 * removes it before it writes instance-config.yaml: killed in between, it fails for ever after. Throws
 * `kubeadm.cri-socket-missing` when nothing on the node tells the socket.
 */
export async function restoreCriSocket(
  kubernetes: Pick<Kubernetes, 'getNode' | 'annotateNode'>,
  host: Reader,
  version: KubernetesVersion,
  context: Pick<AttemptContext, 'note'>,
): Promise<void> {
  const node = await kubernetes.getNode(host.node);
  if (!node) {
    throw new StepFailure('configuration.node-unknown', `The cluster has no node ${host.node}.`, {
      facts: { node: host.node },
    });
  }
  if (node.annotations[criSocketAnnotation] !== undefined) return;
  if (minorNumber(version) >= nodeLocalSince && (await readCriSocket(host)).hasInstanceConfig) return;
  await annotateCriSocket(kubernetes, host, context);
}

/** Annotates the Node with the socket that its files name. Throws `kubeadm.cri-socket-missing` when none does. */
export async function annotateCriSocket(
  kubernetes: Pick<Kubernetes, 'annotateNode'>,
  host: Reader,
  context: Pick<AttemptContext, 'note'>,
): Promise<void> {
  const { socket } = await readCriSocket(host);
  if (socket === undefined) {
    throw new StepFailure(
      'kubeadm.cri-socket-missing',
      `Node ${host.node} lacks the annotation ${criSocketAnnotation}, and no file on it names the container runtime's socket.`,
      { facts: { node: host.node } },
    );
  }
  await kubernetes.annotateNode(host.node, { [criSocketAnnotation]: socket });
  context.note(
    `${host.node}: put the annotation back that tells kubeadm the container runtime's socket, ${socket}`,
  );
}
