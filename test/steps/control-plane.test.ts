import { describe, expect, test } from 'vitest';
import { criSocketAnnotation } from '../../src/node/cri-socket.ts';
import { kubeadmRecord } from '../../src/node/kubeadm.ts';
import { attempt, drive } from '../support/attempts.ts';
import { outputOf, recording } from '../support/recordings.ts';
import { cp1, type StepWorld, stepOf, stepWorld } from '../support/step-world.ts';

const step = stepOf('upgrade-control-plane');
const socket = 'unix:///run/containerd/containerd.sock';

async function ready(): Promise<StepWorld> {
  const world = await stepWorld();
  world.node.state.packages.set('kubeadm', '1.34.9-1.1');
  return world;
}
const withoutAnnotation = ({ kubernetes }: StepWorld): void => {
  const node = kubernetes.nodes.get(cp1);
  if (node) kubernetes.nodes.set(cp1, { ...node, annotations: {} });
};

describe('kubeadm upgrade', () => {
  test('apply on the first control plane, with the facts that messages need', async () => {
    const { handlers, node, context } = await ready();
    const tried = await attempt(handlers['upgrade-control-plane'], step, context());
    expect(tried).toMatchObject({
      facts: { version: 'v1.34.9', etcd: '3.6.5, 3 of 3 members healthy, leader is cp-1' },
    });
    expect(node.journal).toEqual(['kubeadm upgrade apply v1.34.9 --yes']);
  });

  test('node on the others, with the patches and the ignored checks of the plan', async () => {
    const { handlers, node, context } = await ready();
    const kubeadm = {
      ignorePreflightErrors: ['SystemVerification', 'CreateJob'],
      patchesDirectory: '/etc/kubernetes/patches',
    };
    await attempt(
      handlers['upgrade-control-plane'],
      stepOf('upgrade-control-plane', { mode: 'node', kubeadm }),
      context(),
    );
    expect(node.journal).toEqual([
      'kubeadm upgrade node --ignore-preflight-errors=SystemVerification,CreateJob --patches=/etc/kubernetes/patches',
    ]);
  });

  test('a kubeadm that was killed after the last manifest was moved is run again', async () => {
    const { handlers, node, context } = await ready();
    node.outcomeOfNextAct = { status: 'unknown', reason: 'killed', output: '' };
    const first = await attempt(handlers['upgrade-control-plane'], step, context());
    expect(first).toMatchObject({ failure: { code: 'command.outcome-unknown' } });
    // What the killed one left: everything but kubeadm's own word that it had finished.
    await node.files.rm(kubeadmRecord);
    await drive(
      () => handlers['upgrade-control-plane'],
      step,
      (number) => context(number + 1),
    );
    expect(node.journal).toHaveLength(2);
  });

  test('the record of another run does not count', async () => {
    const { handlers, node, context } = await ready();
    await attempt(handlers['upgrade-control-plane'], step, context());
    await node.files.writeFile(kubeadmRecord, 'zzz999 v1.34.9\n');
    expect(await handlers['upgrade-control-plane'].observe(step, context())).toEqual({ status: 'to-do' });
  });

  test('a manifest that was put back since is seen, whatever the record says', async () => {
    const { handlers, node, context } = await ready();
    await attempt(handlers['upgrade-control-plane'], step, context());
    const path = '/etc/kubernetes/manifests/kube-scheduler.yaml';
    await node.files.writeFile(path, (await node.files.readFile(path)).replace('v1.34.9', 'v1.33.13'));
    expect(await handlers['upgrade-control-plane'].observe(step, context())).toEqual({ status: 'to-do' });
    await expect(handlers['upgrade-control-plane'].verify(step, context())).rejects.toMatchObject({
      code: 'control-plane.version-mismatch',
    });
  });

  test('an etcd that kubeadm rolled back is told as that, with its last words', async () => {
    const { handlers, node, context } = await ready();
    const recorded = recording('failures/kubeadm-upgrade-apply-etcd-does-not-come-up');
    node.state.override = (program, args) =>
      program === 'kubeadm' && args[0] === 'upgrade'
        ? { stdout: outputOf(recorded), exitCode: 1 }
        : undefined;
    const tried = await attempt(handlers['upgrade-control-plane'], step, context());
    expect(tried).toMatchObject({ failure: { code: 'kubeadm.etcd-rolled-back', retry: 'halt' } });
  });

  test('copies of kubeadm stay when it failed, and only the newest three when it succeeded', async () => {
    const { handlers, node, context } = await ready();
    for (const stamp of [1, 2, 3, 4, 5]) {
      const path = `/etc/kubernetes/tmp/kubeadm-backup-etcd-${stamp}`;
      await node.files.mkdir(path, { recursive: true });
      await node.files.utimes(path, new Date(stamp * 1_000), new Date(stamp * 1_000));
    }
    let fails = true;
    node.state.override = (program, args) =>
      program === 'kubeadm' && args[0] === 'upgrade' && fails ? { exitCode: 1 } : undefined;
    await attempt(handlers['upgrade-control-plane'], step, context());
    expect(await node.files.readdir('/etc/kubernetes/tmp')).toHaveLength(5);
    fails = false;
    await attempt(handlers['upgrade-control-plane'], step, context(2));
    expect(await node.files.readdir('/etc/kubernetes/tmp')).toHaveLength(3);
  });
});

describe('before kubeadm', () => {
  test.each(['etcd', 'kube-apiserver', 'kube-scheduler'])(
    'a missing %s.yaml stops it: kubeadm would mistake the node',
    async (component) => {
      const { handlers, node, context } = await ready();
      await node.files.rm(`/etc/kubernetes/manifests/${component}.yaml`);
      const tried = await attempt(handlers['upgrade-control-plane'], step, context());
      expect(tried).toMatchObject({
        failure: { code: 'kubeadm.manifest-missing', facts: { missing: `${component}.yaml` } },
      });
      expect(node.journal).toEqual([]);
    },
  );

  test('a manifest that is just being moved is waited for', async () => {
    const { handlers, node, clock, context } = await ready();
    const path = '/etc/kubernetes/manifests/kube-apiserver.yaml';
    const content = await node.files.readFile(path);
    await node.files.rm(path);
    const back = clock.now() + 5_000;
    const read = node.host.read.bind(node.host);
    Object.assign(node.host, {
      read: async (...args: Parameters<typeof read>) => {
        if (clock.now() >= back && !(await node.files.exists(path)))
          await node.files.writeFile(path, content);
        return read(...args);
      },
    });
    expect(await attempt(handlers['upgrade-control-plane'], step, context())).toMatchObject({
      status: 'succeeded',
    });
  });

  test('a learner in etcd stops it', async () => {
    const { handlers, node, context } = await ready();
    node.state.etcd.members.push({ name: 'cp-4', id: '42', version: '3.5.24', healthy: true, learner: true });
    const tried = await attempt(handlers['upgrade-control-plane'], step, context());
    expect(tried).toMatchObject({ failure: { code: 'etcd.learner-present' } });
    expect(node.journal).toEqual([]);
  });

  test('a member that comes back in a minute is waited for, one that does not stops it', async () => {
    const { handlers, node, clock, context } = await ready();
    const member = node.state.etcd.members[2];
    const back = clock.now() + 60_000;
    if (member) Object.defineProperty(member, 'healthy', { get: () => clock.now() >= back });
    expect(await attempt(handlers['upgrade-control-plane'], step, context())).toMatchObject({
      status: 'succeeded',
    });

    const other = await ready();
    other.node.state.etcd.members.forEach((one) => (one.healthy = one.name !== 'cp-3'));
    const tried = await attempt(other.handlers['upgrade-control-plane'], step, other.context());
    expect(tried).toMatchObject({ failure: { code: 'etcd.unhealthy' } });
    expect(other.node.journal).toEqual([]);
  });

  test('an external etcd is not asked for', async () => {
    const { handlers, node, context } = await ready();
    await node.files.rm('/etc/kubernetes/manifests/etcd.yaml');
    node.state.override = (program, args) =>
      program === 'crictl' && args[0] === 'ps' ? { exitCode: 0, stdout: '' } : undefined;
    const external = stepOf('upgrade-control-plane', { etcd: 'external' });
    expect(await attempt(handlers['upgrade-control-plane'], external, context())).toMatchObject({
      status: 'succeeded',
    });
  });
});

describe('the CRI socket', () => {
  test('lost on both sides, the annotation is put back from the flags', async () => {
    const world = await ready();
    withoutAnnotation(world);
    const told = world.context();
    await attempt(world.handlers['upgrade-control-plane'], step, told);
    expect(world.kubernetes.nodes.get(cp1)?.annotations[criSocketAnnotation]).toBe(socket);
    expect(told.notes.join()).toContain(socket);
  });

  test('instance-config.yaml is enough for 1.34 and later', async () => {
    const world = await ready();
    withoutAnnotation(world);
    await world.node.files.writeFile(
      '/var/lib/kubelet/instance-config.yaml',
      `containerRuntimeEndpoint: "${socket}"\n`,
    );
    await attempt(world.handlers['upgrade-control-plane'], step, world.context());
    expect(world.kubernetes.journal).toEqual([]);
  });

  test('told nowhere, a person is asked before kubeadm runs', async () => {
    const world = await ready();
    withoutAnnotation(world);
    await world.node.files.writeFile('/var/lib/kubelet/kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS=""\n');
    const tried = await attempt(world.handlers['upgrade-control-plane'], step, world.context());
    expect(tried).toMatchObject({ failure: { code: 'kubeadm.cri-socket-missing' } });
    expect(world.node.journal).toEqual([]);
  });
});

describe('afterwards', () => {
  test('mirror pods that show up a minute late and an API that is away are no failure', async () => {
    const { handlers, node, kubernetes, clock, context } = await ready();
    const show = node.state.onChange;
    let changedAt = Infinity;
    node.state.onChange = () => {
      changedAt = clock.now();
    };
    kubernetes.unavailable = () => {
      if (clock.now() > changedAt + 60_000) {
        changedAt = Infinity;
        void show();
      }
      return clock.now() > changedAt && clock.now() < changedAt + 30_000;
    };
    expect(await attempt(handlers['upgrade-control-plane'], step, context())).toMatchObject({
      status: 'succeeded',
    });
  });

  test('an own API server that does not come up is told after its time', async () => {
    const { handlers, node, context } = await ready();
    node.state.override = (program) => (program === 'curl' ? { exitCode: 7 } : undefined);
    const tried = await attempt(
      handlers['upgrade-control-plane'],
      step,
      context(1, { timeouts: { controlPlaneReadySeconds: 60 } }),
    );
    expect(tried).toMatchObject({ failure: { code: 'control-plane.not-ready', retry: 'halt' } });
  });
});

describe("etcd's leadership", () => {
  test('goes to a member whose turn is over', async () => {
    const { handlers, node, context } = await stepWorld();
    const member = node.state.etcd.members[2];
    if (member) member.version = '3.6.5';
    expect(await attempt(handlers['move-etcd-leader'], stepOf('move-etcd-leader'), context())).toMatchObject({
      facts: { leader: 'cp-3' },
    });
    expect(node.journal).toEqual(['move-leader cp-3']);
  });

  test('elsewhere already is done', async () => {
    const { handlers, node, context } = await stepWorld();
    node.state.etcd.leader = 'cp-2';
    expect(await attempt(handlers['move-etcd-leader'], stepOf('move-etcd-leader'), context())).toMatchObject({
      alreadyDone: true,
      facts: { leader: 'cp-2' },
    });
  });

  test('never to one that is ill or a learner', async () => {
    const { handlers, node, context } = await stepWorld();
    node.state.etcd.members.forEach((one) => (one.healthy = one.name === 'cp-1'));
    const tried = await attempt(handlers['move-etcd-leader'], stepOf('move-etcd-leader'), context());
    expect(tried).toMatchObject({ failure: { code: 'etcd.unhealthy' } });
    expect(node.journal).toEqual([]);
  });
});

test('the kubelet configuration of a worker is written once a run', async () => {
  const { handlers, node, context } = await stepWorld({ controlPlane: false });
  const worker = stepOf('upgrade-kubelet-config');
  expect(await attempt(handlers['upgrade-kubelet-config'], worker, context())).toMatchObject({
    status: 'succeeded',
    alreadyDone: false,
  });
  expect(await attempt(handlers['upgrade-kubelet-config'], worker, context())).toMatchObject({
    alreadyDone: true,
  });
  expect(node.journal).toEqual(['kubeadm upgrade node']);
});
