import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Snapshot } from '../../src/domain/snapshot.ts';
import { version } from '../../src/domain/version.ts';
import { manifestChanges, manifestEdits } from '../../src/plan/manifests/changes.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { recording } from '../support/recordings.ts';
import { policyOf } from '../support/snapshots.ts';

const recorded = Snapshot.parse(
  JSON.parse(readFileSync('test/snapshot/golden/cluster-1.33.13.json', 'utf8')),
);
const changes = (target: string) => manifestChanges(recorded, recorded.nodes, version(target));
const linesOf = (component: string, target = '1.34.9') =>
  changes(target).find((change) => change.component === component)?.lines;

/** What `kubeadm upgrade diff v1.34.9` said of a component on the same cluster, as this project's lines. */
function recordedDiff(component: string): string[] {
  const { stdout } = recording('upgrade-1.33.13-to-1.34.9/05-cp1-upgrade-diff');
  const text = stdout.split(/^--- /m).find((part) => part.includes(`/${component}.yaml`)) ?? '';
  const lines = text.split('\n').flatMap((line) => {
    const match = /^([+-]) +(image|port|creationTimestamp): (.*)$/.exec(line);
    const [, sign, key, value] = match ?? [];
    return sign === undefined ? [] : [`${sign} ${key === 'port' ? 'probe port' : key}: ${value}`];
  });
  return [...new Set(lines)].toSorted();
}

test.each(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])(
  'of %s are what kubeadm itself says, on all control planes alike',
  (component) => {
    const said = recordedDiff(component);
    expect(said.length).toBe(5);
    expect(linesOf(component)?.toSorted()).toEqual(said);
    expect(changes('1.34.9').find((change) => change.component === component)?.nodes).toEqual([
      'cp1',
      'cp2',
      'cp3',
    ]);
  },
);

test('of etcd name its flags, which go to etcd 3.6 under other names', () => {
  expect(linesOf('etcd')).toEqual([
    '- image: registry.k8s.io/etcd:3.5.24-0',
    '+ image: registry.k8s.io/etcd:3.6.*',
    '- --experimental-initial-corrupt-check=true',
    '- --experimental-watch-progress-notify-interval=5s',
    '+ --feature-gates=InitialCorruptCheck=true',
    '+ --watch-progress-notify-interval=5s',
    '- probe port: 2381',
    '+ probe port: probe-port',
    '- creationTimestamp: null',
  ]);
});

test('of a patch upgrade are images alone, and etcd’s manifest stays', () => {
  expect(linesOf('kube-scheduler', '1.33.14')).toEqual([
    '- image: registry.k8s.io/kube-scheduler:v1.33.13',
    '+ image: registry.k8s.io/kube-scheduler:v1.33.14',
  ]);
  expect(linesOf('etcd', '1.33.14')).toBeUndefined();
});

test('from 1.36 on kubeadm mounts no flex volumes', () => {
  expect(linesOf('kube-controller-manager', '1.36.2')).toContain('- mount: flexvolume-dir');
});

test('nothing was edited by hand on the recorded cluster', () => {
  expect(manifestEdits(recorded)).toEqual([]);
});

test('a plan has them, and the same facts give the same digest', () => {
  const [host] = recorded.nodes.map((node) => node.host);
  const nodes = recorded.nodes.map((node) => (node.role === 'worker' && host ? { ...node, host } : node));
  const plan = () =>
    planUpgrade({ cluster: recorded.cluster, target: version('1.34.9') }, { ...recorded, nodes }, policyOf());
  const [first, second] = [plan(), plan()];
  if (first.kind !== 'plan' || second.kind !== 'plan') throw new Error(JSON.stringify(first.findings));
  expect(first.manifests?.map(({ component }) => component)).toEqual([
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
  ]);
  expect(second.digest).toBe(first.digest);
});
