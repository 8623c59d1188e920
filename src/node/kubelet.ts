import { type KubernetesVersion, parseVersion } from '../domain/version.ts';
import type { Argv } from '../ports/remote-host.ts';
import { type Reader, readExited, readText, script } from './command.ts';
import { lastWords } from './last-words.ts';
import { bodyOf, parseSections, type Section, sectionFunction } from './sections.ts';

/** A node's kubelet as its machine sees it. Times are seconds since the epoch by the machine's own clock. */
export interface KubeletState {
  readonly active: boolean;
  /** Of the installed binary, which the running process need not be. */
  readonly installed?: KubernetesVersion;
  /** `unknown` where nothing on the node could ask. */
  readonly healthz: 'ok' | 'failing' | 'unknown';
  readonly startedAt?: number;
  /** When the binary, its configuration or its flags changed last; undefined where the machine does not tell. */
  readonly changedAt?: number;
  /** systemd has not read the newest unit files. */
  readonly needsReload: boolean;
}

/**
 * ctime, not mtime: package managers give files the times of their build. Where the kubelet answers about its health is a
 * setting, which kubeadm writes down; port 0 is none.
 */
const stateScript = [
  sectionFunction,
  'section unit',
  'systemctl show kubelet -p ActiveState,ExecMainStartTimestamp,ExecMainStartTimestampMonotonic,NeedDaemonReload',
  'section version',
  'kubelet --version',
  'section clock',
  'date +%s',
  'cat /proc/uptime 2>/dev/null',
  'section changed',
  'cd /var/lib/kubelet && stat -L -c "%Z %n" /usr/bin/kubelet config.yaml kubeadm-flags.env instance-config.yaml 2>/dev/null',
  'setting() { sed -n "s/^$1: *[\\"\']*\\([^\\"\' ]*\\).*/\\1/p" /var/lib/kubelet/config.yaml 2>/dev/null | head -n 1; }',
  'port=$(setting healthzPort) address=$(setting healthzBindAddress)',
  'case ${address:-::} in',
  '  0.0.0.0 | ::) address=127.0.0.1 ;;',
  '  *:*) address="[$address]" ;;',
  'esac',
  'if [ "${port:-10248}" -ne 0 ] && command -v curl >/dev/null; then',
  '  section healthz',
  '  curl -s --max-time 5 "http://$address:${port:-10248}/healthz"',
  'fi',
  'exit 0',
];

/** Reads how the kubelet of a node is. */
export async function readKubelet(host: Reader): Promise<KubeletState> {
  return parseKubelet(await readText(host, script(stateScript), { purpose: 'looking at the kubelet' }));
}

export function parseKubelet(output: string): KubeletState {
  const sections = parseSections(output);
  const unit = new Map(
    bodyOf(sections, 'unit')
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const installed = parseVersion(/Kubernetes (v\S+)/.exec(bodyOf(sections, 'version'))?.[1] ?? '');
  const startedAt = startOf(unit, bodyOf(sections, 'clock'));
  const changes = [...bodyOf(sections, 'changed').matchAll(/^(\d+)(?:\.\d+)? /gm)].map((match) =>
    Number(match[1]),
  );
  return {
    active: unit.get('ActiveState') === 'active',
    healthz: healthOf(sections),
    needsReload: unit.get('NeedDaemonReload') === 'yes',
    ...(installed === undefined ? {} : { installed }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(changes.length > 0 ? { changedAt: Math.max(...changes) } : {}),
  };
}

function healthOf(sections: readonly Section[]): KubeletState['healthz'] {
  if (!sections.some(({ name }) => name === 'healthz')) return 'unknown';
  return bodyOf(sections, 'healthz').trim() === 'ok' ? 'ok' : 'failing';
}

/** The readable stamp where it is in UTC; elsewhere its time zone is ambiguous, and the monotonic one tells with the uptime. */
function startOf(unit: ReadonlyMap<string, string>, clock: string): number | undefined {
  const match = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(unit.get('ExecMainStartTimestamp') ?? '');
  if (match) return Date.parse(`${match[1]}T${match[2]}Z`) / 1_000;
  const [now, uptime] = clock.split('\n');
  const monotonic = Number(unit.get('ExecMainStartTimestampMonotonic') ?? 0);
  const startedAt = Math.floor(Number(now) - Number.parseFloat(uptime ?? '') + monotonic / 1_000_000);
  return monotonic > 0 && Number.isFinite(startedAt) ? startedAt : undefined;
}

/** Reads new unit files and restarts the kubelet; needed after every install, the RPM does not restart it. */
export const restartCommand: Argv = script(['systemctl daemon-reload && systemctl restart kubelet']);

/** The last lines of the kubelet's journal that look like an error, else simply the last ones. */
export async function kubeletLastWords(host: Reader): Promise<string[]> {
  const outcome = await readExited(
    host,
    ['journalctl', '-u', 'kubelet', '-n', '80', '--no-pager', '-o', 'cat'],
    { purpose: "reading the kubelet's journal" },
  );
  const lines = lastWords(outcome.stdout, 80);
  const own = lines.filter((line) => !systemdSays.test(line));
  const errors = own.filter((line) => /^[EF]\d{4}|failed|fatal|error|unknown flag|panic/i.test(line));
  return [errors, own, lines].find((found) => found.length > 0)?.slice(-15) ?? [];
}

/** Of a kubelet that keeps ending systemd says more than it does: `kubelet.service: Failed with result 'exit-code'.` */
const systemdSays = /^kubelet\.service: |^(?:Start|Stopp)(?:ed|ing) kubelet/;
