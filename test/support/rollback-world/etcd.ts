import type { StepOf } from '../../../src/domain/step.ts';
import { contentOf } from './saved.ts';
import { etcdMinorOf, Impossible, isStopped, type World } from './world.ts';

/** All members newer: etcd raises its cluster version by itself (etcd server/etcdserver/version/monitor.go). */
export function raised(world: World): World {
  const { etcd } = world.snapshot;
  if (etcd.topology === 'external') return world;
  const lowest = Math.min(...etcd.members.map((member) => etcdMinorOf(member.version)));
  if (world.downgradeTo !== undefined) {
    return etcd.members.every((member) => etcdMinorOf(member.version) === world.downgradeTo)
      ? { ...without(world), etcdMinor: world.downgradeTo }
      : world;
  }
  return lowest > world.etcdMinor ? { ...world, etcdMinor: lowest } : world;
}

function without({ downgradeTo: _downgrade, ...world }: World): World {
  return world;
}

export function startEtcd(world: World, step: StepOf<'restore-static-pods'>, to: string): World {
  const { etcd } = world.snapshot;
  const { node } = step.input;
  if (etcd.topology === 'external') throw new Impossible(`${step.key}: etcd is external`);
  const minor = etcdMinorOf(to);
  const life = world.data.get(node);
  if (minor < world.etcdMinor && world.downgradeTo !== minor && life === 'first') {
    throw new Impossible(`${step.key}: invalid downgrade`);
  }
  const members = etcd.members.map((member) => (member.name === node ? { ...member, version: to } : member));
  const after = { ...world, snapshot: { ...world.snapshot, etcd: { ...etcd, members } } };
  return life === 'first' ? raised(after) : after;
}

export function enableDowngrade(world: World, step: StepOf<'enable-etcd-downgrade'>): World {
  const { etcd } = world.snapshot;
  if (etcd.topology === 'external') throw new Impossible(`${step.key}: etcd is external`);
  const to = etcdMinorOf(step.input.minor);
  if (world.downgradeTo === to) return world;
  if (to !== world.etcdMinor - 1) throw new Impossible(`${step.key}: invalid downgrade target version`);
  return { ...world, downgradeTo: to };
}

export function restoreEtcd(world: World, step: StepOf<'restore-etcd'>): World {
  const { node, backup, minor, member, members, token } = step.input;
  const { etcd } = world.snapshot;
  if (etcd.topology === 'external') throw new Impossible(`${step.key}: etcd is external`);
  for (const one of etcd.members) {
    if (!isStopped(world, one.name, 'etcd'))
      throw new Impossible(`${step.key}: etcd still runs on ${one.name}`);
  }
  if (
    members.length !== etcd.members.length ||
    !members.some(({ name }) => name === member) ||
    member !== node
  ) {
    throw new Impossible(`${step.key}: not the members that there are`);
  }
  const saved = contentOf(world, backup, 'etcd-snapshot').world;
  const savedMember =
    saved.snapshot.etcd.topology === 'stacked'
      ? saved.snapshot.etcd.members.find(({ name }) => name === member)
      : undefined;
  if (savedMember === undefined || etcdMinorOf(savedMember.version) !== etcdMinorOf(minor)) {
    throw new Impossible(`${step.key}: etcdutl of another minor than the etcd that will start`);
  }
  const data = new Map(world.data).set(member, token);
  const isLast = etcd.members.every(({ name }) => data.get(name) === token);
  const after: World = {
    ...without(world),
    data,
    stale: new Set(world.snapshot.nodes.map(({ name }) => name)),
  };
  return isLast ? backInTime(after, saved) : after;
}

/** What the API tells once it runs on the restored data: cordons, ConfigMaps and add-ons of then, kubelets of now. */
function backInTime(world: World, saved: World): World {
  const { snapshot } = world;
  const nodes = snapshot.nodes.map(({ cordonedByRun: _mark, ...node }) => {
    const then = saved.snapshot.nodes.find(({ name }) => name === node.name);
    return {
      ...node,
      unschedulable: then?.unschedulable ?? false,
      ...(then?.cordonedByRun === undefined ? {} : { cordonedByRun: then.cordonedByRun }),
    };
  });
  const { kubeadm, addons } = saved.snapshot;
  return { ...world, etcdMinor: saved.etcdMinor, snapshot: { ...snapshot, nodes, kubeadm, addons } };
}
