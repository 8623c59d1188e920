import { type FailureCode, StepFailure } from '../domain/failure.ts';
import type { NodeName } from '../domain/names.ts';
import { lastWords } from './last-words.ts';

interface Sign {
  readonly code: FailureCode;
  readonly pattern: RegExp;
  readonly says: string;
  readonly retry?: 'transient';
}

/** In the order of what a person must know first: what was undone, then why. */
const signs: readonly Sign[] = [
  {
    code: 'kubeadm.etcd-rolled-back',
    pattern:
      /when trying to upgrade the etcd cluster, rolled the state back|Etcd was rolled back and is now available/,
    says: 'etcd did not come up at its new version, and kubeadm put the old manifest back. Its data was not restored',
  },
  {
    code: 'kubeadm.cri-socket-missing',
    pattern: /doesn't have (the )?kubeadm\.alpha\.kubernetes\.io\/cri-socket annotation/,
    says: 'the Node has lost the annotation that names its CRI socket',
  },
  { code: 'node.disk-full', pattern: /no space left on device/i, says: 'there is no space left on the disk' },
  {
    code: 'images.pull-failed',
    pattern: /\[ERROR ImagePull\]|failed to pull image/,
    says: 'an image could not be pulled',
  },
  {
    code: 'kubernetes.unavailable',
    pattern:
      /(failed to get config map|unable to fetch the kubeadm-config ConfigMap|failed to get node registration|couldn't create a Kubernetes client)[^\n]*(connection refused|i\/o timeout|deadline exceeded|TLS handshake timeout|EOF|no route to host|etcdserver)/,
    says: 'the API server did not answer, and nothing was changed',
  },
  {
    code: 'kubeadm.preflight-failed',
    pattern: /error execution phase preflight/,
    says: 'a check before the upgrade failed, and nothing was changed',
  },
];

/** The failure that a run of `kubeadm upgrade` ended with, from what it printed. */
export function kubeadmFailure(node: NodeName, command: string, output: string, code: number): StepFailure {
  const sign = signs.find(({ pattern }) => pattern.test(output));
  const checks = [...output.matchAll(/\[ERROR ([A-Za-z0-9-]+)\]/g)].map((match) => match[1]);
  const phase = /error execution phase ([\w/-]+)/.exec(output)?.[1];
  return new StepFailure(
    sign?.code ?? 'kubeadm.upgrade-failed',
    sign
      ? `${node}: ${command} failed: ${sign.says}.`
      : `${node}: ${command} failed${phase === undefined ? '' : ` in phase ${phase}`} with exit status ${code}.`,
    {
      facts: {
        node,
        exit: String(code),
        ...(phase === undefined ? {} : { phase }),
        ...(checks.length > 0 ? { checks: [...new Set(checks)].join(', ') } : {}),
      },
      lastWords: lastWords(output),
    },
  );
}
