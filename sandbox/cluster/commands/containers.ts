import type { StaticPod } from '../model/static-pods.ts';
import type { Invocation } from '../shell/program.ts';

/** A container as the runtime of a machine knows it. */
export interface Container {
  id: string;
  image: string;
  name: string;
  attempt: number;
  pod: string;
  namespace: string;
  /** Of its pod; a static pod's is made from its manifest. */
  uid: string;
  createdAt: Date;
  running: boolean;
  static: StaticPod | undefined;
}

/** The containers of a machine, newest first: static pods from the kubelet, the others from their pods. */
export function containers(run: Invocation): Container[] {
  const pods = run.model.store.podsOn(run.machine.name);
  const ordinary = pods.flatMap((pod): Container[] => {
    if ('kubernetes.io/config.mirror' in (pod.metadata.annotations ?? {})) return [];
    const statuses =
      (
        pod.status as {
          containerStatuses?: {
            name: string;
            image: string;
            containerID: string;
            restartCount: number;
            state: { running?: { startedAt: string } };
          }[];
        }
      ).containerStatuses ?? [];
    return statuses.map(({ name, image, containerID, restartCount, state }) => ({
      id: containerID.replace('containerd://', ''),
      image,
      name,
      attempt: restartCount,
      pod: pod.metadata.name,
      namespace: pod.metadata.namespace ?? '',
      uid: pod.metadata.uid ?? '',
      createdAt: new Date(state.running?.startedAt ?? Date.now()),
      running: true,
      static: undefined,
    }));
  });
  const statics = [...run.machine.staticPods.pods.values()].map(
    (pod): Container => ({
      id: pod.containerId,
      image: pod.image,
      name: pod.component,
      attempt: pod.attempt,
      pod: `${pod.component}-${run.machine.name}`,
      namespace: 'kube-system',
      uid: pod.hash,
      createdAt: pod.startedAt,
      running: pod.running,
      static: pod,
    }),
  );
  return [...statics, ...ordinary].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}
