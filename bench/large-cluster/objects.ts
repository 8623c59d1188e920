import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sized } from '../quick.ts';

/** The size of a cluster that plans are measured on. */
export const size = sized(
  { nodes: 1_000, controlPlanes: 5, pods: 30_000, pdbs: 500 },
  { nodes: 20, controlPlanes: 5, pods: 200, pdbs: 10 },
);

const recordings = path.join(import.meta.dirname, '../../test/recordings/cluster-1.33.13');

interface Recorded {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
}

/** Objects of a real cluster as templates, so that size and depth of what is read are real: some 5 KB a pod. */
function recorded(name: string): Recorded[] {
  const file = readFileSync(path.join(recordings, `${name}.txt`), 'utf8');
  const json = /--- stdout\n([\s\S]*?)\n?--- stderr/.exec(file)?.[1] ?? '{"items":[]}';
  return (JSON.parse(json) as { items: Recorded[] }).items;
}

function templateOf(objects: readonly Recorded[], prefix: string): Recorded {
  const found = objects.find(({ metadata }) => metadata.name.startsWith(prefix));
  if (!found) throw new Error(`nothing was recorded of ${prefix}`);
  return found;
}

export const nodeName = (index: number): string =>
  index < size.controlPlanes ? `cp-${index + 1}` : `w-${index + 1 - size.controlPlanes}`;

const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

export function nodes(): object[] {
  const all = recorded('kubectl-get-nodes-json');
  return Array.from({ length: size.nodes }, (_, index) => {
    const template = templateOf(all, index < size.controlPlanes ? 'cp' : 'w');
    return { ...template, metadata: { ...template.metadata, name: nodeName(index), uid: `node-${index}` } };
  });
}

/** Mirror pods, one DaemonSet pod a node, and pods of 500 applications in 50 namespaces for the rest. */
export function pods(): object[] {
  const all = recorded('kubectl-get-pods-json');
  const mirrors = Array.from({ length: size.controlPlanes }, (_, index) =>
    components.map((component) => {
      const template = templateOf(all, component);
      const metadata = {
        ...template.metadata,
        name: `${component}-${nodeName(index)}`,
        uid: `${component}-${index}`,
      };
      return { ...template, metadata, spec: { ...template.spec, nodeName: nodeName(index) } };
    }),
  ).flat();
  const proxy = templateOf(all, 'kube-proxy');
  const proxies = Array.from({ length: size.nodes }, (_, index) => ({
    ...proxy,
    metadata: { ...proxy.metadata, name: `kube-proxy-${index}`, uid: `proxy-${index}` },
    spec: { ...proxy.spec, nodeName: nodeName(index) },
  }));
  const template = templateOf(all, 'coredns');
  const workers = size.nodes - size.controlPlanes;
  const rest = Array.from({ length: size.pods - mirrors.length - proxies.length }, (_, index) => ({
    ...template,
    metadata: {
      ...template.metadata,
      namespace: `team-${index % 50}`,
      name: `app-${index % 500}-${index}`,
      uid: `pod-${index}`,
      labels: { app: `app-${index % 500}`, part: 'web' },
    },
    spec: { ...template.spec, nodeName: nodeName(size.controlPlanes + (index % workers)) },
  }));
  return [...mirrors, ...proxies, ...rest];
}

export function pdbs(): object[] {
  const template = templateOf(recorded('kubectl-get-pdb-json'), 'db');
  return Array.from({ length: size.pdbs }, (_, index) => ({
    ...template,
    metadata: {
      ...template.metadata,
      namespace: `team-${index % 50}`,
      name: `app-${index}`,
      uid: `pdb-${index}`,
    },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: `app-${index}` } } },
  }));
}

/** ConfigMaps, DaemonSets and Deployments of kube-system by `kind/name`. */
export function systemObjects(): Map<string, object> {
  const all = [...recorded('kubectl-get-configmaps-json'), ...recorded('kubectl-get-ds-deploy-json')];
  return new Map(
    all.map((object) => [`${(object as Recorded & { kind: string }).kind}/${object.metadata.name}`, object]),
  );
}
