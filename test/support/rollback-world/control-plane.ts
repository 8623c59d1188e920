import type { StepOf } from '../../../src/domain/step.ts';
import { minorNumber } from '../../../src/domain/version.ts';
import { afterStep } from '../simulate.ts';
import { raised, startEtcd } from './etcd.ts';
import { contentOf } from './saved.ts';
import { fieldOf, Impossible, isStopped, lacking, type World, withFiles, withNode } from './world.ts';

export function upgraded(world: World, step: StepOf<'upgrade-control-plane'>): World {
  const { node, version: to } = step.input;
  const after = { ...world, snapshot: afterStep(world.snapshot, step) };
  return raised(withFiles(after, node, minorNumber(to)));
}

export function restoreStaticPods(world: World, step: StepOf<'restore-static-pods'>): World {
  const { node: name, version: to } = step.input;
  const saved = contentOf(world, step.input.backup, 'node-files');
  if (saved.node.name !== name) throw new Impossible(`${step.key}: files of another node`);
  return step.input.pods.reduce((before, pod) => {
    const stopped = new Set([...(before.stopped.get(name) ?? [])].filter((one) => one !== pod));
    const started = { ...before, stopped: new Map(before.stopped).set(name, stopped) };
    if (pod === 'etcd') return startEtcd(started, step, saved.etcd);
    const was = saved.node.controlPlane?.[fieldOf[pod]];
    if (pod === 'kube-apiserver' && was !== to)
      throw new Impossible(`${step.key}: the manifest is of ${was}`);
    if (pod === 'kube-apiserver' && isStopped(started, name, 'etcd')) {
      throw new Impossible(`${step.key}: the API server finds no etcd`);
    }
    return withNode(started, name, (node) => ({
      ...node,
      controlPlane: { ...node.controlPlane, ...(was === undefined ? {} : { [fieldOf[pod]]: was }) },
      host:
        node.host.status === 'reached'
          ? { ...node.host, manifests: [...new Set([...node.host.manifests, `${pod}.yaml`])].sort() }
          : node.host,
    }));
  }, world);
}

export function stop(world: World, step: StepOf<'stop-static-pods'>): World {
  const { node, pods: stopping } = step.input;
  if (stopping.includes('etcd')) {
    const running = world.snapshot.nodes.filter(({ controlPlane }) => controlPlane?.apiServer !== undefined);
    if (running.length > 0)
      throw new Impossible(`${step.key}: an API server still runs on ${running[0]?.name}`);
  }
  const stopped = new Set([...(world.stopped.get(node) ?? []), ...stopping]);
  const away = stopping.flatMap((pod) => (pod === 'etcd' ? [] : [fieldOf[pod]]));
  const after = withNode(world, node, ({ controlPlane, ...rest }) => ({
    ...rest,
    ...(controlPlane === undefined ? {} : { controlPlane: away.reduce(lacking, controlPlane) }),
  }));
  return { ...after, stopped: new Map(world.stopped).set(node, stopped) };
}
