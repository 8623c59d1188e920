/** One API resource: what discovery says of it and where its objects live. */
export interface Resource {
  group: string;
  version: string;
  plural: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  shortNames: string[];
  categories: string[];
  subresources: string[];
}

function resource(
  groupVersion: string,
  kind: string,
  plural: string,
  options: { namespaced?: boolean; short?: string[]; all?: boolean; sub?: string[] } = {},
): Resource {
  const slash = groupVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : groupVersion.slice(0, slash),
    version: groupVersion.slice(slash + 1),
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced: options.namespaced ?? true,
    shortNames: options.short ?? [],
    categories: options.all === true ? ['all'] : [],
    subresources: options.sub ?? [],
  };
}

function plural(kind: string): string {
  const lower = kind.toLowerCase();
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** Every resource served. The order is that of `kubectl get all`. */
export const resources: readonly Resource[] = [
  resource('v1', 'Pod', 'pods', { short: ['po'], all: true, sub: ['eviction', 'status', 'log', 'binding'] }),
  resource('v1', 'Service', 'services', { short: ['svc'], all: true, sub: ['status'] }),
  resource('v1', 'Node', 'nodes', { namespaced: false, short: ['no'], sub: ['status'] }),
  resource('v1', 'Namespace', 'namespaces', {
    namespaced: false,
    short: ['ns'],
    sub: ['status', 'finalize'],
  }),
  resource('v1', 'ConfigMap', 'configmaps', { short: ['cm'] }),
  resource('v1', 'Secret', 'secrets'),
  resource('v1', 'ServiceAccount', 'serviceaccounts', { short: ['sa'] }),
  resource('v1', 'Event', 'events', { short: ['ev'] }),
  resource('v1', 'Endpoints', 'endpoints', { short: ['ep'] }),
  resource('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', { short: ['pvc'], sub: ['status'] }),
  resource('v1', 'PersistentVolume', 'persistentvolumes', {
    namespaced: false,
    short: ['pv'],
    sub: ['status'],
  }),
  resource('v1', 'ReplicationController', 'replicationcontrollers', {
    short: ['rc'],
    all: true,
    sub: ['status', 'scale'],
  }),
  resource('apps/v1', 'DaemonSet', 'daemonsets', { short: ['ds'], all: true, sub: ['status'] }),
  resource('apps/v1', 'Deployment', 'deployments', {
    short: ['deploy'],
    all: true,
    sub: ['status', 'scale'],
  }),
  resource('apps/v1', 'ReplicaSet', 'replicasets', { short: ['rs'], all: true, sub: ['status', 'scale'] }),
  resource('apps/v1', 'StatefulSet', 'statefulsets', { short: ['sts'], all: true, sub: ['status', 'scale'] }),
  resource('apps/v1', 'ControllerRevision', 'controllerrevisions'),
  resource('batch/v1', 'Job', 'jobs', { all: true, sub: ['status'] }),
  resource('batch/v1', 'CronJob', 'cronjobs', { short: ['cj'], all: true, sub: ['status'] }),
  resource('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', { short: ['pdb'], sub: ['status'] }),
  resource('coordination.k8s.io/v1', 'Lease', 'leases'),
  resource('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', {
    namespaced: false,
    short: ['crd', 'crds'],
    sub: ['status'],
  }),
  resource(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    {
      namespaced: false,
    },
  ),
  resource(
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    {
      namespaced: false,
    },
  ),
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map((kind) =>
    resource('admissionregistration.k8s.io/v1', kind, plural(kind), { namespaced: false }),
  ),
  resource('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  resource('flowcontrol.apiserver.k8s.io/v1', 'FlowSchema', 'flowschemas', { namespaced: false }),
  resource('flowcontrol.apiserver.k8s.io/v1', 'PriorityLevelConfiguration', 'prioritylevelconfigurations', {
    namespaced: false,
  }),
  resource('networking.k8s.io/v1', 'ServiceCIDR', 'servicecidrs', { namespaced: false }),
  resource('resource.k8s.io/v1', 'DeviceClass', 'deviceclasses', { namespaced: false }),
  resource('resource.k8s.io/v1', 'ResourceClaimTemplate', 'resourceclaimtemplates'),
  resource('storage.k8s.io/v1', 'VolumeAttributesClass', 'volumeattributesclasses', {
    namespaced: false,
    short: ['vac'],
  }),
  resource('storage.k8s.io/v1', 'StorageClass', 'storageclasses', { namespaced: false, short: ['sc'] }),
  resource('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', { namespaced: false, short: ['pc'] }),
  resource('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', { namespaced: false }),
  resource('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', {
    namespaced: false,
  }),
  resource('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  resource('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
];

export const groupVersionOf = (of: Resource) => (of.group === '' ? of.version : `${of.group}/${of.version}`);

/** As the API server writes it in errors: `pods`, `deployments.apps`. */
export const qualifiedName = (of: Resource) => (of.group === '' ? of.plural : `${of.plural}.${of.group}`);

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return resources.find((of) => of.group === group && of.version === version && of.plural === plural);
}

const byKind = new Map(resources.map((of) => [of.kind, of]));

export function resourceOfKind(kind: string): Resource {
  const found = byKind.get(kind);
  if (found === undefined) throw new Error(`no resource for kind ${kind}`);
  return found;
}
