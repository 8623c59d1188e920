import { type KubernetesVersion, parseVersion } from '../domain/version.ts';
import { type Reader, readText, script } from './command.ts';
import { bodyOf, parseSections, sectionFunction } from './sections.ts';

/** What a control plane's own kube-apiserver answers; `unknown` where nothing on the node could ask. */
export interface LocalApiServer {
  readonly readiness: 'ready' | 'not-ready' | 'unknown';
  readonly version?: KubernetesVersion;
}

/**
 * Asked on the node itself: a load balancer would hide which one answers. The certificate of kubeadm's kubelet client
 * is shown because anonymous requests may be switched off; the server's is not checked, it does not name 127.0.0.1. A
 * server that was bound to one address answers on no other.
 */
const localScript = [
  sectionFunction,
  'command -v curl >/dev/null || exit 0',
  'port=$(sed -n "s/^ *- --secure-port=//p" /etc/kubernetes/manifests/kube-apiserver.yaml 2>/dev/null | head -n 1)',
  'address=$(sed -n "s/^ *- --bind-address=//p" /etc/kubernetes/manifests/kube-apiserver.yaml 2>/dev/null | head -n 1)',
  'case ${address:-::} in',
  '  0.0.0.0 | ::) address=127.0.0.1 ;;',
  '  *:*) address="[$address]" ;;',
  'esac',
  'pki=/etc/kubernetes/pki',
  'for path in readyz version; do',
  '  section "$path"',
  '  curl -sk --max-time 10 --cert $pki/apiserver-kubelet-client.crt --key $pki/apiserver-kubelet-client.key \\',
  '    "https://$address:${port:-6443}/$path"',
  'done',
  'exit 0',
];

/** Asks the kube-apiserver that runs on the node itself. A server that does not answer is `not-ready`, no error. */
export async function readLocalApiServer(host: Reader): Promise<LocalApiServer> {
  const output = await readText(host, script(localScript), {
    purpose: "asking the node's own kube-apiserver",
    timeoutSeconds: 40,
  });
  return parseLocalApiServer(output);
}

export function parseLocalApiServer(output: string): LocalApiServer {
  const sections = parseSections(output);
  if (sections.length === 0) return { readiness: 'unknown' };
  const text = /"gitVersion":\s*"([^"]+)"/.exec(bodyOf(sections, 'version'))?.[1];
  const version = text === undefined ? undefined : parseVersion(text);
  return {
    readiness: bodyOf(sections, 'readyz').trim() === 'ok' ? 'ready' : 'not-ready',
    ...(version === undefined ? {} : { version }),
  };
}
