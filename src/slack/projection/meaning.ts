import type { FailureCode } from '../../domain/failure.ts';

/** What each failure means for the person who reads it, in a sentence. The page in docs/runbooks has the rest. */
export const meaning: Readonly<Record<FailureCode, string>> = {
  'plan.drifted':
    'The cluster is no longer as the plan found it, so the plan may be wrong. Nothing more was changed.',
  'kubernetes.unavailable': 'No API server answered for longer than the run is allowed to wait.',
  'kubernetes.refused':
    'The API server answered no: the bot’s rights or an admission webhook are in the way.',
  'metrics.unavailable': 'The Prometheus that was to be asked does not answer. Nothing was changed.',
  'metrics.refused': 'Prometheus does not accept the query or the token. Nothing was changed.',
  'ssh.unreachable': 'The node did not answer over SSH for longer than the run is allowed to wait.',
  'ssh.host-key-unknown':
    'The node’s host key is not in known_hosts, so nobody can tell that it is the right machine.',
  'ssh.host-key-changed':
    'The node shows another host key than the known one: reinstalled, or not the same machine.',
  'ssh.host-key-revoked':
    'The node shows a host key that is marked as revoked. Do not go on before that is explained.',
  'ssh.authentication-failed': 'The node does not take the bot’s key or user.',
  'ssh.shell-unfit': 'The node lets the bot’s user in, but the login shell does not run commands.',
  'sudo.refused':
    'The bot’s user may not run this command with sudo: the sudo rule is missing or too narrow.',
  'command.failed': 'A command ended with an error that has no name of its own. Its last words are below.',
  'command.timed-out': 'A short command got no answer in time, again and again.',
  'command.still-running':
    'A command runs for longer than the policy allows. It has not failed: it goes on until it ends or is stopped.',
  'command.stopped':
    'A command was stopped on a person’s word, and the node shows that its work is not whole.',
  'command.outcome-unknown': 'Nobody saw how a command ended, and looking at the node did not settle it.',
  'packages.locked': 'Another package operation held the lock for longer than the run is allowed to wait.',
  'packages.repository-unreachable': 'The package repository did not answer.',
  'packages.repository-key-expired':
    'The repository’s signing key has expired; packages from it are refused.',
  'packages.repository-not-found':
    'No Kubernetes package source was found on the node, or its address does not exist.',
  'packages.version-missing': 'The repository does not offer the version on this node.',
  'packages.interrupted': 'An earlier package operation was cut off and could not be repaired by itself.',
  'packages.install-failed':
    'The package manager refused or failed to install. The old packages are still there.',
  'node.disk-full': 'A disk on the node is full or nearly so.',
  'node.not-ready': 'What runs there may not serve. Kubernetes moves its pods elsewhere after some minutes.',
  'node.kubelet-not-ready':
    'Pods that run on the node keep running, and it takes no new ones until its kubelet is healthy.',
  'node.cordoned-by-others': 'Somebody else has cordoned the node; the bot does not take that back.',
  'images.pull-failed':
    'Images are pulled before the control plane is touched: it runs on this node as it did before.',
  'drain.refused': 'The node has pods that the policy does not allow to be evicted. Nothing was evicted.',
  'drain.pdb-blocked':
    'A PodDisruptionBudget did not allow an eviction in time. The node is cordoned, nothing is broken.',
  'drain.pod-stuck':
    'A pod was told to stop and did not end in time. The node is cordoned, nothing is broken.',
  'drain.eviction-failed': 'The API server failed to evict a pod, for instance because of a webhook.',
  'drain.abandoned':
    'The drain was left in the middle because the run was aborted. Nothing is wrong with the node.',
  'kubeadm.manifest-missing':
    'A static pod manifest is missing on the control plane; kubeadm would fail halfway.',
  'kubeadm.preflight-failed': 'kubeadm’s own checks refused to begin. Nothing was changed by it.',
  'kubeadm.upgrade-failed':
    'It puts back the manifests that it had changed where it can. Pods that run are not touched by it.',
  'kubeadm.etcd-rolled-back': 'etcd did not come up at its new version, so kubeadm put the old one back.',
  'kubeadm.credentials-refused':
    'kubeadm could not begin: its admin.conf (on a worker its kubelet.conf) is not accepted. Nothing was changed by it.',
  'certificates.expired':
    'A certificate has expired, or a clock is off: who shows it is turned away. Pods keep running.',
  'kubeadm.cri-socket-missing':
    'The node lacks the annotation that names its container runtime; this kubeadm needs it.',
  'control-plane.not-ready':
    'The upgraded control plane did not become ready in time. The other ones are serving.',
  'control-plane.version-mismatch': 'A control plane component does not run the version that was installed.',
  'etcd.unhealthy': 'An etcd member is not healthy. Going on could cost the quorum.',
  'etcd.learner-present': 'An etcd member is still a learner: a join is not finished.',
  'etcd.leader-not-moved': 'The control plane on this node was not touched yet, and etcd serves as before.',
  'etcd.downgrade-refused': 'etcd refused its own downgrade. Every member runs what it ran before.',
  'etcd.tool-missing': 'No etcdutl of the right minor was found, so no data can be restored on this node.',
  'etcd.restore-failed':
    'etcd’s snapshot could not be restored on this node. Its old data is still there, set aside at most.',
  'static-pods.not-stopped':
    'Static pods still run although their manifests were taken away: the kubelet there does not do its work.',
  'backup.failed': 'A backup could not be taken. Nothing is changed without one.',
  'backup.corrupt': 'A backup was taken, but reading it back showed that it is not whole.',
  'addons.not-rolled-out': 'CoreDNS or kube-proxy did not finish rolling out in time.',
  'addons.command-failed':
    'The command of a configured add-on failed. What it had done until then is as it left it.',
  'addons.not-verified':
    'A configured add-on was rolled out, but its own verification does not pass. It is not run again by itself.',
  'addons.manifest-changed':
    'The manifest of an add-on is not the one that the plan was approved with, so it was not applied.',
  'workers.too-many-unavailable':
    'So many nodes are NotReady or cordoned that the policy lets no further one go. Nothing was done to this node.',
  'soak.not-ready':
    'Workloads whose pods were moved are not as ready as before the batch. The nodes of the batch are done; the others wait.',
  'gate.closed': 'A gate of the policy did not open in time, so nothing behind it was begun.',
  'cluster.not-at-version': 'Not every node or component is at the version that the plan promised.',
  'configuration.node-unknown': 'The bot does not know how to reach this node.',
  'internal.unexpected': 'The bot met an error of its own. Where it stands is recorded; nothing was lost.',
};
