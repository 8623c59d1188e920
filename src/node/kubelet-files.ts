import { type Reader, readText, script } from './command.ts';
import { bodyOf, parseSections, sectionFunction } from './sections.ts';

const directory = '/var/lib/kubelet';

/** Where kubeadm 1.34 and later keep the container runtime's socket; an older kubeadm does not know it. */
export const instanceConfig = `${directory}/instance-config.yaml`;
export const kubeletConfig = `${directory}/config.yaml`;

/** What a kubelet reads when it starts, as far as kubeadm, the packages or people write it. */
export const kubeletFiles = [
  kubeletConfig,
  `${directory}/kubeadm-flags.env`,
  instanceConfig,
  '/etc/default/kubelet',
  '/etc/sysconfig/kubelet',
] as const;

/** Files in it belong to whoever runs the machines; systemd reads them in the order of their names. */
export const kubeletDropIns = '/etc/systemd/system/kubelet.service.d/';

const sumsScript = [
  'for path do',
  '  if [ -f "$path" ]; then printf "%s %s\\n" "$(sha256sum <"$path" | cut -c 1-64)" "$path"; fi',
  'done',
];

/** SHA-256 by path, of those files that are there. */
export async function readFileSums(host: Reader, paths: readonly string[]): Promise<Map<string, string>> {
  const output = await readText(host, script(sumsScript, ...paths), {
    purpose: 'comparing files with their backup',
  });
  const sums = [...output.matchAll(/^([0-9a-f]{64}) (.+)$/gm)];
  return new Map(sums.map((match) => [match[2] ?? '', match[1] ?? '']));
}

/** Removes files; one that is not there is none the worse. */
export async function removeFiles(host: Reader, paths: readonly string[]): Promise<void> {
  await readText(host, ['rm', '-f', '--', ...paths], { purpose: "removing the newer version's files" });
}

/** The resource managers' memory of which container has which CPUs and memory. */
const managerStates = [
  { name: 'cpu_manager_state', setting: 'cpuManagerPolicy', none: 'none' },
  { name: 'memory_manager_state', setting: 'memoryManagerPolicy', none: 'None' },
] as const;

/** Keys of the two files as every kubelet up to now reads them (pkg/kubelet/cm/*manager/state/checkpoint.go). */
const knownKeys = new Set(['policyName', 'defaultCpuSet', 'machineState', 'entries', 'checksum']);

const statesScript = [
  sectionFunction,
  ...managerStates.flatMap(({ name }) => [
    `if [ -f ${directory}/${name} ]; then section ${name}; cat ${directory}/${name}; fi`,
  ]),
  'exit 0',
];

/**
 * State files that would keep a kubelet with these settings from starting: another policy wrote them, or they hold what
 * it does not know. The checksum itself only the kubelet can tell.
 * @param config text of the kubelet's config.yaml as it will be
 */
export async function unfitStates(host: Reader, config: string): Promise<string[]> {
  const sections = parseSections(
    await readText(host, script(statesScript), { purpose: "reading the kubelet's state files" }),
  );
  return managerStates
    .filter(({ name, setting, none }) => {
      const text = bodyOf(sections, name).trim();
      const policy = new RegExp(`^${setting}:\\s*["']?([A-Za-z-]+)`, 'm').exec(config)?.[1] ?? none;
      return text !== '' && !fits(text, policy);
    })
    .map(({ name }) => `${directory}/${name}`);
}

function fits(text: string, policy: string): boolean {
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state !== 'object' || state === null) return false;
    const isKnown = Object.keys(state).every((key) => knownKeys.has(key));
    return isKnown && 'policyName' in state && state.policyName === policy;
  } catch {
    return false;
  }
}
