import type { ClusterConfig } from '../../config.ts';
import { type KubernetesVersion, parseVersion } from '../../domain/version.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterSurvey } from '../../ports/cluster-survey.ts';
import type { Kubernetes } from '../../ports/kubernetes.ts';
import type { Log } from '../../ports/log.ts';
import type { StorageSurvey } from '../../ports/storage-survey.ts';
import { type Caller, createCaller } from './caller.ts';
import { annotate, cordonNode, label, uncordonNode } from './cordon.ts';
import { deletePod, evict } from './evict.ts';
import { follow } from './follow.ts';
import { listAll } from './list.ts';
import { NodeResource, nodeObject } from './objects/node.ts';
import { PdbResource, pdbObject } from './objects/pdb.ts';
import { PodResource, podObject } from './objects/pod.ts';
import {
  DaemonSetResource,
  DeploymentResource,
  daemonSetRollout,
  deploymentRollout,
} from './objects/rollout.ts';
import { ConfigMapResource, LeaseResource, NamespaceResource, VersionInfo } from './objects/small.ts';
import { readOne } from './read.ts';
import { replicasOf } from './replicas.ts';
import { putBack, readRestorable } from './restorable.ts';
import { addReplica, dropReplica, workloadOf } from './scale.ts';
import { share } from './share.ts';
import { createSurvey } from './survey/create-survey.ts';
import { createStorageSurvey } from './survey/storage.ts';
import { markNext, unmarkNext } from './taints.ts';

/**
 * The API of one cluster, over the kubeconfig's server and the further endpoints of the configuration. Nothing is read
 * or connected before the first call. `close` ends its connections.
 */
export function createKubernetes(given: {
  config: ClusterConfig['kubernetes'];
  clock: Clock;
  log: Log;
}): Kubernetes & { readonly survey: ClusterSurvey; readonly storage: StorageSurvey; close(): void } {
  const caller = createCaller(given);
  const read = readsOf(caller);
  return {
    ...read,
    ...listsOf(caller),
    ...followsOf(caller, given.clock),
    serverVersions: () => serverVersions(caller, given.log),
    evictPod: (pod, gracePeriodSeconds) => evict(caller, pod, gracePeriodSeconds),
    deletePod: (pod, gracePeriodSeconds) => deletePod(caller, pod, gracePeriodSeconds),
    workloadOf: (pod) => workloadOf(caller, pod),
    addReplica: (workload, mark) => addReplica(caller, workload, mark),
    dropReplica: (workload, mark) => dropReplica(caller, workload, mark),
    markNext: (node, run) => markNext(caller, node, run),
    unmarkNext: (node, run) => unmarkNext(caller, node, run),
    cordon: (node, run) => cordonNode(caller, node, run),
    uncordon: (node, run) => uncordonNode(caller, node, run),
    labelNode: (node, labels) => label(caller, node, labels),
    replicasOf: (namespace, controller) => replicasOf(caller, namespace, controller),
    annotateNode: (node, annotations) => annotate(caller, node, annotations),
    getRestorable: (of) => readRestorable(caller, of),
    putBack: (of, next) => putBack(caller, of, next),
    survey: createSurvey(caller, given.clock),
    storage: createStorageSurvey(caller),
    close: () => caller.close(),
  };
}

function readsOf(caller: Caller) {
  const apps = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}`;
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  return {
    async getNode(name) {
      const node = await readOne(caller, `read node ${name}`, `/api/v1/nodes/${name}`, NodeResource);
      return node && nodeObject(node);
    },
    async getPod(namespace, name) {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      const pod = await readOne(caller, `read pod ${namespace}/${name}`, path, PodResource);
      return pod && podObject(pod);
    },
    async getNamespace(name) {
      const path = `/api/v1/namespaces/${name}`;
      const found = await readOne(caller, `read namespace ${name}`, path, NamespaceResource);
      return found && { name, labels: found.metadata.labels, annotations: found.metadata.annotations };
    },
    async getConfigMap(namespace, name) {
      const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
      const found = await readOne(caller, `read ConfigMap ${namespace}/${name}`, path, ConfigMapResource);
      return found && { namespace, name, data: found.data };
    },
    async getDaemonSet(namespace, name) {
      const path = `${apps(namespace)}/daemonsets/${name}`;
      const found = await readOne(caller, `read DaemonSet ${namespace}/${name}`, path, DaemonSetResource);
      return found && daemonSetRollout(found);
    },
    async getDeployment(namespace, name) {
      const path = `${apps(namespace)}/deployments/${name}`;
      const found = await readOne(caller, `read Deployment ${namespace}/${name}`, path, DeploymentResource);
      return found && deploymentRollout(found);
    },
    async nodeLeaseRenewedAt(node) {
      const lease = await readOne(caller, `read the lease of ${node}`, `${leases}/${node}`, LeaseResource);
      return lease?.spec.renewTime === undefined ? undefined : Date.parse(lease.spec.renewTime);
    },
  } satisfies Partial<Kubernetes>;
}

function listsOf(caller: Caller) {
  return {
    listNodes: () => listAll(caller, { what: 'list nodes', path: '/api/v1/nodes' }, NodeResource, nodeObject),
    listPods(filter = {}) {
      const path = filter.namespace ? `/api/v1/namespaces/${filter.namespace}/pods` : '/api/v1/pods';
      const query = {
        fieldSelector: filter.node && `spec.nodeName=${filter.node}`,
        labelSelector: filter.labelSelector,
      };
      return listAll(caller, { what: 'list pods', path, query }, PodResource, podObject);
    },
    listPdbs() {
      const path = '/apis/policy/v1/poddisruptionbudgets';
      return listAll(caller, { what: 'list disruption budgets', path }, PdbResource, pdbObject);
    },
  } satisfies Partial<Kubernetes>;
}

function followsOf(caller: Caller, clock: Clock) {
  const pdbName = ({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`;
  const followPdbs = share(
    (signal) =>
      follow({
        caller,
        clock,
        signal,
        list: { what: 'list disruption budgets', path: '/apis/policy/v1/poddisruptionbudgets' },
        resource: PdbResource,
        keep: pdbObject,
        idOf: ({ metadata }) => pdbName(metadata),
      }),
    pdbName,
  );
  return {
    followPods({ node }, signal) {
      const query = { fieldSelector: `spec.nodeName=${node}` };
      return follow({
        caller,
        clock,
        signal,
        list: { what: 'list pods', path: '/api/v1/pods', query },
        resource: PodResource,
        keep: podObject,
        idOf: ({ metadata }) => metadata.uid,
      });
    },
    followPdbs,
  } satisfies Partial<Kubernetes>;
}

async function serverVersions(caller: Caller, log: Log): Promise<Record<string, KubernetesVersion>> {
  const answers = await caller.callEach({ what: 'read the version', method: 'GET', path: '/version' });
  const versions: Record<string, KubernetesVersion> = {};
  for (const [endpoint, answer] of answers) {
    const info = VersionInfo.safeParse(answer.body);
    const version = info.success ? parseVersion(info.data.gitVersion) : undefined;
    if (version) versions[endpoint] = version;
    else
      log.warn(
        { endpoint, code: answer.code, said: info.data?.gitVersion },
        'An API server has no usable version',
      );
  }
  return versions;
}
