import { machineOf } from '../../support/machines.ts';
import { policyOf } from '../../support/snapshots.ts';
import { onNode, testRows, v } from './support.ts';

testRows([
  {
    code: 'etcd.unhealthy',
    severity: 'blocker',
    title: 'an etcd member that is not healthy',
    options: { members: { 'cp-2': { healthy: false } } },
    objects: ['cp-2'],
    says: 'cp-2 (2 of 3 are)',
  },
  {
    code: 'etcd.learner-present',
    severity: 'blocker',
    title: 'a learner',
    options: { members: { 'cp-2': { isLearner: true } } },
    objects: ['cp-2'],
    says: 'cp-2',
  },
  {
    code: 'etcd.no-quorum-margin',
    severity: 'blocker',
    title: 'two etcd members',
    options: { controlPlanes: ['cp-1', 'cp-2'] },
    objects: ['cp-1', 'cp-2'],
    says: '2 members',
  },
  {
    code: 'etcd.no-leader',
    severity: 'blocker',
    title: 'an etcd without a leader',
    options: { leader: 'nobody' },
    objects: ['cp-1', 'cp-2', 'cp-3'],
    says: 'no leader',
  },
  {
    code: 'etcd.below-recommended',
    severity: 'warning',
    title: 'an etcd too old to be the last stop before 3.6',
    options: { members: { 'cp-2': { version: '3.5.24' } } },
    objects: ['cp-2'],
    says: '3.5.26 or later on all members before that (cp-2 3.5.24)',
  },
  {
    code: 'etcd.image-pinned',
    severity: 'info',
    title: 'an etcd image pinned by hand',
    options: {
      overrides: {
        kubeadm: {
          kubernetesVersion: v('1.33.13'),
          imageRepository: 'registry.k8s.io',
          etcdImageTag: '3.5.32-0',
          featureGates: {},
        },
      },
    },
    objects: ['kubeadm-config'],
    says: '3.5.32-0',
  },
  {
    code: 'etcd.external',
    severity: 'warning',
    title: 'an external etcd that nothing saves',
    options: { external: ['https://10.0.0.5:2379'] },
    objects: ['https://10.0.0.5:2379'],
    says: 'neither backed up nor upgraded',
  },
  {
    code: 'etcd.external',
    severity: 'info',
    title: 'an external etcd that the configured command saves',
    options: { external: ['https://10.0.0.5:2379'] },
    policy: policyOf({ etcd: { backupCommand: ['save-etcd', '{target}'] } }),
    objects: ['https://10.0.0.5:2379'],
    says: 'the configured command saves it first',
  },
  {
    code: 'configuration.node-unknown',
    severity: 'blocker',
    title: 'an external etcd to be saved on a node that is no control plane',
    options: { external: ['https://10.0.0.5:2379'], workers: ['w-1'] },
    policy: policyOf({ etcd: { backupCommand: ['save-etcd', '{target}'], backupNode: 'w-1' } }),
    objects: ['w-1'],
    says: 'no such control plane',
  },
  {
    code: 'configuration.program-missing',
    severity: 'blocker',
    title: 'an external etcd whose backup command is not there, on the node where it is to run',
    options: {
      external: ['https://10.0.0.5:2379'],
      nodes: Object.fromEntries(
        ['cp-1', 'cp-2'].map((name) => [
          name,
          { host: { machine: machineOf({ programsMissing: ['save-etcd'] }) } },
        ]),
      ),
    },
    policy: policyOf({ etcd: { backupCommand: ['save-etcd', '{target}'], backupNode: 'cp-2' } }),
    objects: ['cp-2'],
    says: "save-etcd on cp-2 (etcd's backup)",
  },
  {
    code: 'configuration.program-missing',
    severity: 'blocker',
    title: 'an add-on’s manifest where there is no kubectl, a gate’s program',
    options: onNode('cp-1', { host: { machine: machineOf({ programsMissing: ['kubectl', 'smoke'] }) } }),
    policy: policyOf({
      addons: [{ name: 'cni', when: 'before-hop', command: ['true'], verify: ['kubectl', 'get', 'nodes'] }],
      gates: [{ before: 'batches', kind: 'command', command: ['smoke'] }],
    }),
    objects: ['cp-1'],
    says: 'kubectl on cp-1 (add-on cni) and smoke on cp-1 (the gate before batches)',
  },
  {
    code: 'addons.manifest-missing',
    severity: 'blocker',
    title: 'an add-on whose manifest cannot be read',
    options: {},
    policy: policyOf({
      addons: [{ name: 'cni', when: 'before-hop', manifest: '/etc/bot/cni.yaml', verify: ['true'] }],
    }),
    objects: ['/etc/bot/cni.yaml'],
    says: '/etc/bot/cni.yaml',
  },
  {
    code: 'kubeadm.preflight-ignored',
    severity: 'warning',
    title: 'preflight checks that kubeadm is told to ignore',
    options: {},
    policy: policyOf({ kubeadm: { ignorePreflightErrors: ['SystemVerification', 'Mem'] } }),
    objects: ['Mem', 'SystemVerification'],
    says: 'Mem and SystemVerification',
  },
]);
