import { readFileSync } from 'node:fs';
import path from 'node:path';
import { section } from './fake-host.ts';

const directory = path.join(import.meta.dirname, '..', 'recordings');
const ofNode = path.join(import.meta.dirname, '..', '..', 'node', 'recordings');

/** What a recorded command wrote to standard output on the cluster at rest. */
export function recordedOutput(name: string, from = directory): string {
  const text = readFileSync(path.join(from, `${name}.txt`), 'utf8');
  const match = /--- stdout\n(?<output>[\s\S]*?)\n?--- stderr\n/.exec(text);
  if (!match?.groups?.output) throw new Error(`${name} is no recording`);
  return match.groups.output;
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
  const [config = '', flags = ''] = recordedOutput('kubelet-config', ofNode).split(/^---\n/m);
  const manifests = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  return [
    section('clock', '1795406000000000000'),
    ...(role === 'worker'
      ? []
      : manifests.map((name) =>
          section(`manifest ${name}.yaml`, recordedOutput(`manifest-${name}`, ofNode)),
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
