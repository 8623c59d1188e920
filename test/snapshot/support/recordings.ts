import { recording } from '../../support/recordings.ts';
import { section } from './fake-host.ts';

/** What a recorded command wrote to standard output, without the newline at its end. */
export function recordedOutput(name: string): string {
  const { stdout } = recording(name);
  if (stdout === '') throw new Error(`${name} has no output`);
  return stdout.replace(/\n$/, '');
}

interface RecordedObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The objects of a recorded `kubectl get -o json`. */
export function recordedObjects(name: string): RecordedObject[] {
  return (JSON.parse(recordedOutput(name)) as { items: RecordedObject[] }).items;
}

/** What the recorded first control plane (or a worker with its kubelet) tells of itself, as the parts of one read. */
export function recordedMachine(role: 'control-plane' | 'worker'): string {
  const [config = '', flags = ''] = recordedOutput('cluster-1.33.13/kubelet-config').split(/^---\n/m);
  const manifests = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  return [
    section('clock', '1795406000000000000'),
    ...(role === 'worker'
      ? []
      : manifests.map((name) =>
          section(`manifest ${name}.yaml`, recordedOutput(`cluster-1.33.13/manifest-${name}`)),
        )),
    section('kubeadm-flags.env', flags),
    section('config.yaml', config),
    section('swaps', 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority'),
    section('cgroup', '2'),
    section('leftovers', '0'),
    section('image-store', '/var/lib/containerd'),
    section('clock-end', '1795406000000000000'),
  ].join('');
}
