interface Unread {
  /** Names of the recordings, `<group>/<name>`. */
  readonly of: RegExp;
  readonly because: string;
}

const drains =
  'the bot drains through the Eviction API itself; what kubectl does is what its drain is compared with';
const byHand = "written down by a person's own commands; the bot asks for the same through its own scripts";

/** Recordings that no parser of a node's output reads, with the reason. */
export const unread: readonly Unread[] = [
  {
    of: /\/(kubectl-get-(nodes|pods|pdb|ds-deploy|leases)-json|kubectl-version-json|07-cp1-nodes-json)$/,
    because:
      'objects of the API, which its adapter reads and no parser of output: test/snapshot/recorded-cluster.test.ts',
  },
  { of: /\/08-apiserver-storage-version-hash$/, because: 'cut after 1500 bytes, so that it is no JSON' },
  { of: /\/readyz-verbose$/, because: 'the bot asks for the short answer' },
  { of: /\/(kubectl-drain-|kubectl-uncordon$|\d+-\w+-(drain|uncordon)$)/, because: drains },
  {
    of: /\/(kubeadm-upgrade-plan-|\d+-\w+-kubeadm-upgrade-plan|05-cp1-plan-lower|21-kubeadm-plan)/,
    because:
      'the bot plans from what the cluster and the repositories tell, and never runs `kubeadm upgrade plan`',
  },
  {
    of: /\/06-cp1-apply-lower-with-new-kubeadm$/,
    because: 'a dry run of a command that the bot never gives',
  },
  { of: /\/kubeadm-version-json$/, because: 'the bot asks for `kubeadm version -o short`' },
  {
    of: /\/05-cp1-upgrade-diff$/,
    because: 'never asked for; test/plan/manifest-changes.test.ts holds the own comparison against it',
  },
  { of: /\/(etc-kubernetes-tree|10-cp1-verify|17-addons-after|09-after)$/, because: byHand },
  {
    of: /\/(etcdctl-snapshot-save|00-cp1-crictl-snapshot|etcdutl-snapshot-status-json)$/,
    because: 'a snapshot is judged by its exit status, size and hash, not by what etcdctl says of it',
  },
  {
    of: /\/etcdctl-move-leader$/,
    because: 'whether leadership moved is read from the status of the members',
  },
  {
    of: /^etcd-restore-[\d.]+\/0[1-4678]-/,
    because:
      'a restore is judged by what the members hold and answer afterwards, not by what the tool prints',
  },
  {
    of: /^etcd-downgrade-/,
    because: 'printed by a stand-in for etcdctl 3.6, in a format that etcdctl does not have',
  },
  { of: /\/20-configmaps-and-addons$/, because: 'the bot writes ConfigMaps and addons through the API' },
];
