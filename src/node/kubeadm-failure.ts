import { type FailureCode, StepFailure } from '../domain/failure.ts';
import type { NodeName } from '../domain/names.ts';
import { lastWords } from './last-words.ts';

interface Sign {
  readonly code: FailureCode;
  readonly pattern: RegExp;
  readonly says: string;
  readonly retry?: 'transient';
}

/** Where kubeadm gives up before it changes anything: it cannot read what it is to go by. */
const beginning =
  "(failed to get config map|unable to fetch the kubeadm-config ConfigMap|failed to get node registration|failed to get server version|couldn't create a Kubernetes client)";

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
    code: 'certificates.expired',
    pattern: new RegExp(`${beginning}[^\\n]*x509: certificate has expired or is not yet valid`),
    says: 'a certificate of the API server does not hold any more, or not yet by the clock of this machine; nothing was changed',
  },
  {
    code: 'kubeadm.credentials-refused',
    pattern: new RegExp(
      `${beginning}[^\\n]*(: Unauthorized|asked for the client to provide credentials|x509: |: Forbidden|is forbidden: )`,
    ),
    says: 'the API server does not accept what kubeadm shows it on this node, and nothing was changed',
  },
  {
    code: 'kubernetes.unavailable',
    pattern: new RegExp(`${beginning}[^\\n]*dial tcp: lookup `),
    says: 'this machine cannot find the API server by its name (DNS), and nothing was changed',
  },
  {
    code: 'kubernetes.unavailable',
    pattern: new RegExp(
      `${beginning}[^\\n]*(connection (refused|reset)|i\\/o timeout|deadline exceeded|Client\\.Timeout|request canceled|TLS handshake timeout|EOF|no route to host|network is unreachable|connection lost|etcdserver)`,
    ),
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
