import { apiServerVersions } from '../running.ts';
import { listOf } from '../text.ts';
import { type Check, when } from './check.ts';

/** Whether kubeadm-config names a version that runs: `kubeadm upgrade node` takes its version from there. */
export const checkKubeadmConfig: Check = (snapshot, { target }) => {
  const running = [...new Set(apiServerVersions(snapshot))].sort();
  const believed = snapshot.kubeadm.kubernetesVersion;
  return when(running.length > 0 && !running.includes(believed), () => ({
    code: 'skew.kubeadm-config-differs',
    severity: 'warning',
    objects: [{ kind: 'ConfigMap', namespace: 'kube-system', name: 'kubeadm-config' }],
    summary: `kubeadm-config says ${believed}, but kube-apiserver runs ${listOf(running)}.`,
    facts: { believed, running: running.join(', '), target },
    remedy: `The first control plane's upgrade writes ${target} there; find out who changed a version past kubeadm.`,
  }));
};
