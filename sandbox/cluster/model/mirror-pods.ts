import { imageId } from './images.ts';
import { kubeTime, type Pod } from './objects.ts';
import type { StaticPod } from './static-pods.ts';
import type { Host, World } from './world.ts';

const conditionTypes = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
] as const;

/** The conditions of a pod on a node; `ready` is about its containers. */
export function podConditions(ready: boolean, at: Date, since?: Pod): Pod['status']['conditions'] {
  return conditionTypes.map((type) => {
    const status =
      ready || type === 'PodScheduled' || type === 'Initialized' ? ('True' as const) : ('False' as const);
    const before = since?.status.conditions?.find(
      (condition) => condition.type === type && condition.status === status,
    );
    return {
      lastProbeTime: null,
      lastTransitionTime: before?.lastTransitionTime ?? kubeTime(at),
      status,
      type,
    };
  });
}

/** The API object with which a kubelet shows a static pod. */
export function mirrorPod(host: Host, pod: StaticPod, world: World): Pod {
  const node = world.store.get('Node', '', host.name);
  const [container] = pod.spec.containers;
  const seen = `${new Date().toISOString().slice(0, -1)}000000Z`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      annotations: {
        ...pod.annotations,
        'kubernetes.io/config.hash': pod.hash,
        'kubernetes.io/config.mirror': pod.hash,
        'kubernetes.io/config.seen': seen,
        'kubernetes.io/config.source': 'file',
      },
      labels: pod.labels,
      name: `${pod.component}-${host.name}`,
      namespace: 'kube-system',
      ownerReferences: [
        { apiVersion: 'v1', controller: true, kind: 'Node', name: host.name, uid: node?.metadata.uid ?? '' },
      ],
    },
    spec: {
      ...pod.spec,
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      nodeName: host.name,
      preemptionPolicy: 'PreemptLowerPriority',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
      tolerations: [{ effect: 'NoExecute', operator: 'Exists' }],
    },
    status: {
      conditions: podConditions(true, pod.startedAt) ?? [],
      containerStatuses: [
        {
          containerID: `containerd://${pod.containerId}`,
          image: pod.image,
          imageID: imageId(pod.image),
          lastState: {},
          name: container?.name ?? pod.component,
          ready: true,
          restartCount: pod.attempt,
          started: true,
          state: { running: { startedAt: kubeTime(pod.startedAt) } },
        },
      ],
      hostIP: host.address,
      hostIPs: [{ ip: host.address }],
      phase: 'Running',
      podIP: host.address,
      podIPs: [{ ip: host.address }],
      qosClass: 'Burstable',
      startTime: kubeTime(pod.startedAt),
    },
  };
}
