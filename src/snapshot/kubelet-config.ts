import type { KubeletConfiguration } from '../domain/machine-facts.ts';
import { parseKubeletConfiguration } from '../node/kubelet-configuration.ts';
import type { Kubernetes } from '../ports/kubernetes.ts';
import { whyOf } from './cluster-reads.ts';
import type { Gap } from './control-plane.ts';

/**
 * The kubelets' configuration in the ConfigMap kube-system/kubelet-config, from which kubeadm writes every node's own.
 * One that is not there is no gap: kubeadm says so itself. Throws nothing that a port throws.
 */
export async function readKubeletConfig(
  kubernetes: Pick<Kubernetes, 'getConfigMap'>,
): Promise<{ kubelet?: KubeletConfiguration; gaps: Gap[] }> {
  try {
    const text = (await kubernetes.getConfigMap('kube-system', 'kubelet-config'))?.data.kubelet;
    const kubelet = text === undefined ? undefined : parseKubeletConfiguration(text);
    return { ...(kubelet === undefined ? {} : { kubelet }), gaps: [] };
  } catch (error) {
    return { gaps: [{ what: 'the ConfigMap kubelet-config', why: whyOf(error) }] };
  }
}
