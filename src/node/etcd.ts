import { z } from 'zod';
import { targetPlaceholder } from '../domain/addon.ts';
import { StepFailure } from '../domain/failure.ts';
import type { MinorVersion } from '../domain/version.ts';
import type { Argv } from '../ports/remote-host.ts';
import { type Reader, readExited, script } from './command.ts';
import { parseExactJson } from './exact-json.ts';
import { lastWords } from './last-words.ts';
import { bodyOf, parseSections, sectionFunction } from './sections.ts';

/** A uint64 in decimal, whichever way JSON gave it. */
const Id = z.union([z.int(), z.bigint()]).transform(String);

const EndpointStatus = z.object({
  Endpoint: z.string(),
  Status: z.object({
    header: z.object({ member_id: Id }),
    version: z.string(),
    dbSize: z.union([z.number(), z.bigint()]).transform(Number).default(0),
    leader: Id.optional(),
    isLearner: z.boolean().default(false),
    errors: z.array(z.string()).default([]),
    storageVersion: z.string().optional(),
    downgradeInfo: z
      .object({ enabled: z.boolean().default(false), targetVersion: z.string().default('') })
      .optional(),
  }),
});
const MemberList = z.object({
  members: z.array(
    z.object({
      ID: Id,
      name: z.string().default(''),
      clientURLs: z.array(z.string()).default([]),
      isLearner: z.boolean().default(false),
    }),
  ),
});
const EndpointHealth = z.object({ endpoint: z.string(), health: z.boolean() });
const AlarmedMember = z.object({
  alarms: z.array(z.object({ memberID: Id, alarm: z.number() })).default([]),
});

/** etcdserverpb.AlarmType. */
const alarmNames: Readonly<Record<number, string>> = { 1: 'NOSPACE', 2: 'CORRUPT' };

/** A member of a stacked etcd cluster as its own endpoint and its peers tell of it. */
export interface EtcdMemberState {
  /** uint64 in decimal. */
  readonly id: string;
  /** kubeadm names members after their nodes. Empty for one that was added and has not started. */
  readonly name: string;
  readonly clientUrls: readonly string[];
  /** What the server reports, `3.5.24`; empty where its endpoint did not answer. */
  readonly version: string;
  readonly isLearner: boolean;
  readonly isLeader: boolean;
  readonly healthy: boolean;
  readonly dbSizeBytes: number;
  /** The format that its data has, `3.6.0`; etcd 3.5 does not tell. */
  readonly storageVersion?: string;
  /** Where the formal downgrade that is under way leads, `3.5.0`. */
  readonly downgradeTo?: string;
}

export interface EtcdState {
  /** The name of the member that was asked. */
  readonly localName: string;
  readonly members: readonly EtcdMemberState[];
  /** Ids of members that raised an alarm (NOSPACE, CORRUPT). */
  readonly alarmed: readonly string[];
  /** The same with what each raised. */
  readonly alarms: readonly { readonly member: string; readonly alarm: string }[];
}

/**
 * Shell lines that define `etcdctl`, running it inside the node's own etcd container: there is none on the host. Its
 * directories are read from the manifest, they may be configured; of a node with an IPv6 address kubeadm has etcd listen on
 * that family's loopback alone. Exit status 69: no etcd container runs.
 */
const etcdctlFunction = [
  'manifest=/etc/kubernetes/manifests/etcd.yaml',
  'ca=$(sed -n "s/^ *- --trusted-ca-file=//p" "$manifest" 2>/dev/null | head -n 1)',
  'ca=${ca:-/etc/kubernetes/pki/etcd/ca.crt}',
  'pki=${ca%/*}',
  'data=$(sed -n "s/^ *- --data-dir=//p" "$manifest" 2>/dev/null | head -n 1)',
  'data=${data:-/var/lib/etcd}',
  'local=127.0.0.1',
  "if grep -q -e '--listen-client-urls=.*//\\[::1]:' \"$manifest\" 2>/dev/null; then local='[::1]'; fi",
  "container=$(crictl ps --state Running --name '^etcd$' -q | head -n 1)",
  '[ -n "$container" ] || exit 69',
  'etcdctl() {',
  '  crictl exec "$container" etcdctl --endpoints="https://$local:2379" --cacert="$ca" \\',
  '    --cert="$pki/healthcheck-client.crt" --key="$pki/healthcheck-client.key" "$@"',
  '}',
];

const stateScript = [
  sectionFunction,
  ...etcdctlFunction,
  'section name',
  'sed -n "s/^ *- --name=//p" "$manifest" 2>/dev/null',
  'section members',
  'etcdctl member list -w json || exit',
  // These two exit with 1 when one of the members does not answer, and still tell about the others.
  'section status',
  'etcdctl endpoint status --cluster -w json',
  'section health',
  'etcdctl endpoint health --cluster -w json',
  'section alarms',
  'etcdctl alarm list -w json 2>/dev/null',
  'exit 0',
];

/** The version of the etcdctl beside a node's running etcd, `3.6.5`; undefined where none runs or it does not tell. */
export async function readEtcdctlVersion(host: Reader): Promise<string | undefined> {
  const outcome = await readExited(host, script([...etcdctlFunction, 'etcdctl version']), {
    purpose: 'asking for the version of etcdctl',
    timeoutSeconds: 30,
  });
  return /^etcdctl version: (\d+\.\d+\.\d+)/m.exec(outcome.stdout)?.[1];
}

/**
 * Everything about a stacked etcd cluster, asked through the member on `host`. Throws `etcd.unhealthy` (transient) when
 * that member does not answer.
 */
export async function readEtcd(host: Reader): Promise<EtcdState> {
  const outcome = await readExited(host, script(stateScript), {
    purpose: 'asking etcd about its members',
    timeoutSeconds: 60,
  });
  const state = outcome.code === 0 ? parseEtcdState(outcome.stdout) : undefined;
  if (state) return state;
  const why =
    outcome.code === 69 ? 'no etcd container runs there' : `etcdctl exited with status ${outcome.code}`;
  throw new StepFailure('etcd.unhealthy', `etcd on ${host.node} does not answer: ${why}.`, {
    facts: { node: host.node },
    lastWords: lastWords(outcome.stderr),
    retry: 'transient',
  });
}

/** Reads the output of stateScript; undefined when the list of members is not in it. */
export function parseEtcdState(output: string): EtcdState | undefined {
  const sections = parseSections(output);
  const list = MemberList.safeParse(jsonIn(bodyOf(sections, 'members')));
  if (!list.success) return undefined;
  const statuses = z.array(EndpointStatus).safeParse(jsonIn(bodyOf(sections, 'status'))).data ?? [];
  const healths = z.array(EndpointHealth).safeParse(jsonIn(bodyOf(sections, 'health'))).data ?? [];
  const alarms = AlarmedMember.safeParse(jsonIn(bodyOf(sections, 'alarms'))).data?.alarms ?? [];
  const members = list.data.members.map((member): EtcdMemberState => {
    const status = statuses.find(({ Status }) => Status.header.member_id === member.ID)?.Status;
    const health = healths.find(({ endpoint }) => member.clientURLs.includes(endpoint));
    return {
      id: member.ID,
      name: member.name,
      clientUrls: member.clientURLs,
      version: status?.version ?? '',
      isLearner: member.isLearner || status?.isLearner === true,
      isLeader: status?.leader === member.ID,
      healthy: health?.health === true,
      dbSizeBytes: status?.dbSize ?? 0,
      ...(status?.storageVersion ? { storageVersion: status.storageVersion } : {}),
      ...(status?.downgradeInfo?.enabled ? { downgradeTo: status.downgradeInfo.targetVersion } : {}),
    };
  });
  return {
    localName: bodyOf(sections, 'name').trim(),
    members,
    alarmed: [...new Set(alarms.map(({ memberID }) => memberID))],
    alarms: alarms.map(({ memberID, alarm }) => ({
      member: memberID,
      alarm: alarmNames[alarm] ?? `alarm ${alarm}`,
    })),
  };
}

function jsonIn(text: string): unknown {
  try {
    return parseExactJson(text.trim());
  } catch {
    return undefined;
  }
}

/** Hands leadership to another member; must be asked of the leader itself. etcdctl wants the id in hexadecimal. */
export function moveLeaderCommand(memberId: string): Argv {
  return script([...etcdctlFunction, 'etcdctl move-leader "$1"'], BigInt(memberId).toString(16));
}

/**
 * etcd's formal downgrade, first asked whether it would be taken; from then on members of the older minor may join. Only
 * an etcdctl of 3.6 or later knows it.
 */
export function enableDowngradeCommand(minor: MinorVersion): Argv {
  return script(
    [...etcdctlFunction, 'etcdctl downgrade validate "$1" || exit', 'etcdctl downgrade enable "$1"'],
    minor,
  );
}

/**
 * Saves a snapshot and moves it to `target`, out of etcd's own disk. Only the data directory is writable from inside
 * the container. etcdctl writes to a `.part` file and renames it: a file with the final name is complete.
 * @param name a file name of its own, so that nothing of another run is touched
 */
export function saveSnapshotCommand(name: string, target: string): Argv {
  return script(
    [
      ...etcdctlFunction,
      'mkdir -p "${2%/*}" && chmod 700 "${2%/*}" || exit',
      'rm -f "$data/$1" "$data/$1.part"',
      'etcdctl snapshot save "$data/$1" || exit',
      'mv "$data/$1" "$2"',
    ],
    name,
    target,
  );
}

/**
 * A configured command that writes a snapshot of an external etcd to `target`, which stands in place of the word
 * `{target}`. What an earlier try left there is removed first, so that a file afterwards is the command's own.
 */
export function configuredSnapshotCommand(command: readonly string[], target: string): Argv {
  return script(
    [
      'target=$1',
      'shift',
      'mkdir -p "${target%/*}" && chmod 700 "${target%/*}" && rm -f -- "$target" || exit',
      'env "$@" || exit',
      'if [ ! -s "$target" ]; then echo "the command succeeded, but wrote nothing to $target"; exit 66; fi',
      'chmod 600 "$target"',
    ],
    target,
    ...command.map((word) => (word === targetPlaceholder ? target : word)),
  );
}
