import type { ClockReading, KubeletSettings, MachineFacts, StaticPod } from '../domain/machine-facts.ts';
import { rootPath } from '../ports/remote-host.ts';
import { criSocketIn, socketsScript } from './cri-socket.ts';
import { flagsIn } from './flags.ts';
import { kubeletCertificateIn, kubeletCertificateScript } from './kubelet-certificate.ts';
import { parseKubeletConfiguration } from './kubelet-configuration.ts';
import { bodyOf, type Section } from './sections.ts';
import { parseStaticPod } from './static-pod.ts';

/** What is read of a file among the manifests; kubeadm's own have 2 to 4 KB. One that is longer is not looked into. */
const longestManifest = 12_000;

/**
 * Shell lines whose output `parseMachineFacts` reads; `$1` is the configured directory of kubeadm patches or empty, what
 * follows it are programs of configured commands. They come before the other parts of a read: what goes beyond the kept
 * length of an output is lost from its beginning. A kubelet reads every file of its manifests directory, whatever it is
 * called, but none that begins with a dot.
 */
export const machineFactsScript = [
  'section clock',
  'date +%s%N',
  'for file in /etc/kubernetes/manifests/*; do',
  `  [ -f "$file" ] && section manifest "\${file##*/}" && head -c ${longestManifest} "$file"`,
  'done',
  'for name in kubeadm-flags.env instance-config.yaml config.yaml; do',
  '  file=/var/lib/kubelet/$name',
  '  [ -f "$file" ] && section "$name" && head -c 8000 "$file"',
  'done',
  'for file in /etc/default/kubelet /etc/sysconfig/kubelet /etc/systemd/system/kubelet.service.d/*.conf /usr/lib/systemd/system/kubelet.service.d/*.conf; do',
  '  [ -f "$file" ] && section arguments "$file" && head -c 4000 "$file"',
  'done',
  ...socketsScript,
  ...kubeletCertificateScript,
  'section swaps',
  'cat /proc/swaps 2>/dev/null',
  'section cgroup',
  'if [ -f /sys/fs/cgroup/cgroup.controllers ]; then echo 2; elif [ -d /sys/fs/cgroup ]; then echo 1; fi',
  'section leftovers',
  'ls -1 /etc/kubernetes/tmp 2>/dev/null | wc -l',
  'du -sk /etc/kubernetes/tmp 2>/dev/null',
  'section image-store',
  'images=$(sed -n "s/^ *root *= *[\\"\']\\(.*\\)[\\"\'] *$/\\1/p" /etc/containerd/config.toml 2>/dev/null | head -n 1)',
  '[ -n "$images" ] || { [ -d /var/lib/containers/storage ] && images=/var/lib/containers/storage; }',
  'images=${images:-/var/lib/containerd}',
  'printf "%s\\n" "$images"',
  'if [ -n "$1" ]; then',
  '  section patches',
  '  if [ -d "$1" ]; then echo there; else echo missing; fi',
  'fi',
  '[ "$#" -eq 0 ] || shift',
  'if [ "$#" -gt 0 ]; then',
  '  section programs',
  `  for program do (cd / && PATH=${rootPath} && command -v "$program" >/dev/null) || printf "%s\\n" "$program"; done`,
  'fi',
];

/** The last line of the script: the machine's clock once more. */
export const clockEndScript = ['section clock-end', 'date +%s%N'];

/** When a read was sent and when its answer was there, by the bot's clock, in milliseconds since the epoch. */
export interface Span {
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Reads what machineFactsScript printed; undefined where its parts are not there, or were cut away. */
export function parseMachineFacts(sections: readonly Section[], span?: Span): MachineFacts | undefined {
  if (!sections.some(({ name }) => name === 'clock' || name === 'swaps')) return undefined;
  const clock = span === undefined ? undefined : clockOf(sections, span);
  const manifests = sections
    .filter(({ name }) => name === 'manifest')
    .map((section) => ({ file: section.arguments.join(' '), body: section.body }))
    .filter(({ body }) => Buffer.byteLength(body) < longestManifest);
  const pods = manifests.map(({ file, body }) => ({ file, pod: parseStaticPod(file, body) }));
  const cgroup = bodyOf(sections, 'cgroup').trim();
  const kubeletCertificate = kubeletCertificateIn(sections);
  const [entries, kib] = bodyOf(sections, 'leftovers').trim().split('\n');
  const patches = bodyOf(sections, 'patches').trim();
  const missing = bodyOf(sections, 'programs')
    .split('\n')
    .filter((line) => line !== '');
  return {
    ...(clock === undefined ? {} : { clock }),
    swaps: bodyOf(sections, 'swaps')
      .split('\n')
      .slice(1)
      .flatMap((line) => /^\S+/.exec(line)?.[0] ?? []),
    ...(cgroup === '1' || cgroup === '2' ? { cgroup: cgroup === '1' ? 1 : 2 } : {}),
    kubelet: kubeletOf(sections),
    ...(kubeletCertificate === undefined ? {} : { kubeletCertificate }),
    criSocketKnown: criSocketIn(sections).socket !== undefined,
    staticPods: pods.flatMap(({ pod }): StaticPod[] => (pod === undefined ? [] : [pod])),
    unreadableManifests: pods.flatMap(({ file, pod }) => (pod === undefined ? [file] : [])),
    leftovers: {
      entries: Number(entries) || 0,
      bytes: (Number(/^\d+/.exec(kib ?? '')?.[0]) || 0) * 1_024,
    },
    imageStore: bodyOf(sections, 'image-store').trim() || '/var/lib/containerd',
    ...(patches === '' ? {} : { patchesThere: patches === 'there' }),
    ...(missing.length === 0 ? {} : { programsMissing: missing }),
  };
}

/**
 * The machine's clock by the four stamps of a round trip (RFC 5905, section 8): sent, begun, ended, answered. The offset
 * is known up to half of the time that the machine does not account for.
 */
function clockOf(sections: readonly Section[], { sentAt, answeredAt }: Span): ClockReading | undefined {
  const stamp = (name: string) => /^\d{16,}/.exec(bodyOf(sections, name).trim())?.[0];
  const [begun, ended] = [stamp('clock'), stamp('clock-end')];
  if (begun === undefined || ended === undefined) return undefined;
  const [begunAt, endedAt] = [Number(begun) / 1e6, Number(ended) / 1e6];
  const travelled = Math.max(0, answeredAt - sentAt - (endedAt - begunAt));
  return {
    offsetMs: Math.round((begunAt - sentAt + (endedAt - answeredAt)) / 2),
    uncertaintyMs: Math.ceil(travelled / 2),
  };
}

function kubeletOf(sections: readonly Section[]): KubeletSettings {
  const files = sections.flatMap((section) =>
    section.name === 'kubeadm-flags.env'
      ? [{ file: '/var/lib/kubelet/kubeadm-flags.env', flags: flagsIn(section.body) }]
      : section.name === 'arguments'
        ? [{ file: section.arguments.join(' '), flags: flagsIn(section.body) }]
        : [],
  );
  const text = bodyOf(sections, 'config.yaml');
  const configuration = parseKubeletConfiguration(text);
  if (configuration !== undefined) return { ...configuration, arguments: files };
  const unreadable = text.trim() === '' ? 'there is none' : 'it is no KubeletConfiguration';
  return { featureGates: {}, arguments: files, unreadable };
}
