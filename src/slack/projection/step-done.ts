import { assertNever } from '../../domain/assert-never.ts';
import type { Step } from '../../domain/step.ts';
import { duration } from '../text/duration.ts';
import { fold, listed } from '../text/fold.ts';
import { short } from '../text/untrusted.ts';
import { podsText } from './step-words.ts';

interface Ended {
  readonly alreadyDone: boolean;
  readonly attempt: number;
  readonly seconds: number | undefined;
  /** Since the node's turn began. */
  readonly turnSeconds: number | undefined;
}

/**
 * What a step that is through adds to the story in the thread; undefined for steps that are told with a later one. Four
 * lines a node: kubeadm, drain, control plane, and the node's return to work.
 * @param facts what the step left behind; untrusted
 */
export function doneLine(
  step: Step,
  facts: Readonly<Record<string, string>>,
  ended: Ended,
): string | undefined {
  const extra = factsText(facts);
  const took = ended.seconds === undefined || ended.seconds < 1 ? '' : ` in ${duration(ended.seconds)}`;
  // After an earlier try it is that try's doing, seen only now.
  const already = ended.alreadyDone && ended.attempt === 1 ? ' (was so already)' : '';
  switch (step.kind) {
    case 'back-up-etcd':
    case 'back-up-external-etcd':
      return `etcd snapshot saved${took}${extra}`;
    case 'back-up-config-maps':
      return `ConfigMaps saved${extra}`;
    case 'install-kubeadm':
      return `${step.input.node} kubeadm ${step.input.version} installed${already}${took}`;
    case 'pull-images':
      return `${step.input.node} images pulled${already}${took}${extra}`;
    case 'move-etcd-leader':
      return ended.alreadyDone ? undefined : `${step.input.node} gave etcd’s leadership away${extra}`;
    case 'upgrade-control-plane':
      return `${step.input.node} control plane upgraded to ${step.input.version}${already}${took}${extra}`;
    case 'drain-node':
      // The fact about the pods has the time in it.
      return `${step.input.node} drained${already}${facts['moved'] === undefined ? took : ''}${extra}`;
    case 'restart-kubelet':
      return `${step.input.node} kubelet ${step.input.version} Ready${already}${took}${extra}`;
    case 'uncordon-node':
      return `✅ ${step.input.node} back at work${turnText(ended)}${extra}`;
    case 'verify-addons':
      return `CoreDNS and kube-proxy rolled out${took}${extra}`;
    case 'run-addon':
      return `add-on ${short(step.input.name, 40)} rolled out${already}${took}${extra}`;
    case 'verify-cluster':
      return `the whole cluster verified${extra}`;
    case 'restore-node-files':
      return undefined;
    case 'restore-static-pods':
      return `${step.input.node} ${podsText(step.input.pods)} back at ${step.input.version}${already}${took}`;
    case 'restore-config-maps':
      return `${listed(step.input.names)} put back${already}${factsText(exceptions(facts))}`;
    case 'restore-addons':
      return `CoreDNS and kube-proxy put back${already}${took}${extra}`;
    case 'enable-etcd-downgrade':
      return `etcd stores data as ${step.input.minor} does${already}${took}${extra}`;
    case 'stop-static-pods':
      return `${step.input.node} ${podsText(step.input.pods)} stopped${already}${took}`;
    case 'restore-etcd':
      return `${step.input.node} etcd’s data restored from the snapshot${already}${took}${extra}`;
    case 'restart-node-agents':
      return `${step.input.node} kubelet and network pods restarted${took}`;
    case 'soak':
      return `${step.input.batch}: pods that moved are Ready again${took}${extra}`;
    case 'gate':
      return `gate ${step.input.name} is open${took}${extra}`;
    case 'quarantine-node':
    case 'cordon-node':
    case 'mark-next-nodes':
    case 'unmark-next-nodes':
    case 'record-workloads':
    case 'check-drift':
    case 'back-up-node-files':
    case 'switch-repository':
    case 'upgrade-kubelet-config':
    case 'install-kubelet':
    case 'verify-node':
      return undefined;
    default:
      return assertNever(step);
  }
}

/** What became of objects that are not simply as they were saved: somebody has edited one since. */
function exceptions(facts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(facts).filter(([, became]) => became !== 'as saved' && became !== 'put back'),
  );
}

function turnText({ turnSeconds }: Ended): string {
  return turnSeconds === undefined ? '' : ` · ${duration(turnSeconds)}`;
}

/** Facts that repeat what the line says, or that are for the record and not for people. */
const unsaid: ReadonlySet<string> = new Set([
  'node',
  'version',
  'kubeadm',
  'kubelet',
  'kubectl',
  'path',
  'sha256',
]);
/** Facts that say by themselves what they are about: `14 pods moved in 48 s`. */
const selfEvident: ReadonlySet<string> = new Set(['moved', 'size', 'images']);

function factsText(facts: Readonly<Record<string, string>>): string {
  const entries = Object.entries(facts)
    .filter(([name]) => !unsaid.has(name))
    .map(([name, value]) =>
      selfEvident.has(name) ? short(value, 120) : `${short(name, 40)} ${short(value, 120)}`,
    );
  if (entries.length === 0) return '';
  return ` · ${fold(entries, { separator: ', ', maxEntries: 5, maxChars: 300 })}`;
}
