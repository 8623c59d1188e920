import type { NodeName, RunId } from '../../../src/domain/names.ts';
import type { Step, StepOf } from '../../../src/domain/step.ts';
import { act } from './act.ts';
import { upgraded } from './control-plane.ts';
import { raised } from './etcd.ts';
import { fieldOf, lacking, pods, type World, withNode } from './world.ts';

/**
 * What a step may leave behind when it is cut anywhere: at least nothing at all, and everything without anybody having
 * noted it.
 */
export function cuts(world: World, step: Step, run: RunId): World[] {
  const whole = [world, act(world, step, run)];
  if (step.kind === 'upgrade-control-plane') return [...whole, ...cutsOfKubeadm(world, step)];
  if (step.kind === 'install-kubelet' || step.kind === 'install-kubeadm') {
    return [...whole, ...whole.map((cut) => interrupted(cut, step.input.node))];
  }
  if (step.kind !== 'restore-static-pods') return whole;
  const { input } = step;
  const parts = input.pods.slice(1).map((_pod, index) => input.pods.slice(0, index + 1));
  return [...whole, ...parts.map((part) => act(world, { ...step, input: { ...input, pods: part } }, run))];
}

function interrupted(world: World, name: NodeName): World {
  return withNode(world, name, (node) =>
    node.host.status === 'reached' ? { ...node, host: { ...node.host, interruptedPackages: true } } : node,
  );
}

/** kubeadm replaces etcd, then the three others in turn, then writes what is not on the node, then the kubelet's files. */
function cutsOfKubeadm(world: World, step: StepOf<'upgrade-control-plane'>): World[] {
  const { node: name, version: to, etcd } = step.input;
  const done = upgraded(world, step).snapshot;
  const withEtcd =
    etcd === 'external' ? world : raised({ ...world, snapshot: { ...world.snapshot, etcd: done.etcd } });
  const found = [withEtcd];
  let so = withEtcd;
  for (const pod of pods) {
    // Killed between the two moves: the old manifest is away, the new one is not there yet.
    found.push(
      withNode(so, name, ({ controlPlane, host, ...node }) => ({
        ...node,
        ...(controlPlane === undefined ? {} : { controlPlane: lacking(controlPlane, fieldOf[pod]) }),
        host:
          host.status === 'reached'
            ? { ...host, manifests: host.manifests.filter((file) => file !== `${pod}.yaml`) }
            : host,
      })),
    );
    so = withNode(so, name, (node) => ({
      ...node,
      controlPlane: { ...node.controlPlane, [fieldOf[pod]]: to },
    }));
    found.push(so);
  }
  // ConfigMaps are written, and nothing after them.
  found.push({ ...so, snapshot: { ...so.snapshot, kubeadm: done.kubeadm } });
  return found;
}
