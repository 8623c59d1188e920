import { describe, expect, test } from 'vitest';
import { NodeName, RunId } from '../../src/domain/names.ts';
import { originOf } from '../../src/domain/origin.ts';
import { version } from '../../src/domain/version.ts';
import { basisOf } from '../../src/plan/basis.ts';
import { driftSince } from '../../src/plan/drift.ts';
import { cordonAnnotation } from '../../src/ports/kubernetes.ts';
import { checkDrift } from '../../src/steps/check-drift.ts';
import { attempt, run } from '../support/attempts.ts';
import { nodeObject, podObject } from '../support/fake-kubernetes.ts';
import { snapshotOf } from '../support/snapshots.ts';
import { cp1, stepOf, stepWorld, target } from '../support/step-world.ts';

describe('the kubelet', () => {
  const step = stepOf('restart-kubelet');
  const installed = async () => {
    const world = await stepWorld();
    world.node.state.packages.set('kubelet', '1.34.9-1.1');
    return world;
  };

  test('is restarted once and heard of at its version', async () => {
    const { handlers, node, context } = await installed();
    expect(await attempt(handlers['restart-kubelet'], step, context())).toMatchObject({
      alreadyDone: false,
      facts: { kubelet: 'v1.34.9' },
    });
    expect(await attempt(handlers['restart-kubelet'], step, context())).toMatchObject({ alreadyDone: true });
    expect(node.journal).toEqual(['restart kubelet']);
  });

  test('one that is older than its configuration is restarted, whatever its version', async () => {
    const { handlers, node, clock, context } = await installed();
    await attempt(handlers['restart-kubelet'], step, context());
    clock.advance(10_000);
    await node.files.utimes('/var/lib/kubelet/config.yaml', new Date(clock.now()), new Date(clock.now()));
    expect(await handlers['restart-kubelet'].observe(step, context())).toEqual({ status: 'to-do' });
  });

  test('one that does not come up is told with its own last words', async () => {
    const { handlers, node, kubernetes, context } = await installed();
    node.state.onChange = () => undefined;
    kubernetes.nodes.set(cp1, nodeObject('cp-1', { ready: false }));
    const tried = await attempt(
      handlers['restart-kubelet'],
      step,
      context(1, { timeouts: { nodeReadySeconds: 60 } }),
    );
    expect(tried).toMatchObject({
      failure: {
        code: 'node.kubelet-not-ready',
        retry: 'halt',
        lastWords: ['E1123 failed to run Kubelet: unknown flag: --pod-infra-container-image'],
      },
    });
  });

  test.each([
    ['keeps ending', { active: false }, 'cp-1: the kubelet does not stay up; it said: E1123 failed to run'],
    ['is not well', { well: false }, 'cp-1: the kubelet runs and is not healthy; it said: E1123 failed'],
  ] as const)('that one %s is told long before it is given up', async (_, kubelet, note) => {
    const { handlers, node, kubernetes, context } = await installed();
    node.state.onChange = () => void Object.assign(node.state.kubelet, kubelet);
    kubernetes.nodes.set(cp1, nodeObject('cp-1', { ready: false }));
    const patient = context(1, { timeouts: { nodeReadySeconds: 300 } });
    await attempt(handlers['restart-kubelet'], step, patient);
    expect(patient.notes).toEqual([expect.stringContaining(note)]);
  });

  // As kubelet 1.34 ends over it: the last line is about a file that no kubeadm cluster has.
  const overExpired =
    'E1123 16:42:46.938621    8267 bootstrap.go:266] "Unhandled Error" err="part of the existing bootstrap client certificate in /etc/kubernetes/kubelet.conf is expired: 2026-11-20 00:00:00 +0000 UTC" logger="UnhandledError"\n' +
    'E1123 16:42:46.938660    8267 run.go:72] "command failed" err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory"\n';

  test('one whose certificate has expired is given up at once, and called that', async () => {
    const { handlers, node, kubernetes, clock, context } = await installed();
    node.state.onChange = () => void Object.assign(node.state.kubelet, { active: false, says: overExpired });
    kubernetes.nodes.set(cp1, nodeObject('cp-1', { ready: false }));
    const began = clock.now();
    const tried = await attempt(
      handlers['restart-kubelet'],
      step,
      context(1, { timeouts: { nodeReadySeconds: 300 } }),
    );
    expect(tried).toMatchObject({ failure: { code: 'certificates.expired', retry: 'halt' } });
    expect(clock.now() - began).toBeLessThan(100_000);
  });

  test('one that is up again over the same words in its journal is waited for', async () => {
    const { handlers, node, kubernetes, context } = await installed();
    node.state.onChange = () => void Object.assign(node.state.kubelet, { well: false, says: overExpired });
    kubernetes.nodes.set(cp1, nodeObject('cp-1', { ready: false }));
    const patient = context(1, { timeouts: { nodeReadySeconds: 300 } });
    const tried = await attempt(handlers['restart-kubelet'], step, patient);
    expect(tried).toMatchObject({ failure: { code: 'node.kubelet-not-ready' } });
    expect(patient.notes).toEqual([
      expect.stringContaining(
        'it said: "command failed" err="failed to run Kubelet: unable to load bootstrap',
      ),
    ]);
  });

  test('one that only takes its time is not told', async () => {
    const { handlers, node, kubernetes, context } = await installed();
    node.state.onChange = () => undefined;
    kubernetes.nodes.set(cp1, nodeObject('cp-1', { ready: false }));
    const patient = context(1, { timeouts: { nodeReadySeconds: 300 } });
    await attempt(handlers['restart-kubelet'], step, patient);
    expect(patient.notes).toEqual([]);
  });

  test('Ready from before the restart does not count: the lease must be younger', async () => {
    const { handlers, node, kubernetes, context } = await installed();
    const show = node.state.onChange;
    node.state.onChange = async () => {
      await show();
      kubernetes.leases.set(cp1, (node.state.kubelet.startedAt - 10) * 1_000);
    };
    const tried = await attempt(
      handlers['restart-kubelet'],
      step,
      context(1, { timeouts: { nodeReadySeconds: 30 } }),
    );
    expect(tried).toMatchObject({ failure: { code: 'node.kubelet-not-ready' } });
    expect((tried as { failure: Error }).failure.message).toContain('lease');
  });
});

describe('uncordon', () => {
  const step = stepOf('uncordon-node');

  test.each([
    ['by hand', {}, 'left as it is: somebody else cordoned it'],
    ['by another run', { [cordonAnnotation]: 'zzz999' }, 'left as it is: run zzz999 cordoned it'],
  ])('a cordon %s stays, and it is told', async (_, annotations, fact) => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.nodes.set(cp1, nodeObject('cp-1', { unschedulable: true, annotations }));
    expect(await attempt(handlers['uncordon-node'], step, context())).toMatchObject({
      alreadyDone: true,
      facts: { cordon: fact },
    });
    expect(kubernetes.journal).toEqual([]);
  });

  test('our own cordon goes, with its mark', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.nodes.set(
      cp1,
      nodeObject('cp-1', { unschedulable: true, annotations: { [cordonAnnotation]: run } }),
    );
    expect(await attempt(handlers['uncordon-node'], step, context())).toMatchObject({ status: 'succeeded' });
    expect(kubernetes.nodes.get(cp1)).toMatchObject({ unschedulable: false, annotations: {} });
  });
});

describe('the add-ons', () => {
  const step = stepOf('verify-addons');
  const rolled = (image: string, desired: number, available = desired, updated = desired) => ({
    image,
    desired,
    updated,
    available,
    observed: true,
  });
  const proxy = `registry.k8s.io/kube-proxy:${target}`;

  test('at the version and available', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.daemonSets.set('kube-system/kube-proxy', rolled(proxy, 3));
    expect(await attempt(handlers['verify-addons'], step, context())).toMatchObject({
      facts: { 'kube-proxy': 'v1.34.9, 3 of 3 available', CoreDNS: 'v1.12.0, 2 of 2 available' },
    });
  });

  test('a CoreDNS that was down before the upgrade is a fact, not a failure', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.deployments.set(
      'kube-system/coredns',
      rolled('registry.k8s.io/coredns/coredns:v1.12.0', 2, 0),
    );
    await attempt(handlers['back-up-config-maps'], stepOf('back-up-config-maps'), context());
    kubernetes.daemonSets.set('kube-system/kube-proxy', rolled(proxy, 3));
    kubernetes.deployments.set(
      'kube-system/coredns',
      rolled('registry.k8s.io/coredns/coredns:v1.12.1', 2, 0),
    );
    expect(await attempt(handlers['verify-addons'], step, context())).toMatchObject({
      status: 'succeeded',
      facts: { CoreDNS: 'v1.12.1, only 0 of 2 available, as before the upgrade' },
    });
  });

  test('one that went down by the upgrade is a failure', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    await attempt(handlers['back-up-config-maps'], stepOf('back-up-config-maps'), context());
    kubernetes.daemonSets.set('kube-system/kube-proxy', rolled(proxy, 3));
    kubernetes.deployments.set(
      'kube-system/coredns',
      rolled('registry.k8s.io/coredns/coredns:v1.12.1', 2, 1),
    );
    const tried = await attempt(
      handlers['verify-addons'],
      step,
      context(1, { timeouts: { addonsSeconds: 30 } }),
    );
    expect(tried).toMatchObject({ failure: { code: 'addons.not-rolled-out' } });
    expect((tried as { failure: Error }).failure.message).toContain('CoreDNS: 1 of 2 pods are available');
  });

  test('which pods hold a rollout up, where and why, is told after a minute and stands in the failure', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    await attempt(handlers['back-up-config-maps'], stepOf('back-up-config-maps'), context());
    kubernetes.daemonSets.set('kube-system/kube-proxy', rolled(proxy, 3, 2));
    const addonPod = (name: string, label: string, node: string, more = {}) => {
      const where = { namespace: 'kube-system', node: NodeName.parse(node), labels: { 'k8s-app': label } };
      const pod = podObject(name, { ...where, ready: false, ...more });
      kubernetes.pods.set(pod.uid, pod);
    };
    addonPod('kube-system/kube-proxy-abcde', 'kube-proxy', 'w-1');
    addonPod('kube-system/coredns-66bc-1', 'kube-dns', 'w-2', { notReadyBecause: 'ContainerCreating' });
    addonPod('kube-system/web-1', 'web', 'w-2');
    kubernetes.nodes.set(
      nodeObject('w-1').name,
      nodeObject('w-1', { ready: false, notReadyBecause: 'Kubelet stopped posting node status' }),
    );
    kubernetes.nodes.set(nodeObject('w-2').name, nodeObject('w-2'));
    const told: string[] = [];
    const given = context(1, { timeouts: { addonsSeconds: 90 } });
    const tried = await attempt(handlers['verify-addons'], step, {
      ...given,
      note: (text: string) => told.push(text),
    });
    const pods = [
      'coredns-66bc-1 on w-2: ContainerCreating',
      'kube-proxy-abcde on w-1: w-1 is not Ready (Kubelet stopped posting node status)',
    ];
    expect(told).toEqual([['kube-proxy: 2 of 3 pods are available', ...pods].join('; ')]);
    expect(tried).toMatchObject({ failure: { code: 'addons.not-rolled-out', lastWords: pods } });
  });

  test('a kube-proxy of the old version is waited for', async () => {
    const { handlers, kubernetes, clock, context } = await stepWorld();
    const at = clock.now() + 60_000;
    kubernetes.getDaemonSet = async () =>
      clock.now() < at ? rolled('registry.k8s.io/kube-proxy:v1.33.13', 3) : rolled(proxy, 3);
    expect(await attempt(handlers['verify-addons'], step, context())).toMatchObject({ status: 'succeeded' });
  });

  test('a cluster with add-ons of its own has none to wait for', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.daemonSets.clear();
    kubernetes.deployments.clear();
    expect(await attempt(handlers['verify-addons'], step, context())).toMatchObject({
      facts: { 'kube-proxy': 'not in use', CoreDNS: 'not in use' },
    });
  });
});

describe('the whole cluster', () => {
  const step = stepOf('verify-cluster');
  const at = (name: string, more = {}) => nodeObject(name, { kubeletVersion: target, ...more });

  test('every node and API server at the version', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.servers.set('https://cp-1:6443', target);
    kubernetes.nodes.set(cp1, at('cp-1'));
    expect(await attempt(handlers['verify-cluster'], step, context())).toMatchObject({
      facts: { nodes: '1 of 1 at v1.34.9' },
    });
  });

  test('an API server that went down after its node’s turn is told, though every node is Ready', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.nodes.set(cp1, at('cp-1'));
    for (const name of ['kube-apiserver-cp-1', 'kube-vip-cp-1']) {
      const pod = podObject(`kube-system/${name}`, { node: cp1, isMirror: true, ready: false });
      kubernetes.pods.set(pod.uid, pod);
    }
    const patience = context(1, { timeouts: { nodeReadySeconds: 10 } });
    const tried = await attempt(handlers['verify-cluster'], step, patience);
    expect((tried as { failure: Error }).failure.message).toBe(
      'prod-eu is not wholly at v1.34.9: kube-apiserver-cp-1 is not ready.',
    );
  });

  test('nodes that a person left out are not waited for, and are named', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    const left = nodeObject('w-04', { ready: false });
    kubernetes.nodes.set(cp1, at('cp-1'));
    kubernetes.nodes.set(left.name, left);
    const skipping = { ...context(), skippedNodes: new Set([left.name]) };
    expect(await attempt(handlers['verify-cluster'], step, skipping)).toMatchObject({
      facts: { nodes: '1 of 2 at v1.34.9', 'left out': 'w-04' },
    });
  });

  test.each([
    ['an old kubelet', { kubeletVersion: 'v1.33.13' }, 'cp-1 is v1.33.13'],
    ['a node that is not Ready', { ready: false }, 'cp-1 is not Ready.'],
    [
      'why a node is not Ready',
      { ready: false, notReadyBecause: 'container runtime is down' },
      'cp-1 is not Ready (container runtime is down).',
    ],
    [
      'a cordon of this run',
      { unschedulable: true, annotations: { [cordonAnnotation]: run } },
      'still cordoned by this run',
    ],
  ])('%s is told', async (_, more, words) => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.nodes.set(cp1, at('cp-1', more));
    const tried = await attempt(
      handlers['verify-cluster'],
      step,
      context(1, { timeouts: { nodeReadySeconds: 10 } }),
    );
    expect(tried).toMatchObject({ failure: { code: 'cluster.not-at-version' } });
    expect((tried as { failure: Error }).failure.message).toContain(words);
  });
});

test('a control plane whose static pod is old is not verified', async () => {
  const { handlers, kubernetes, context } = await stepWorld();
  kubernetes.nodes.set(cp1, nodeObject('cp-1', { kubeletVersion: target }));
  const tried = await attempt(
    handlers['verify-node'],
    stepOf('verify-node', { role: 'control-plane' }),
    context(1, { timeouts: { controlPlaneReadySeconds: 10 } }),
  );
  expect(tried).toMatchObject({ failure: { code: 'control-plane.version-mismatch' } });
});

test('a control plane of which only the kubelet went back is verified without its static pods', async () => {
  const { handlers, kubernetes, context } = await stepWorld();
  kubernetes.nodes.set(cp1, nodeObject('cp-1', { kubeletVersion: target }));
  const step = stepOf('verify-node', { role: 'control-plane', only: 'kubelet' });
  expect(await attempt(handlers['verify-node'], step, context())).toMatchObject({
    facts: { kubelet: target },
  });
});

test('after a rollback of a part the others are not looked at, and a wrong one is told', async () => {
  const { handlers, kubernetes, context } = await stepWorld();
  const old = version('1.33.13');
  for (const [name, kubeletVersion] of Object.entries({ 'w-01': old, 'w-02': target })) {
    kubernetes.nodes.set(NodeName.parse(name), nodeObject(name, { kubeletVersion }));
  }
  const expecting = (node: string) =>
    stepOf('verify-cluster', {
      expect: { apiServers: [old, target], kubelets: [{ node: NodeName.parse(node), version: old }] },
    });
  expect(await attempt(handlers['verify-cluster'], expecting('w-01'), context())).toMatchObject({
    facts: { nodes: '1 as expected, 2 not part of it' },
  });
  const tried = await attempt(
    handlers['verify-cluster'],
    expecting('w-02'),
    context(1, { timeouts: { nodeReadySeconds: 10 } }),
  );
  expect((tried as { failure: Error }).failure.message).toContain('w-02 is v1.34.9');
});

test('a rollback uncordons what the run that it takes back had cordoned, and no other', async () => {
  const { handlers, kubernetes, context } = await stepWorld();
  const upgrade = RunId.parse('upg234');
  const cordoned = (by: string) =>
    nodeObject('w-01', { unschedulable: true, annotations: { [cordonAnnotation]: by } });
  const step = stepOf('uncordon-node', { node: NodeName.parse('w-01'), also: [upgrade] });
  kubernetes.nodes.set(step.input.node, cordoned(upgrade));
  expect(await attempt(handlers['uncordon-node'], step, context())).toMatchObject({ alreadyDone: false });
  expect(kubernetes.nodes.get(step.input.node)?.unschedulable).toBe(false);
  kubernetes.nodes.set(step.input.node, cordoned('xyz234'));
  expect(await attempt(handlers['uncordon-node'], step, context())).toMatchObject({
    facts: { cordon: 'left as it is: run xyz234 cordoned it' },
  });
});

test('a cluster that has drifted voids the plan', async () => {
  const { handlers, context } = await stepWorld();
  expect(await attempt(handlers['check-drift'], stepOf('check-drift'), context())).toMatchObject({
    alreadyDone: true,
  });
  const tried = await attempt(
    handlers['check-drift'],
    stepOf('check-drift', { basis: 'another' }),
    context(),
  );
  expect(tried).toMatchObject({ failure: { code: 'plan.drifted', retry: 'halt' } });
});

test('drift says what has changed since the plan', async () => {
  const planned = snapshotOf();
  const now = snapshotOf({ nodes: { 'w-2': { kubeletVersion: version('1.33.12') } } });
  const handler = checkDrift({ driftSince: async (_, was) => driftSince(was, now) });
  const { context } = await stepWorld();
  const step = stepOf('check-drift', { basis: basisOf(planned) });
  expect(await attempt(handler, step, { ...context(), origin: originOf(planned) })).toMatchObject({
    failure: { message: expect.stringContaining('w-2: kubelet v1.33.12 (was v1.33.13)') },
  });
});
