import { assertNever } from '../../domain/assert-never.ts';
import type { Gate } from '../../domain/gate.ts';
import type { StaticPod, Step } from '../../domain/step.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { duration } from '../text/duration.ts';
import { count, listed } from '../text/fold.ts';
import { short } from '../text/untrusted.ts';

/** `etcd`, `the control plane’s three` …: the static pods of a step by their usual short names. */
export function podsText(pods: readonly StaticPod[]): string {
  return listed(pods.map((pod) => pod.replace(/^kube-/, '')));
}

/** A step as an entry of a list: `drain`, `install kubeadm v1.34.9`. */
export function stepName(step: Step): string {
  switch (step.kind) {
    case 'check-drift':
      return 'check that the cluster is still as planned';
    case 'back-up-etcd':
      return 'etcd snapshot';
    case 'back-up-external-etcd':
      return `snapshot of the external etcd, by the configured command on ${step.input.node}`;
    case 'back-up-config-maps':
      return 'save kubeadm’s ConfigMaps';
    case 'back-up-node-files':
      return 'save the node’s files';
    case 'switch-repository':
      return `package repository to v${step.input.minor}`;
    case 'install-kubeadm':
      return `install kubeadm ${step.input.version}`;
    case 'pull-images':
      return 'pull images';
    case 'move-etcd-leader':
      return 'move etcd’s leadership away';
    case 'upgrade-control-plane':
      return `kubeadm upgrade ${step.input.mode}${step.input.mode === 'apply' ? ` ${step.input.version}` : ''}`;
    case 'upgrade-kubelet-config':
      return 'kubeadm upgrade node';
    case 'drain-node':
      return 'drain';
    case 'install-kubelet':
      return `install kubelet and kubectl ${step.input.version}`;
    case 'restart-kubelet':
      return 'restart the kubelet';
    case 'verify-node':
      return 'verify the node';
    case 'uncordon-node':
      return 'uncordon';
    case 'verify-addons':
      return 'verify CoreDNS and kube-proxy';
    case 'run-addon':
      return `add-on ${step.input.name}`;
    case 'cordon-node':
      return `cordon, with at most ${count(step.input.maxUnavailable, 'node')} away`;
    case 'record-workloads':
      return 'note how ready the workloads are';
    case 'mark-next-nodes':
      return `mark ${count(step.input.nodes.length, 'node')} as next in line`;
    case 'unmark-next-nodes':
      return 'take the marks away';
    case 'soak':
      return `soak (${step.input.batch})`;
    case 'gate':
      return `gate ${step.input.name}`;
    case 'quarantine-node':
      return 'quarantine';
    case 'verify-cluster':
      return 'verify the whole cluster';
    case 'restore-node-files':
      return 'put the kubelet’s files back';
    case 'restore-static-pods':
      // The version is the API server's; etcd has one of its own.
      return `put ${podsText(step.input.pods)} back${step.input.pods.every((pod) => pod === 'etcd') ? '' : ` at ${step.input.version}`}`;
    case 'restore-config-maps':
      return `put back ${listed(step.input.names)}`;
    case 'restore-addons':
      return 'put CoreDNS and kube-proxy back';
    case 'enable-etcd-downgrade':
      return `etcd’s own downgrade to ${step.input.minor}`;
    case 'stop-static-pods':
      return `stop ${podsText(step.input.pods)}`;
    case 'restore-etcd':
      return 'restore etcd’s data from the snapshot';
    case 'restart-node-agents':
      return 'restart the kubelet and the network pods';
    default:
      return assertNever(step);
  }
}

/** The version to which turns take their nodes, as the packages say that they install. */
export function hopOf(turns: readonly { readonly steps: readonly Step[] }[]): KubernetesVersion | undefined {
  return turns
    .flatMap(({ steps }) => steps)
    .flatMap((step) =>
      step.kind === 'install-kubeadm' || step.kind === 'install-kubelet' ? [step.input.version] : [],
    )
    .at(0);
}

/** What opens a gate, for a sentence: `1 approval`, `2 people say healthy`, a command, a query. */
export function gateText(gate: Gate): string {
  switch (gate.kind) {
    case 'approval':
      return count(gate.needed, 'approval');
    case 'healthy':
      return `${gate.needed === 1 ? '1 person says' : `${gate.needed} people say`} healthy`;
    case 'command':
      return `${short(gate.command.join(' '), 120)} exits with 0`;
    case 'promql':
      return `the query ${short(gate.query, 160)} holds`;
    default:
      return assertNever(gate);
  }
}

/** What exactly a step is given beyond its name, for whoever wants to see it before approving. */
export function stepDetail(step: Step): string | undefined {
  if (step.kind === 'back-up-external-etcd') return step.input.command.join(' ');
  if (step.kind === 'run-addon') {
    const { action, verify } = step.input;
    const what =
      action.kind === 'command'
        ? action.command.join(' ')
        : `kubectl apply -f ${action.path} (sha256 ${action.sha256.slice(0, 12)})`;
    return `${what}; then ${verify.join(' ')}`;
  }
  if (step.kind !== 'upgrade-control-plane' && step.kind !== 'upgrade-kubelet-config') return undefined;
  const { ignorePreflightErrors, patchesDirectory } = step.input.kubeadm;
  const options = [
    ...(ignorePreflightErrors.length > 0
      ? [`--ignore-preflight-errors=${ignorePreflightErrors.join(',')}`]
      : []),
    ...(patchesDirectory === undefined ? [] : [`--patches=${patchesDirectory}`]),
  ];
  return options.length === 0 ? undefined : options.join(' ');
}

/** What a phase of add-ons is about, in order: kubeadm's own two, or the configured ones by name. */
export function addonNames(steps: readonly Step[]): string {
  return steps
    .flatMap((step) =>
      step.kind === 'verify-addons' || step.kind === 'restore-addons'
        ? ['CoreDNS, kube-proxy']
        : step.kind === 'run-addon'
          ? [step.input.name]
          : [],
    )
    .join(', ');
}

/** A message about a node where the node has been named already: steps begin their sentences with its name. */
export function withoutNode(message: string, node: string | undefined): string {
  return node !== undefined && message.startsWith(`${node}: `) ? message.slice(node.length + 2) : message;
}

/**
 * A step's message as a sentence of its own. Only plain words get a capital: `kubeadm`, `registry.k8s.io` and nodes are
 * written as they are.
 */
export function asSentence(message: string): string {
  const begun = /^(?:the|a|an|no|nobody|[a-z]+ing)\b/.test(message)
    ? message.charAt(0).toUpperCase() + message.slice(1)
    : message;
  const read = inMinutes(begun);
  return /[.!?…]$/.test(read) ? read : `${read}.`;
}

/** `after 5400 s` is what was configured; people count in minutes. What stands in backticks was said by others. */
function inMinutes(sentence: string): string {
  return sentence
    .split(/(`[^`]*`)/)
    .map((piece, index) =>
      index % 2 === 1
        ? piece
        : piece.replace(/\b(after|in) (\d{3,6}) s\b/g, (said, word: string, seconds: string) =>
            // Nothing is rounded away.
            Number(seconds) % 60 === 0 ? `${word} ${duration(Number(seconds))}` : said,
          ),
    )
    .join('');
}

/** What is happening while a step runs, and what is normal about it. */
export function stepDoing(step: Step): string {
  switch (step.kind) {
    case 'check-drift':
      return 'checking that the cluster is still as planned';
    case 'back-up-etcd':
      return 'saving an etcd snapshot';
    case 'back-up-external-etcd':
      return 'saving a snapshot of the external etcd';
    case 'back-up-config-maps':
      return 'saving kubeadm’s ConfigMaps';
    case 'back-up-node-files':
      return 'saving the node’s files';
    case 'switch-repository':
      return `switching the package repository to v${step.input.minor}`;
    case 'install-kubeadm':
      return `installing kubeadm ${step.input.version}`;
    case 'pull-images':
      return 'pulling images';
    case 'move-etcd-leader':
      return 'moving etcd’s leadership to another member';
    case 'upgrade-control-plane':
      return `kubeadm upgrades the control plane; its API server goes away for a while, normal for up to 5 min`;
    case 'upgrade-kubelet-config':
      return 'kubeadm rewrites the kubelet’s configuration';
    case 'drain-node':
      return 'draining: pods move to other nodes';
    case 'install-kubelet':
      return `installing kubelet and kubectl ${step.input.version}`;
    case 'restart-kubelet':
      return 'waiting for the kubelet to be Ready at its new version, normal for up to 1 min';
    case 'verify-node':
      return 'verifying the node';
    case 'uncordon-node':
      return 'uncordoning';
    case 'verify-addons':
      return 'waiting for CoreDNS and kube-proxy to roll out';
    case 'run-addon':
      return `rolling out add-on ${step.input.name} and waiting for its verification`;
    case 'cordon-node':
      return 'waiting until no more nodes are away than the policy allows, then cordoning';
    case 'record-workloads':
      return 'noting how ready the workloads are';
    case 'mark-next-nodes':
      return 'marking the nodes that come later, so that pods move only once';
    case 'unmark-next-nodes':
      return 'taking the marks of nodes away';
    case 'soak':
      return `soaking after ${step.input.batch}: pods that moved come back to Ready`;
    case 'gate':
      return `waiting at gate ${step.input.name}: ${gateText(step.input.gate)}`;
    case 'quarantine-node':
      return 'setting the node aside: cordon and label';
    case 'verify-cluster':
      return 'verifying the whole cluster';
    case 'restore-node-files':
      return 'putting the kubelet’s files back';
    case 'restore-static-pods':
      return step.input.pods.some((pod) => pod === 'etcd' || pod === 'kube-apiserver')
        ? `putting ${podsText(step.input.pods)} back; the API server goes away for a while, normal for up to 5 min`
        : `putting ${podsText(step.input.pods)} back, normal for up to 1 min`;
    case 'restore-config-maps':
      return 'putting kubeadm’s ConfigMaps back';
    case 'restore-addons':
      return 'putting CoreDNS and kube-proxy back and waiting for them to roll out';
    case 'enable-etcd-downgrade':
      return `waiting for all etcd members to store data as ${step.input.minor} does`;
    case 'stop-static-pods':
      return `stopping ${podsText(step.input.pods)}, normal for up to 1 min`;
    case 'restore-etcd':
      return 'restoring etcd’s data from the snapshot';
    case 'restart-node-agents':
      return 'restarting the kubelet and the network pods';
    default:
      return assertNever(step);
  }
}

/** Words for narrow places, where what is happening cannot be cut from the sentence. */
const shortDoing: Partial<Record<Step['kind'], string>> = {
  'drain-node': 'draining',
  'restart-kubelet': 'restarting the kubelet',
  'install-kubelet': 'installing kubelet and kubectl',
  'run-addon': 'rolling out',
  'cordon-node': 'cordoning',
  soak: 'waiting for moved pods to be Ready',
};

/** What is happening while a step runs, in a few words: up to what is normal about it. */
export function stepDoingShort(step: Step): string {
  const isNamed =
    step.kind === 'upgrade-control-plane' || step.kind === 'upgrade-kubelet-config' || step.kind === 'gate';
  return isNamed ? stepName(step) : (shortDoing[step.kind] ?? stepDoing(step).replace(/[,;:] .*$/, ''));
}
