import { controlPlanesOf } from '../running.ts';
import { listOf } from '../text.ts';
import { type Check, when } from './check.ts';

/** Whether what is configured to be done beside kubeadm can be done: its control planes and its manifests are there. */
export const checkAddons: Check = (snapshot, _intent, { addons, etcd }) => {
  const controlPlanes = new Set<string>(controlPlanesOf(snapshot).map(({ name }) => name));
  const wanted = [
    ...addons.flatMap(({ node }) => node ?? []),
    ...(snapshot.etcd.topology === 'external' && etcd.backupNode !== undefined ? [etcd.backupNode] : []),
  ];
  const strangers = [...new Set(wanted)].filter((node) => !controlPlanes.has(node));
  const missing = addons.flatMap(({ manifest }) =>
    manifest !== undefined && snapshot.manifests?.[manifest] === undefined ? [manifest] : [],
  );
  return [
    ...when(strangers.length > 0, () => ({
      code: 'configuration.node-unknown',
      severity: 'blocker',
      objects: strangers.map((name) => ({ kind: 'Node', name })),
      summary: `The policy names ${listOf(strangers)} to run commands on; the cluster has no such control plane.`,
      facts: {},
      remedy:
        'Put policy.addons[].node and policy.etcd.backupNode right, or leave them out, then plan again.',
    })),
    ...when(missing.length > 0, () => ({
      code: 'addons.manifest-missing',
      severity: 'blocker',
      objects: missing.map((name) => ({ kind: 'File', name })),
      summary: `Manifests of configured add-ons cannot be read by the bot: ${listOf(missing)}.`,
      facts: {},
      remedy: 'Put them there, readable by the user that the bot runs as, then plan again.',
    })),
  ];
};
