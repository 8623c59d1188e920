import type { RunId } from '../../../src/domain/names.ts';
import type { StepOf } from '../../../src/domain/step.ts';
import { compareVersions, minorNumber, version } from '../../../src/domain/version.ts';
import { fieldOf, Impossible, needApi, nodeIn, plain, pods, type World, withNode } from './world.ts';

export function inRepository(
  world: World,
  { key, input }: StepOf<'install-kubeadm'> | StepOf<'install-kubelet'>,
  after: World,
): World {
  const { host } = nodeIn(world, input.node);
  if (host.status !== 'reached') throw new Impossible(`${key}: unreachable`);
  if (
    host.repositoryMinor !== undefined &&
    minorNumber(host.repositoryMinor) !== minorNumber(input.version)
  ) {
    throw new Impossible(`${key}: the repository is on ${host.repositoryMinor}`);
  }
  return after;
}

export function installKubelet(world: World, step: StepOf<'install-kubelet'>): World {
  const { host, unschedulable } = nodeIn(world, step.input.node);
  const installed = host.status === 'reached' ? host.packages.kubelet : undefined;
  if (!unschedulable) throw new Impossible(`${step.key}: the node is not drained`);
  const isDowngrade = installed !== undefined && compareVersions(version(installed), step.input.version) > 0;
  if (isDowngrade && step.input.downgrade !== true)
    throw new Impossible(`${step.key}: apt refuses to downgrade`);
  return inRepository(world, step, plain(world, step));
}

/** An older kubelet on the files of 1.34 or later does not know where the container runtime is (NodeLocalCRISocket). */
export function restartKubelet(world: World, step: StepOf<'restart-kubelet'>): World {
  const { node: name, version: to } = step.input;
  const node = nodeIn(world, name);
  const binary = node.host.status === 'reached' ? node.host.packages.kubelet : undefined;
  if (binary !== to.slice(1)) throw new Impossible(`${step.key}: the package is ${binary}`);
  const files = world.kubeletFiles.get(name) ?? 0;
  if (files >= 34 && minorNumber(to) < 34)
    throw new Impossible(`${step.key}: the kubelet does not start on newer files`);
  return withNode(world, name, (before) => ({ ...before, kubeletVersion: to }));
}

export function uncordon(world: World, step: StepOf<'uncordon-node'>, run: RunId): World {
  return withNode(world, step.input.node, (node) => {
    const isOurs = [run, ...(step.input.also ?? [])].some((mark) => mark === node.cordonedByRun);
    if (!isOurs) return node;
    const { cordonedByRun: _mark, ...rest } = node;
    return { ...rest, unschedulable: false };
  });
}

export function verifyNode(world: World, step: StepOf<'verify-node'>): World {
  needApi(world, step);
  const { node: name, version: at, role, only } = step.input;
  const node = nodeIn(world, name);
  if (node.kubeletVersion !== at) throw new Impossible(`${step.key}: its kubelet is ${node.kubeletVersion}`);
  if (role === 'worker' || only === 'kubelet') return world;
  for (const pod of pods) {
    const seen = node.controlPlane?.[fieldOf[pod]];
    if (seen !== at) throw new Impossible(`${step.key}: ${pod} is ${seen}`);
  }
  return world;
}

export function verifyCluster(world: World, step: StepOf<'verify-cluster'>, run: RunId): World {
  needApi(world, step);
  const { expect } = step.input;
  // An upgrade's own proof leaves out what its policy excludes; this one is about what rollbacks expect.
  if (!expect) return world;
  for (const node of world.snapshot.nodes) {
    const wanted = expect.kubelets.find((one) => one.node === node.name)?.version;
    const server = node.controlPlane?.apiServer;
    const servers = expect.apiServers;
    if (wanted !== undefined && node.kubeletVersion !== wanted) {
      throw new Impossible(`${step.key}: ${node.name} is ${node.kubeletVersion}`);
    }
    if (server !== undefined && !servers.includes(server)) {
      throw new Impossible(`${step.key}: the API server of ${node.name} is ${server}`);
    }
    if (wanted !== undefined && node.unschedulable && node.cordonedByRun === run) {
      throw new Impossible(`${step.key}: ${node.name} is still cordoned`);
    }
  }
  return world;
}
