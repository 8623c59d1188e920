import { testRows, v } from './support.ts';

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
    severity: 'info',
    title: 'an external etcd',
    options: { external: ['https://10.0.0.5:2379'] },
    objects: ['https://10.0.0.5:2379'],
    says: 'neither backed up nor upgraded',
  },
]);
