import type { DisruptionBudget, KubeNode, KubeObject, Pod, WorkloadObject } from '../model/objects.ts';
import type { ResourceRequest } from './request.ts';

interface Column {
  name: string;
  type?: 'string' | 'integer' | 'date';
  format?: string;
  wide?: boolean;
  value: (object: KubeObject) => string | number;
}

/** Whether the client asked for a server-side table, as `kubectl get` does. */
export function wantsTable({ accept }: ResourceRequest): boolean {
  return /as=Table/.test(accept.split(',')[0] ?? '');
}

/** A meta.k8s.io/v1 Table. */
export function asTable(
  request: ResourceRequest,
  objects: KubeObject[],
  metadata: Record<string, unknown>,
): unknown {
  const columns = columnsOf[request.resource.kind] ?? defaultColumns;
  const whole = request.query.get('includeObject') === 'Object';
  const bare = request.query.get('includeObject') === 'None';
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: String(request.model.store.revision), ...metadata },
    columnDefinitions: columns.map(({ name, type = 'string', format = '', wide }) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : format,
      description: name,
      priority: wide === true ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ value }) => value(object)),
      ...(!bare && {
        object: whole
          ? object
          : { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
      }),
    })),
  };
}

const none = '<none>';
const nameColumn: Column = { name: 'Name', value: ({ metadata }) => metadata.name };
const age: Column = { name: 'Age', value: ({ metadata }) => since(metadata.creationTimestamp) };
const defaultColumns = [nameColumn, age];

const number = (object: KubeObject, field: string) =>
  Number((object.status as Record<string, unknown> | undefined)?.[field] ?? 0);
const spec = (object: KubeObject) => (object as WorkloadObject).spec;
const containers = (object: KubeObject) => spec(object).template.spec.containers;
const selector = (object: KubeObject) =>
  Object.entries(spec(object).selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
const count = (name: string, value: Column['value']): Column => ({ name, type: 'integer', value });
const templateColumns: Column[] = [
  {
    name: 'Containers',
    wide: true,
    value: (object) =>
      containers(object)
        .map(({ name }) => name)
        .join(','),
  },
  {
    name: 'Images',
    wide: true,
    value: (object) =>
      containers(object)
        .map(({ image }) => image)
        .join(','),
  },
  { name: 'Selector', wide: true, value: selector },
];

const columnsOf: Record<string, Column[]> = {
  Node: [
    nameColumn,
    { name: 'Status', value: (object) => nodeStatus(object as KubeNode) },
    { name: 'Roles', value: roles },
    age,
    { name: 'Version', value: (object) => (object as KubeNode).status.nodeInfo.kubeletVersion },
    { name: 'Internal-IP', wide: true, value: (object) => addressOf(object, 'InternalIP') },
    { name: 'External-IP', wide: true, value: (object) => addressOf(object, 'ExternalIP') },
    { name: 'OS-Image', wide: true, value: (object) => nodeInfo(object, 'osImage') },
    { name: 'Kernel-Version', wide: true, value: (object) => nodeInfo(object, 'kernelVersion') },
    { name: 'Container-Runtime', wide: true, value: (object) => nodeInfo(object, 'containerRuntimeVersion') },
  ],
  Pod: [
    nameColumn,
    { name: 'Ready', value: (object) => readiness(object as Pod) },
    { name: 'Status', value: (object) => podStatus(object as Pod) },
    { name: 'Restarts', value: (object) => (object as Pod).status.containerStatuses?.[0]?.restartCount ?? 0 },
    age,
    { name: 'IP', wide: true, value: (object) => (object as Pod).status.podIP ?? none },
    { name: 'Node', wide: true, value: (object) => (object as Pod).spec.nodeName ?? none },
    { name: 'Nominated Node', wide: true, value: () => none },
    { name: 'Readiness Gates', wide: true, value: () => none },
  ],
  Deployment: [
    nameColumn,
    { name: 'Ready', value: (object) => `${number(object, 'readyReplicas')}/${spec(object).replicas ?? 1}` },
    count('Up-to-date', (object) => number(object, 'updatedReplicas')),
    count('Available', (object) => number(object, 'availableReplicas')),
    age,
    ...templateColumns,
  ],
  StatefulSet: [
    nameColumn,
    { name: 'Ready', value: (object) => `${number(object, 'readyReplicas')}/${spec(object).replicas ?? 1}` },
    age,
    ...templateColumns.slice(0, 2),
  ],
  ReplicaSet: [
    nameColumn,
    count('Desired', (object) => spec(object).replicas ?? 1),
    count('Current', (object) => number(object, 'replicas')),
    count('Ready', (object) => number(object, 'readyReplicas')),
    age,
    ...templateColumns,
  ],
  DaemonSet: [
    nameColumn,
    count('Desired', (object) => number(object, 'desiredNumberScheduled')),
    count('Current', (object) => number(object, 'currentNumberScheduled')),
    count('Ready', (object) => number(object, 'numberReady')),
    count('Up-to-date', (object) => number(object, 'updatedNumberScheduled')),
    count('Available', (object) => number(object, 'numberAvailable')),
    {
      name: 'Node Selector',
      value: (object) =>
        Object.entries(spec(object).template.spec.nodeSelector ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join(',') || none,
    },
    age,
    ...templateColumns,
  ],
  PodDisruptionBudget: [
    nameColumn,
    {
      name: 'Min Available',
      value: (object) => String((object as DisruptionBudget).spec.minAvailable ?? 'N/A'),
    },
    {
      name: 'Max Unavailable',
      value: (object) => String((object as DisruptionBudget).spec.maxUnavailable ?? 'N/A'),
    },
    count('Allowed Disruptions', (object) => number(object, 'disruptionsAllowed')),
    age,
  ],
  Namespace: [
    nameColumn,
    {
      name: 'Status',
      value: (object) => (object.status as { phase?: string } | undefined)?.phase ?? '',
    },
    age,
  ],
  ConfigMap: [nameColumn, count('Data', (object) => Object.keys(object.data ?? {}).length), age],
  Lease: [
    nameColumn,
    {
      name: 'Holder',
      value: (object) => (object.spec as { holderIdentity?: string }).holderIdentity ?? '',
    },
    age,
  ],
  Service: [
    nameColumn,
    { name: 'Type', value: (object) => (object.spec as { type?: string }).type ?? 'ClusterIP' },
    {
      name: 'Cluster-IP',
      value: (object) => (object.spec as { clusterIP?: string }).clusterIP ?? none,
    },
    { name: 'External-IP', value: () => none },
    { name: 'Port(s)', value: ports },
    age,
  ],
};

function nodeStatus({ status, spec: { unschedulable } }: KubeNode): string {
  const ready = status.conditions.find(({ type }) => type === 'Ready')?.status;
  const word =
    ready === 'True'
      ? 'Ready'
      : ready === 'False'
        ? 'NotReady'
        : ready === undefined
          ? 'Unknown'
          : 'NotReady';
  return unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function roles({ metadata }: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const found = Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return found.map((label) => label.slice(prefix.length)).join(',') || none;
}

const addressOf = (object: KubeObject, type: string) =>
  (object as KubeNode).status.addresses.find((address) => address.type === type)?.address ?? none;
const nodeInfo = (object: KubeObject, field: string) =>
  (object as KubeNode).status.nodeInfo[field] ?? '<unknown>';

function readiness({ spec: podSpec, status }: Pod): string {
  return `${status.containerStatuses?.filter(({ ready }) => ready).length ?? 0}/${podSpec.containers.length}`;
}

function podStatus({ metadata, status }: Pod): string {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const scheduled = status.conditions?.some(({ type, status: s }) => type === 'PodScheduled' && s === 'True');
  return status.phase === 'Pending' && scheduled === true
    ? 'ContainerCreating'
    : (status.reason ?? status.phase);
}

function ports(object: KubeObject): string {
  const list = (object.spec as { ports?: { port: number; protocol: string }[] }).ports ?? [];
  return list.map(({ port, protocol }) => `${port}/${protocol}`).join(',') || none;
}

/** A duration as kubectl shows ages (duration.HumanDuration), shortened to its two usual units. */
function since(timestamp: string | undefined): string {
  if (timestamp === undefined) return '<unknown>';
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(timestamp)) / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  return `${Math.floor(hours / 24)}d`;
}
