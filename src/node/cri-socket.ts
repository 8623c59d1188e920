import { type Reader, readText, script } from './command.ts';
import { bodyOf, parseSections, type Section, sectionFunction } from './sections.ts';

/** Node annotation by which kubeadm up to 1.33 finds the container runtime; 1.34 and later can do without. */
export const criSocketAnnotation = 'kubeadm.alpha.kubernetes.io/cri-socket';

/** What a node's files tell about its container runtime's socket. */
export interface CriSocket {
  /** /var/lib/kubelet/instance-config.yaml is there: kubeadm 1.34 and later read the socket from it. */
  readonly hasInstanceConfig: boolean;
  /** `unix:///run/containerd/containerd.sock`; undefined when no file tells it. */
  readonly socket?: string;
}

/** Shell lines for what names a socket beside kubelet's own files; for reads that look at other things as well. */
export const socketsScript = [
  'section crictl',
  'cat /etc/crictl.yaml 2>/dev/null',
  'section sockets',
  'for socket in /run/containerd/containerd.sock /run/crio/crio.sock /run/cri-dockerd.sock; do',
  '  [ -e "$socket" ] && printf "%s\\n" "$socket"',
  'done',
];

const socketScript = [
  sectionFunction,
  'cd /var/lib/kubelet || exit',
  'for file in kubeadm-flags.env instance-config.yaml config.yaml; do',
  '  [ -f "$file" ] && section "$file" && cat "$file"',
  'done',
  ...socketsScript,
  'exit 0',
];

/** Reads everything on a node that names its container runtime's socket. */
export async function readCriSocket(host: Reader): Promise<CriSocket> {
  return parseCriSocket(
    await readText(host, script(socketScript), { purpose: "looking for the container runtime's socket" }),
  );
}

/** The first that names one: kubelet's flags, instance-config, kubelet's configuration, crictl's, the only socket there. */
export function parseCriSocket(output: string): CriSocket {
  return criSocketIn(parseSections(output));
}

/** The same for the parts of a read that has others as well. */
export function criSocketIn(sections: readonly Section[]): CriSocket {
  const named = [
    /--container-runtime-endpoint=([^\s"']+)/.exec(bodyOf(sections, 'kubeadm-flags.env'))?.[1],
    endpointIn(bodyOf(sections, 'instance-config.yaml'), 'containerRuntimeEndpoint'),
    endpointIn(bodyOf(sections, 'config.yaml'), 'containerRuntimeEndpoint'),
    endpointIn(bodyOf(sections, 'crictl'), 'runtime-endpoint'),
    onlySocket(bodyOf(sections, 'sockets')),
  ].find((socket) => socket !== undefined && socket !== '');
  return {
    hasInstanceConfig: sections.some(({ name }) => name === 'instance-config.yaml'),
    ...(named === undefined ? {} : { socket: named.includes('://') ? named : `unix://${named}` }),
  };
}

function endpointIn(yaml: string, key: string): string | undefined {
  return new RegExp(`^${key}:\\s*["']?([^"'\\s]+)`, 'm').exec(yaml)?.[1];
}

function onlySocket(list: string): string | undefined {
  const sockets = list.split('\n').filter((line) => line !== '');
  return sockets.length === 1 ? sockets[0] : undefined;
}
